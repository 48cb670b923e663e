//! What a request says: its JSON body, its query, its condition. What is wrong is told at the field that has it.

use std::future::ready;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use platform::{Error, limits};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use utoipa::IntoParams;

use crate::error::{Failure, Result};

/// The JSON body of a request.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        // In a box, because every handler with a body would have a copy of how it is read.
        let bytes = Box::pin(read(request)).await?;
        parse(&bytes).map(Self)
    }
}

async fn read(request: Request) -> Result<Bytes> {
    let is_json = is_json(request.headers());
    let bytes = Bytes::from_request(request, &())
        .await
        .map_err(|refused| Failure::Http(refused.status(), refused.body_text()))?;
    if bytes.is_empty() {
        let words = "send a body as JSON; {} where there is nothing to say";
        return Err(Failure::Http(StatusCode::BAD_REQUEST, words.to_string()));
    }
    if !is_json {
        let words = "send the body as JSON, with the header Content-Type: application/json";
        return Err(Failure::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE, words.to_string()));
    }
    if names_nul(&bytes) {
        let words = "the body has the character NUL in a text, which no text may have";
        return Err(Failure::Http(StatusCode::BAD_REQUEST, words.to_string()));
    }
    Ok(bytes)
}

/// Whether a JSON text writes the character NUL, which no database keeps in a text.
fn names_nul(text: &[u8]) -> bool {
    let is_escape = |at: usize| text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    text.windows(6).enumerate().any(|(at, part)| part == br"\u0000" && is_escape(at))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The value that a JSON text says.
///
/// **Errors** with 400 for what is no JSON, at the field for what does not fit.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let place = dotted(error.path());
        let error = error.into_inner();
        let words = without_place(&error.to_string());
        // An object without a word where one of several is expected is told as bad syntax, which it is not.
        let fits_nowhere = error.is_data() || serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
        match fits_nowhere {
            true => Error::invalid(missing(&place, &words).unwrap_or(place), words).into(),
            false => Failure::Http(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")),
        }
    })?;
    let rest = deserializer.end();
    rest.map_err(|error| Failure::Http(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")))?;
    Ok(value)
}

/// `lines.0.sku`, as the verbs name a place.
fn dotted(path: &serde_path_to_error::Path) -> String {
    let parts: Vec<String> = path
        .iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Unknown => None,
        })
        .collect();
    parts.join(".")
}

/// The field that is missing at a place, where that is what is wrong.
fn missing(place: &str, words: &str) -> Option<String> {
    let field = words.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(if place.is_empty() { field.to_string() } else { format!("{place}.{field}") })
}

fn without_place(words: &str) -> String {
    words.rsplit_once(" at line ").map_or(words, |(words, _)| words).to_string()
}

/// The query of a request.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|Query(value)| Self(value)).map_err(|refused| {
            let text = refused.body_text();
            let words = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            match words.split_once(": ") {
                Some((field, words)) if !field.contains(' ') => Error::invalid(field, words).into(),
                _ => Error::invalid("", words).into(),
            }
        })
    }
}

/// A text of the query; an empty one is none.
pub(super) fn filled<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageAsked {
    /// Records on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    pub(crate) after: Option<String>,
}

impl PageAsked {
    pub(crate) fn limit(&self) -> Result<usize> {
        limit(self.limit)
    }
}

/// How many records a page may have.
///
/// **Errors** at `limit`.
pub(super) fn limit(asked: Option<usize>) -> Result<usize> {
    match asked.unwrap_or(limits::API_PAGE_USUAL) {
        limit @ 1..=limits::API_PAGE => Ok(limit),
        _ => Err(Error::invalid("limit", format!("is 1 to {}", limits::API_PAGE)).into()),
    }
}

/// The error of a cursor that is none of this list's.
pub(super) fn no_place(after: &str) -> Failure {
    Error::invalid("after", format!("“{after}” is no place in this list")).into()
}

/// The header `If-Match`: the change is wanted only if the record is still as the caller saw it.
#[derive(Debug, Clone, Default)]
pub(crate) struct IfMatch(Option<String>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Ok(Self::of(parts)))
    }
}

impl IfMatch {
    #[inline(never)]
    fn of(parts: &Parts) -> Self {
        let values = parts.headers.get_all(header::IF_MATCH);
        let tags: Vec<&str> = values.iter().map(|value| value.to_str().unwrap_or("?")).collect();
        Self((!tags.is_empty()).then(|| tags.join(",")))
    }

    /// Whether the caller has seen the record as it is now.
    pub(crate) fn holds(&self, stamp: i64) -> bool {
        let Some(tags) = &self.0 else { return true };
        let now = super::answers::tag(stamp);
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Line {
        quantity: i64,
    }

    fn refused(text: &str) -> String {
        match parse::<Order>(text.as_bytes()) {
            Ok(order) => panic!("{order:?} was taken"),
            Err(Failure::Verb(error)) => error.to_string(),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn what_does_not_fit_is_told_at_its_field() {
        assert_eq!(
            refused(r#"{"lines":[{},{"quantity":"3"}]}"#),
            "lines.1.quantity: invalid type: string \"3\", expected i64"
        );
        let unknown = refused(r#"{"lines":[{"quantty":3}]}"#);
        assert!(unknown.starts_with("lines.0.quantty: unknown field `quantty`"), "{unknown}");
        assert!(refused("{").contains("400"));
        assert!(refused("{} {}").contains("400"));
        assert_eq!(parse::<Order>(br#"{"lines":[{"quantity":3}]}"#).unwrap().lines[0].quantity, 3);
    }

    #[test]
    fn the_character_nul_is_seen_where_it_is_written_and_only_there() {
        assert!(names_nul(br#"{"name":"A\u0000B"}"#));
        assert!(names_nul(br#"{"name":"\\\u0000"}"#));
        assert!(!names_nul(br#"{"name":"\\u0000"}"#));
        assert!(!names_nul(br#"{"name":"\u0001"}"#));
    }

    #[test]
    fn a_condition_holds_for_the_record_as_it_was_seen() {
        let asked = |text: &str| IfMatch(Some(text.to_string()));
        assert!(IfMatch(None).holds(5));
        assert!(asked("*").holds(5));
        assert!(asked("\"4\", \"5\"").holds(5));
        assert!(!asked("\"4\"").holds(5));
        assert!(!asked("W/\"5\"").holds(5), "a weak tag never matches strongly");
    }
}
