//! One line in the log and one observation in the metrics for every request, under an id that the answer carries.
//!
//! The route is logged, never the address: addresses hold names and e-mail addresses of people.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

use crate::health;

/// Where a request is known by in the log and in the answer.
pub(crate) const REQUEST_ID: &str = "x-request-id";

pub(crate) async fn write(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", |path| path.as_str()).to_string();
    let id = platform::random::hex(&platform::random::bytes::<8>());
    let mut response = next.run(request).await;
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    let ms = elapsed.as_micros() as f64 / 1000.0;
    tracing::info!(target: "rondel::request", %id, %method, route, status, ms, "request");
    health::observe(method.as_str(), &route, status, elapsed);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
