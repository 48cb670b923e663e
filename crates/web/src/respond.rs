//! How handlers answer: a page, a fragment, a redirect after a change, and the short message that follows it.

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};

use crate::current::cookie;
use crate::error::Result;
use crate::forms::{percent, plain};
use crate::parts::{Toast, Tone};

/// Carries a [`Toast`] over one redirect.
const TOAST_COOKIE: &str = "rondel_toast";
/// Longest message that is carried, in bytes as they stand in the cookie.
const TOAST_BYTES: usize = 2000;

/// A whole page.
pub fn page(template: &impl Template) -> Result {
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(template.render()?)).into_response())
}

/// A part of a page that the script puts in its place.
pub fn fragment(template: &impl Template) -> Result {
    page(template)
}

/// The page of a form whose input cannot be accepted, with the problems beside the fields.
pub fn invalid(template: &impl Template) -> Result {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(template)?).into_response())
}

/// Sends the visitor on after a change (303), so that loading the page again does not change anything twice.
pub fn redirect(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// Sends the visitor on and says there what happened.
pub fn redirect_with(to: &str, toast: Toast) -> Response {
    with_toast(redirect(to), toast)
}

/// The answer, with a message for the page that comes after it.
pub fn with_toast(answer: Response, toast: Toast) -> Response {
    let Toast { text, tone, undo } = toast;
    let value = percent(&format!("{}\n{}\n{text}", tone.class(), undo.unwrap_or_default()));
    if value.len() > TOAST_BYTES {
        return answer;
    }
    let cookie = format!("{TOAST_COOKIE}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    (AppendHeaders([(header::SET_COOKIE, cookie)]), answer).into_response()
}

impl Toast {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Good, undo: None }
    }

    /// The same with the address that takes it back when posted to.
    pub fn undo(self, address: impl Into<String>) -> Self {
        Self { undo: Some(address.into()), ..self }
    }
}

/// The message that the last redirect left for this page. Fragments leave it for the page that comes.
pub(crate) fn toast_of(request: &Request) -> Option<Toast> {
    if request.method() != Method::GET || request.headers().contains_key("hx-request") {
        return None;
    }
    let value = plain(cookie(request.headers(), TOAST_COOKIE)?)?;
    let mut lines = value.splitn(3, '\n');
    let (tone, undo, text) = (lines.next()?, lines.next()?, lines.next()?);
    let tone = [Tone::Accent, Tone::Good, Tone::Warning, Tone::Bad].into_iter().find(|t| t.class() == tone);
    Some(Toast {
        text: text.to_string(),
        tone: tone.unwrap_or_default(),
        undo: Some(undo).filter(|undo| is_own_path(undo)).map(str::to_string),
    })
}

/// Takes the message away once a page has shown it.
pub(crate) fn forget_toast(response: &mut Response) {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        let gone = "rondel_toast=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(gone));
    }
}

/// True for an address within this program, so that nobody is sent elsewhere by a prepared link.
pub(crate) fn is_own_path(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn a_message_survives_one_redirect_with_its_way_back() {
        let sent =
            redirect_with("/people", Toast::done("Deleted “Ada; Lovelace”").undo("/people/per_1/undo"));
        let cookie =
            sent.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_string();
        let request = Request::get("/people").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let toast = toast_of(&request).unwrap();
        assert_eq!(toast.text, "Deleted “Ada; Lovelace”");
        assert_eq!(toast.undo.as_deref(), Some("/people/per_1/undo"));
    }

    #[test]
    fn an_address_elsewhere_is_not_followed() {
        assert!(is_own_path("/people?q=ada"));
        for elsewhere in ["//evil.example", "/\\evil.example", "https://evil.example", "/a\\b", "", "/a\nb"] {
            assert!(!is_own_path(elsewhere), "{elsewhere}");
        }
    }
}
