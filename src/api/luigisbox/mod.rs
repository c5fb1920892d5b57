//! The Luigi's Box dialect (contract 01 to 07).

mod public;
mod search;
mod search_error;
pub mod wire;

use axum::Router;

use crate::api::AppState;

/// Every path of this API.
pub fn routes() -> Router<AppState> {
    Router::new()
}
