//! For operators and what watches over the server: is it alive, can it serve. No dialect of its own.

mod exposition;
mod health;
mod proxies;
mod sources;

use axum::routing::{MethodRouter, any, get};
use axum::{Extension, Router};

use super::AppState;
use crate::http::ClientAddress;
use axum::http::HeaderMap;
pub use sources::Sources;

pub(super) fn routes(sources: Sources) -> Router<AppState> {
    Router::new()
        .route("/health", get(health::alive))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(exposition::show).layer(Extension(sources)))
}

/// Whether somebody asks from this machine, and no proxy for somebody else.
pub fn is_on_this_machine(client: Option<ClientAddress>, headers: &HeaderMap) -> bool {
    let is_here = client.is_some_and(|ClientAddress(address)| address.is_loopback());
    is_here && !proxies::have_passed(headers)
}

/// What other paths say while the engine opens.
pub(super) fn starting() -> MethodRouter {
    any(health::starting)
}

/// The same paths while the engine opens.
pub(super) fn starting_routes() -> Router {
    Router::new()
        .route("/health", get(health::alive))
        .fallback(health::starting)
}
