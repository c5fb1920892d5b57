//! The Luigi's Box dialect (contract 01 to 07).

mod content;
mod error;
mod signed;
pub mod wire;

use axum::Router;
use axum::routing::post;

use super::AppState;

/// Every path of this API, in the spelling that `http` brings paths to.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/v1/content",
            post(content::replace)
                .patch(content::patch)
                .delete(content::delete),
        )
        .route("/v1/content/commit", post(content::commit))
}
