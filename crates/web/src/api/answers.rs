//! How the API answers: a record with its tag, a page of a list, a problem.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Failure, Result};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    /// Where the next page begins: give it back as `after`. Null on the last page.
    pub(crate) next: Option<String>,
}

impl<T: Serialize> Page<T> {
    /// The page of a list that was read with one record more than fits; `place` tells where a record stands.
    pub(crate) fn cut<R>(
        mut found: Vec<R>,
        limit: usize,
        place: impl Fn(&R) -> String,
        told: impl Fn(R) -> T,
    ) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(place);
        Self { data: found.into_iter().map(told).collect(), next }
    }
}

/// A problem, as RFC 9457 describes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    pub(crate) r#type: String,
    pub(crate) title: String,
    #[schema(minimum = 400, maximum = 599)]
    pub(crate) status: u16,
    /// A sentence for a person.
    pub(crate) detail: String,
    /// What is wrong with which field; there for status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) errors: Vec<AtField>,
}

/// What is wrong with a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AtField {
    /// Its place, such as `email` or `lines.0.sku`; empty where it is about the whole.
    pub(crate) field: String,
    pub(crate) message: String,
}

/// A value as JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

/// A page of a list.
pub(crate) fn page<T: Serialize>(page: &Page<T>) -> Result {
    Ok(json(StatusCode::OK, page))
}

/// A record with the tag under which it was seen.
pub(crate) fn record<T: Serialize>(status: StatusCode, stamp: i64, value: &T) -> Result {
    let mut response = json(status, value);
    if let Ok(tag) = HeaderValue::from_str(&tag(stamp)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A record that was created (201, with its address) or was there (200).
pub(crate) fn stated<T: Serialize>(is_new: bool, address: &str, stamp: i64, value: &T) -> Result {
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = record(status, stamp, value)?;
    if let Ok(address) = HeaderValue::from_str(address)
        && is_new
    {
        response.headers_mut().insert(header::LOCATION, address);
    }
    Ok(response)
}

/// Done, and nothing to say.
pub(crate) fn done() -> Result {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a change gave; None where the record was not as the caller had seen it.
pub(crate) fn unchanged_since<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| {
        let words = "the record was changed since you read it: read it again, then repeat the change";
        Failure::Http(StatusCode::PRECONDITION_FAILED, words.to_string())
    })
}

/// The entity tag of a record that was last changed at `stamp`.
pub(super) fn tag(stamp: i64) -> String {
    format!("\"{stamp}\"")
}
