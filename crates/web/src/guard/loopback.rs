//! Whether a request comes from this machine itself and not through somebody else's proxy.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// True for a connection from this machine that no proxy has passed on.
pub(crate) fn is_local(extensions: &Extensions, headers: &HeaderMap) -> bool {
    let passed_on =
        ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|h| headers.contains_key(*h));
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    !passed_on && peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback())
}
