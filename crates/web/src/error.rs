//! The only mapping of errors to HTTP: what the status is, what the visitor reads, what is logged.
//!
//! A handler answers with `?`; [`present`] turns the failure into a page, a fragment or RFC 9457 JSON, as the request wants.

use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use platform::Error;
use serde_json::json;

use crate::current::{self, Current};
use crate::layout::{Layout, Place};

pub type Result<T = Response> = std::result::Result<T, Failure>;

/// A request that failed.
#[derive(Debug, Clone)]
pub enum Failure {
    /// A verb refused or could not be done.
    Verb(Error),
    /// HTTP itself is wrong: the address, the method, the body.
    Http(StatusCode, String),
    /// Nobody is signed in.
    SignedOut,
    /// A request to the API without a token that is valid.
    NoToken,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Verb(error)
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Verb(Error::database(format!("a page could not be written: {error}")))
    }
}

impl From<axum::extract::rejection::FormRejection> for Failure {
    fn from(rejection: axum::extract::rejection::FormRejection) -> Self {
        Self::Http(rejection.status(), rejection.body_text())
    }
}

impl From<axum::extract::rejection::QueryRejection> for Failure {
    fn from(rejection: axum::extract::rejection::QueryRejection) -> Self {
        Self::Http(rejection.status(), rejection.body_text())
    }
}

impl From<axum::extract::multipart::MultipartRejection> for Failure {
    fn from(rejection: axum::extract::multipart::MultipartRejection) -> Self {
        Self::Http(rejection.status(), rejection.body_text())
    }
}

impl From<axum::extract::multipart::MultipartError> for Failure {
    fn from(error: axum::extract::multipart::MultipartError) -> Self {
        Self::Http(error.status(), error.body_text())
    }
}

impl Failure {
    /// What the visitor may not do.
    pub fn forbidden(what: impl Into<String>) -> Self {
        Self::Verb(Error::Forbidden(what.into()))
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Http(status, _) => *status,
            Self::SignedOut | Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::Verb(error) => match error {
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::Missing { .. } => StatusCode::NOT_FOUND,
                Error::Conflict(_) => StatusCode::CONFLICT,
                Error::Forbidden(_) => StatusCode::FORBIDDEN,
                Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
                Error::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
                Error::InUse { .. }
                | Error::Newer { .. }
                | Error::Database { .. }
                | Error::File { .. }
                | Error::Closed
                | Error::Panicked(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    fn title(&self) -> &'static str {
        match self.status() {
            StatusCode::NOT_FOUND => "There is nothing here",
            StatusCode::FORBIDDEN => "You may not do this",
            StatusCode::UNAUTHORIZED if matches!(self, Self::NoToken) => "A token is needed",
            StatusCode::UNAUTHORIZED => "Sign in first",
            StatusCode::CONFLICT => "This collides with another change",
            StatusCode::PRECONDITION_FAILED => "Somebody changed it in the meantime",
            StatusCode::SERVICE_UNAVAILABLE => "Too busy just now",
            StatusCode::INSUFFICIENT_STORAGE => "The disk is full",
            StatusCode::METHOD_NOT_ALLOWED => "This address does not do that",
            StatusCode::PAYLOAD_TOO_LARGE => "That is too large",
            status if status.is_server_error() => "Something went wrong here",
            _ => "This cannot be accepted",
        }
    }

    /// The sentence for the visitor. What happened inside stays in the log.
    fn detail(&self) -> String {
        match self {
            Self::Verb(_) if self.status() == StatusCode::INTERNAL_SERVER_ERROR => {
                "Nothing was changed. The log of the server says what happened; try again, or tell its administrator."
                    .to_string()
            }
            Self::Verb(error) => sentence(&error.to_string()),
            Self::Http(status, words) if words.is_empty() => {
                sentence(status.canonical_reason().unwrap_or("the request cannot be answered"))
            }
            Self::Http(_, words) => sentence(words),
            Self::NoToken => "Send a token that is valid: Authorization: Bearer rondel_…".to_string(),
            Self::SignedOut => "Your session has ended, or you have not signed in yet.".to_string(),
        }
    }

    fn log(&self) {
        if self.status() == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %self.detail_for_the_log(), "a request failed");
        }
    }

