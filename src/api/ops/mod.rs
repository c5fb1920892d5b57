//! For operators and what watches over the server: is it alive, can it serve. No dialect of its own.

mod health;

use axum::Router;
use axum::routing::{MethodRouter, any, get};

use super::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/health", get(health::alive))
        .route("/health/ready", get(health::ready))
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
