//! The Luigi's Box dialect (contract 01 to 07).

mod public;
mod search;
mod search_error;
pub mod wire;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::get;

use crate::api::{AppState, method_not_allowed};

/// Every path of this API, in the spelling that `http` brings paths to.
pub fn routes() -> Router<AppState> {
    public_routes()
}

fn public_routes() -> Router<AppState> {
    Router::new()
        .route("/search", get(search::search))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(map_response(public::allow_any_origin))
}
