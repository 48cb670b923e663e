//! HTTP: pages, the JSON API, and what they need. The only crate that knows axum and askama.
//!
//! Pages and the API call verbs of `records` and `cycle`; there is no SQL here, no rule about records and no arithmetic on money.

pub mod api;
pub mod assets;
pub mod charts;
pub mod current;
mod download;
pub mod error;
pub mod forms;
mod guard;
mod health;
pub mod layout;
mod loop_bar;
mod pages;
pub mod parts;
mod public;
mod query;
pub mod respond;
mod routes;
pub mod state;
pub mod uploads;
mod wording;
pub mod words;

pub use current::{Administrator, Current, Writer};
pub use error::{Failure, Result};
pub use health::metrics;
pub use routes::router;
pub use state::{App, Options};

/// Answers requests on `listener` until `stopped`, then lets the open ones end.
pub async fn serve(
    listener: tokio::net::TcpListener,
    app: App,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stopped).await
}
