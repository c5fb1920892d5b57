//! What browsers may call with an engine's key: searches, read by every page (contract 10 §3, §6).

use axum::Router;

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
}
