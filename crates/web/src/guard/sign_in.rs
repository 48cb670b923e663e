//! Finds the session of every request for a page, and lets nobody in without one.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::current::{self, Asked};
use crate::error::Failure;
use crate::respond;
use crate::state::App;

/// Makes [`Current`](crate::Current) known to what comes after, for the visitor who is signed in.
pub(crate) async fn find(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let shows_toast = asked.toast.is_some();
    let current = match current::find(&app, asked).await {
        Ok(current) => current,
        Err(failure) => return failure.into_response(),
    };
    let Some(current) = current else { return next.run(request).await };
    request.extensions_mut().insert(current.clone());
    let mut response = next.run(request).await;
    if shows_toast {
        respond::forget_toast(&mut response);
    }
    // A page that tells of a failure is drawn later, in the frame of this visitor.
    response.extensions_mut().insert(current);
    response
}

/// Lets only signed-in visitors through, whatever the handler asks for.
pub(crate) async fn require(request: Request, next: Next) -> Response {
    match request.extensions().get::<current::Current>() {
        Some(_) => next.run(request).await,
        None => Failure::SignedOut.into_response(),
    }
}
