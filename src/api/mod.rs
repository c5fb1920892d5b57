//! The wire dialects, one folder each; they do not know each other. This file joins their routers.

pub mod luigisbox;
#[cfg(feature = "postgres")]
pub mod luxmart;
pub mod ops;
mod state;

#[cfg(feature = "postgres")]
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;

pub use state::{AppState, Limits, Parts, Sites};

use crate::http::{compressed, json};

/// Every route of the server. Paths are in the spelling that `http` brings them to: no repeated
/// slash, none at the end.
pub fn router(state: AppState) -> Router {
    routes().with_state(state)
}

/// The same with the front door of the product sync, which is there only when it is configured.
#[cfg(feature = "postgres")]
pub fn router_with_sync(state: AppState, door: Arc<luxmart::FrontDoor>) -> Router {
    let synced = compressed(luxmart::routes(door)).method_not_allowed_fallback(method_not_allowed);
    routes().merge(synced).with_state(state)
}

fn routes() -> Router<AppState> {
    Router::new()
        .merge(compressed(luigisbox::routes()))
        .merge(ops::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// Stands in while the engine opens: alive, not ready, everything else to be tried again soon.
pub fn starting_router() -> Router {
    luigisbox::starting_routes(&ops::starting()).merge(ops::starting_routes())
}

async fn not_found() -> Response {
    json::error(StatusCode::NOT_FOUND, "Not found")
}

/// The router adds `Allow`.
async fn method_not_allowed() -> Response {
    json::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
}
