//! A change is accepted only from our own pages: the origin must be ours and the session's token must come with it.
//!
//! The token stands in the header `x-csrf-token` (scripts), or in the field `csrf_token` (forms). In a form with files it
//! must be the first field, so that a large upload is not read before it is known to be wanted.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use platform::limits;

use crate::current::Current;
use crate::error::{Failure, Result};
use crate::forms::CSRF_FIELD;

/// How far into a form with files the token is looked for. **Units:** bytes.
const LOOK_AHEAD_BYTES: usize = 4096;

pub(crate) async fn check(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    if !is_own_origin(request.headers()) {
        return refusal("change anything from another site's page").into_response();
    }
    let Some(current) = request.extensions().get::<Current>() else {
        // Nobody is signed in, so there is no session to abuse; the origin was checked.
        return next.run(request).await;
    };
    let expected = current.csrf_token().to_string();
    match with_token(request, &expected).await {
        Ok(request) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn refusal(what: &str) -> Failure {
    Failure::forbidden(what)
}

/// What browsers say about where a request comes from. Programs that say nothing have no cookies to abuse.
fn is_own_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text("origin") else { return true };
    let host = text("host").unwrap_or("");
    origin.split_once("://").is_some_and(|(_, there)| there == host)
}

/// The request, once its token was found right.
async fn with_token(request: Request, expected: &str) -> Result<Request> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if let Some(given) = request.headers().get("x-csrf-token") {
        return match is_same(given.as_bytes(), expected.as_bytes()) {
            true => Ok(request),
            false => Err(stale()),
        };
    }
    let is_plain_form = kind.starts_with("application/x-www-form-urlencoded");
    let boundary = kind.strip_prefix("multipart/form-data").and_then(|rest| rest.split_once("boundary="));
    let boundary = boundary.map(|(_, boundary)| boundary.trim_matches('"').to_string());
    let (head, body) = request.into_parts();
    if is_plain_form {
        let bytes = axum::body::to_bytes(body, limits::FORM_BYTES).await.map_err(|_| too_large())?;
        let given = form_value(&bytes, CSRF_FIELD);
        return match given.is_some_and(|given| is_same(given, expected.as_bytes())) {
            true => Ok(Request::from_parts(head, Body::from(bytes))),
            false => Err(stale()),
        };
    }
    let Some(boundary) = boundary else { return Err(stale()) };
    let (start, rest) = look_ahead(body, expected, &boundary).await?;
    Ok(Request::from_parts(head, Body::new(Rejoined { start: Some(start), rest })))
}

fn stale() -> Failure {
    refusal("do this from an old page: load the page again, then repeat it")
}

fn too_large() -> Failure {
    Failure::Http(StatusCode::PAYLOAD_TOO_LARGE, "the form is larger than a form may be".to_string())
}

/// The raw value of a field of an url-encoded form; a token needs no decoding.
fn form_value<'b>(body: &'b [u8], name: &str) -> Option<&'b [u8]> {
    body.split(|b| *b == b'&').find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// Reads a form with files until its first field has been seen, which must be the token.
async fn look_ahead(mut body: Body, expected: &str, boundary: &str) -> Result<(Bytes, Body)> {
    let mut start = Vec::new();
    let wanted = format!("--{boundary}\r\n");
    while start.len() < LOOK_AHEAD_BYTES {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        match frame {
            Some(Ok(frame)) => start.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Some(Err(error)) => return Err(Failure::Http(StatusCode::BAD_REQUEST, error.to_string())),
            None => break,
        }
        if is_first_field(&start, &wanted, expected) {
            return Ok((Bytes::from(start), body));
        }
    }
    Err(stale())
}

fn is_first_field(start: &[u8], opening: &str, expected: &str) -> bool {
    let text = String::from_utf8_lossy(&start[..start.len().min(LOOK_AHEAD_BYTES)]);
    let field = text.strip_prefix(opening).and_then(|rest| rest.split_once("\r\n\r\n"));
    let Some((heading, rest)) = field else { return false };
    let Some((value, _)) = rest.split_once("\r\n") else { return false };
    heading.contains(&format!("name=\"{CSRF_FIELD}\"")) && is_same(value.as_bytes(), expected.as_bytes())
}

/// Compares without telling by its duration how much is right.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len() && given.iter().zip(expected).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// A body of which the start was read already.
struct Rejoined {
    start: Option<Bytes>,
    rest: Body,
}

impl HttpBody for Rejoined {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, axum::Error>>> {
        match self.start.take() {
            Some(start) => Poll::Ready(Some(Ok(Frame::data(start)))),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_origin_may_change_anything() {
        let from = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            is_own_origin(&headers)
        };
        assert!(from(&[("sec-fetch-site", "same-origin"), ("origin", "https://crm.example")]));
        assert!(from(&[("origin", "https://crm.example"), ("host", "crm.example")]));
        assert!(from(&[]));
        assert!(!from(&[("sec-fetch-site", "cross-site")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("origin", "https://evil.example"), ("host", "crm.example")]));
        assert!(!from(&[("origin", "null"), ("host", "crm.example")]));
    }

    #[tokio::test]
    async fn a_form_with_files_is_whole_again_after_its_token_was_read() {
        let whole = "--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\nsecret\r\n--b\r\nrest";
        let (start, rest) = look_ahead(Body::from(whole), "secret", "b").await.unwrap();
        let body = Body::new(Rejoined { start: Some(start), rest });
        assert_eq!(axum::body::to_bytes(body, 10_000).await.unwrap(), whole.as_bytes());
        assert!(look_ahead(Body::from(whole), "other", "b").await.is_err());
        assert!(
            look_ahead(Body::from("--b\r\nname=\"file\"\r\n\r\nsecret\r\n"), "secret", "b").await.is_err()
        );
    }
}