    fn detail_for_the_log(&self) -> String {
        match self {
            Self::Verb(error) => error.to_string(),
            other => other.detail(),
        }
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if words.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

impl IntoResponse for Failure {
    /// The status, with the failure beside it for [`present`].
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives failures the form that the request wants, and logs once those that are ours.
pub(crate) async fn present(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let path = current::path_of(&request);
    let is_of_the_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let status = response.status();
    let failure = match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure,
        None if is_bare_refusal(&response) => Failure::Http(status, String::new()),
        None => return response,
    };
    failure.log();
    let current = response.extensions_mut().remove::<Current>();
    let mut answer = if wants_json(&headers) || is_of_the_api {
        as_json(&failure)
    } else if headers.contains_key("hx-request") {
        as_fragment(&failure)
    } else {
        as_page(&failure, current, &headers, &path)
    };
    *answer.status_mut() =
        if answer.status() == StatusCode::SEE_OTHER { StatusCode::SEE_OTHER } else { status };
    for (name, value) in response.headers() {
        if [header::ALLOW, header::SET_COOKIE, header::WWW_AUTHENTICATE].contains(name) {
            answer.headers_mut().append(name, value.clone());
        }
    }
    if matches!(failure, Failure::Verb(Error::Busy)) {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    answer
}

/// A refusal by the framework (no route, wrong method, too large), which has no body worth keeping.
fn is_bare_refusal(response: &Response) -> bool {
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    (response.status().is_client_error() || response.status().is_server_error()) && plain
}

pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    (accepts.contains("application/json") || accepts.contains("application/problem+json"))
        && !accepts.contains("text/html")
}

fn as_json(failure: &Failure) -> Response {
    let errors: Vec<_> = match failure {
        Failure::Verb(Error::Invalid(problems)) => {
            problems.iter().map(|p| json!({ "field": p.field, "message": p.message })).collect()
        }
        _ => Vec::new(),
    };
    let mut body = json!({
        "type": "about:blank",
        "title": failure.title(),
        "status": failure.status().as_u16(),
        "detail": failure.detail(),
    });
    if !errors.is_empty() {
        body["errors"] = errors.into();
    }
    ([(header::CONTENT_TYPE, "application/problem+json")], Json(body).into_response().into_body())
        .into_response()
}

/// A short text: the script says by the status what happened and keeps what was typed.
fn as_fragment(failure: &Failure) -> Response {
    failure.detail().into_response()
}

#[derive(Template)]
#[template(path = "errors/inside.html")]
struct Inside {
    page: Layout,
    title: &'static str,
    detail: String,
}

#[derive(Template)]
#[template(path = "errors/outside.html")]
struct Outside {
    theme: &'static str,
    title: &'static str,
    detail: String,
}

fn as_page(failure: &Failure, current: Option<Current>, headers: &HeaderMap, path: &str) -> Response {
    if matches!(failure, Failure::SignedOut) {
        return axum::response::Redirect::to(&sign_in_address(path)).into_response();
    }
    let (title, detail) = (failure.title(), failure.detail());
    let html = match current {
        Some(current) => Inside { page: current.layout(Place::Overview, title), title, detail }.render(),
        None => Outside { theme: current::theme_of(headers).name(), title, detail }.render(),
    };
    match html {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page of an error could not be written");
            failure.detail().into_response()
        }
    }
}

/// Where to sign in, and come back to `path` afterwards.
fn sign_in_address(path: &str) -> String {
    if path == "/" {
        return "/sign-in".to_string();
    }
    format!("/sign-in?next={}", crate::forms::percent(path))
}

/// A handler that stopped with an internal error: the visitor gets a page, the log the words.
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().map(|s| (*s).to_string());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Failure::from(Error::Panicked(words)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_verb_has_its_status_and_only_ours_are_silent() {
        let path = std::path::PathBuf::from("/data");
        let expected = [
            (Error::invalid("email", "“x” is no address"), 422, "no address"),
            (Error::missing("person", "per_1"), 404, "There is no person per_1."),
            (Error::Conflict("somebody was quicker".into()), 409, "Somebody was quicker."),
            (Error::Forbidden("do this".into()), 403, "You may not do this."),
            (Error::Busy, 503, "try again in a moment."),
            (Error::DiskFull, 507, "nothing of the last change was kept"),
            (Error::InUse { path: path.clone(), holder: "7".into() }, 500, "Nothing was changed."),
            (Error::Newer { database: 9, program: 6 }, 500, "Nothing was changed."),
            (Error::database("secret"), 500, "Nothing was changed."),
            (Error::file(path, "secret"), 500, "Nothing was changed."),
            (Error::Closed, 500, "Nothing was changed."),
            (Error::Panicked("secret".into()), 500, "Nothing was changed."),
        ];
        for (error, status, words) in expected {
            let failure = Failure::from(error.clone());
            assert_eq!(failure.status().as_u16(), status, "{error:?}");
            assert!(failure.detail().contains(words), "{error:?}: {}", failure.detail());
            assert!(!failure.detail().contains("secret"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_handler_that_panics_gives_a_page_and_a_busy_store_says_when_to_come_back() {
        use tower::ServiceExt;
        let router = axum::Router::new()
            .route("/panic", axum::routing::get(|| async { panic!("a bug, on purpose") as () }))
            .route("/busy", axum::routing::get(|| async { Failure::from(Error::Busy) }))
            .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
            .layer(axum::middleware::from_fn(present));
        let get = |path: &str| Request::get(path).body(axum::body::Body::empty()).unwrap();
        let answer = router.clone().oneshot(get("/panic")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let page = axum::body::to_bytes(answer.into_body(), 100_000).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains("Something went wrong here") && !page.contains("on purpose"), "{page}");
        let answer = router.oneshot(get("/busy")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "2");
    }
}
