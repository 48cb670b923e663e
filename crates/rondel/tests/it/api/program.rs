//! A program that calls the API with a token of its own.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use platform::By;
use platform::auth::{Role, tokens};
use serde_json::Value;

use crate::support::Installation;
use crate::support::app::{Answer, EMAIL, TestApp};

/// The program under test and a token to it.
pub struct Program {
    pub app: TestApp,
    pub secret: String,
}

/// An answer with its JSON.
pub struct Told {
    pub answer: Answer,
    pub json: Value,
}

impl Program {
    /// With a token that may change records.
    pub fn new(installation: &Installation) -> Self {
        let app = TestApp::new(installation);
        app.add_user(EMAIL, Role::Owner);
        let secret = token(&app, Role::Member);
        Self { app, secret }
    }

    pub fn get(&self, path: &str) -> Told {
        self.call(Method::GET, path, None, &[])
    }

    /// A file, not read as JSON.
    pub fn download(&self, path: &str) -> Answer {
        let request = Request::get(format!("/api/v1{path}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.secret));
        self.app.send(request.body(Body::empty()).unwrap())
    }

    pub fn post(&self, path: &str, body: Value) -> Told {
        self.call(Method::POST, path, Some(body), &[])
    }

    pub fn put(&self, path: &str, body: Value) -> Told {
        self.call(Method::PUT, path, Some(body), &[])
    }

    pub fn patch(&self, path: &str, body: Value) -> Told {
        self.call(Method::PATCH, path, Some(body), &[])
    }

    pub fn delete(&self, path: &str) -> Told {
        self.call(Method::DELETE, path, None, &[])
    }

    /// A request with the token and these headers; the path stands below `/api/v1`.
    pub fn call(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Told {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.secret));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        told(self.app.send(request.body(body).unwrap()))
    }

    /// Hands in a file.
    pub fn hand_in(&self, fields: &[(&str, &str)], name: &str, content: &str) -> Told {
        let mut body = String::new();
        for (field, value) in fields {
            body.push_str(&format!(
                "--frontier\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n\
             --frontier--\r\n"
        ));
        let request = Request::post("/api/v1/imports")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=frontier");
        told(self.app.send(request.body(Body::from(body)).unwrap()))
    }
}

/// The secret of a new token of Ada's.
pub fn token(app: &TestApp, role: Role) -> String {
    let users = app.store().read(platform::auth::list).wait().unwrap();
    let id = users.into_iter().find(|user| user.email == EMAIL).unwrap().id;
    let made = app.store().write(By::system(), move |tx| tokens::create(tx, &id, "test", role));
    made.wait().unwrap().1
}

/// An answer read as JSON; a file is no JSON, and only its status counts.
pub fn told(answer: Answer) -> Told {
    let is_file =
        answer.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/csv"));
    let json = match answer.body.as_str() {
        "" => Value::Null,
        _ if is_file => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")),
    };
    Told { answer, json }
}

impl Told {
    /// The JSON, if the status is this.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.answer.status, StatusCode::from_u16(status).unwrap(), "{}", self.answer.body);
        self.json
    }

    /// The message at a field of a refusal.
    #[track_caller]
    pub fn refused_at(self, field: &str) -> String {
        assert_eq!(self.answer.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = self.is(422);
        let errors = problem["errors"].as_array().expect("a refusal has errors").clone();
        let at = errors.iter().find(|error| error["field"] == field);
        at.unwrap_or_else(|| panic!("nothing at {field}: {problem}"))["message"].as_str().unwrap().to_string()
    }

    pub fn tag(&self) -> String {
        self.answer.headers[header::ETAG].to_str().unwrap().to_string()
    }
}

/// The `id` of a record.
pub fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_string()
}
