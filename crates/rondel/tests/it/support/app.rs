//! The whole program in this process: its pages without a socket, its jobs when the test says so, its clock held.
//!
//! A browser's memory is kept from request to request: cookies, and the token that every change must carry.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use platform::auth::{self, NewUser, Role};
use platform::ids::IdMaker;
use platform::{By, Clock, Micros, Store, jobs};
use rondel::app::{self, App};
use rondel::config::Config;
use tower::ServiceExt;

use super::{Installation, NOON};

pub const EMAIL: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse battery";

/// The program on a fresh installation.
pub struct TestApp {
    app: App,
    router: Router,
    runtime: tokio::runtime::Runtime,
    cookies: RefCell<BTreeMap<String, String>>,
    csrf_token: RefCell<String>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl TestApp {
    /// Nobody has been added yet; the clock is held at [`NOON`] and ids are seeded.
    pub fn new(installation: &Installation) -> Self {
        Self::with(installation, |_| {})
    }

    /// The same with settings of the administrator's.
    pub fn with(installation: &Installation, set: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            data: installation.data().to_owned(),
            database_url: installation.database_url().unwrap_or_default(),
            ..Config::default()
        };
        set(&mut config);
        let app = app::build(config, Clock::held_at(NOON), IdMaker::seeded(1)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let router = web::router(app.web.clone());
        Self { app, router, runtime, cookies: RefCell::default(), csrf_token: RefCell::default() }
    }

    /// With an owner, Ada, who has signed in: what most tests want.
    pub fn signed_in(installation: &Installation) -> Self {
        let app = Self::new(installation);
        app.sign_in_as(Role::Owner);
        app
    }

    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// Moves the clock.
    pub fn wait(&self, micros: Micros) {
        self.app.store.clock().advance(micros);
    }

    /// Adds Ada with this role where she is not there yet.
    pub fn add_user(&self, email: &str, role: Role) {
        let user = NewUser {
            email: email.to_string(),
            name: "Ada Lovelace".to_string(),
            role,
            password: PASSWORD.to_string(),
        };
        auth::create(self.store(), By::system(), user).unwrap();
    }

    /// Adds Ada with this role and signs her in.
    pub fn sign_in_as(&self, role: Role) {
        self.add_user(EMAIL, role);
        self.sign_in();
    }

    /// Signs in Ada, who is there.
    pub fn sign_in(&self) {
        let answer = self.post("/sign-in", &[("email", EMAIL), ("password", PASSWORD)]);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let page = self.get("/settings");
        let token = page.body.split("name=\"csrf_token\" value=\"").nth(1).expect("the page has a form");
        *self.csrf_token.borrow_mut() = token.split('"').next().unwrap().to_string();
    }

    /// A browser that knows nothing of this installation.
    pub fn forget_cookies(&self) {
        self.cookies.borrow_mut().clear();
        self.csrf_token.borrow_mut().clear();
    }

    pub fn csrf_token(&self) -> String {
        self.csrf_token.borrow().clone()
    }

    pub fn set_csrf_token(&self, token: &str) {
        *self.csrf_token.borrow_mut() = token.to_string();
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap())
    }

    /// Asks for a part of a page as the script does.
    pub fn get_fragment(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("hx-request", "true").body(Body::empty()).unwrap())
    }

    /// Sends a form with the session's token.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf_token();
        let mut all = vec![("csrf_token", token.as_str())];
        all.extend(fields);
        self.post_without_token(path, &all)
    }

    /// Sends a form as it is.
    pub fn post_without_token(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(k, v)| format!("{}={}", web::forms::percent(k), web::forms::percent(v)))
            .collect();
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(pairs.join("&"))).unwrap())
    }

    /// Sends a form with files: each (field, name of the file, content).
    pub fn upload(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        let token = self.csrf_token();
        for (name, value) in [("csrf_token", token.as_str())].iter().chain(fields) {
            let head =
                format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for (field, file, content) in files {
            let head = format!(
                "--frontier\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--frontier--\r\n");
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=frontier")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(body)).unwrap())
    }

    /// Sends a request with the cookies of before, as if from this machine.
    pub fn send(&self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<String> = self.cookies.borrow().iter().map(|(k, v)| format!("{k}={v}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        }
        let answer = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            Answer { status: head.status, headers: head.headers, body: String::from_utf8_lossy(&body).into() }
        });
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => drop(self.cookies.borrow_mut().remove(name)),
                _ => drop(self.cookies.borrow_mut().insert(name.to_string(), value.to_string())),
            }
        }
        answer
    }

    /// Does all jobs that are due; returns how many ran.
    pub fn run_jobs(&self) -> usize {
        jobs::run_due(self.store(), &self.app.registry).unwrap()
    }
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The same answer, if it is a success.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(self.body.contains(text), "the page does not show “{text}”:\n{}", self.body);
        self
    }
}

impl Drop for TestApp {
    /// A job that a test has caused and not run is an effect that it has not looked at.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let now = self.store().now();
        let left = self.store().read(|s| jobs::list(s, "queued", 100)).wait().unwrap();
        let left: Vec<String> =
            left.into_iter().filter(|job| job.run_at <= now).map(|job| job.kind).collect();
        assert!(left.is_empty(), "the test ends with jobs that were not run: {}", left.join(", "));
    }
}
