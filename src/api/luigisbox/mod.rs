//! The Luigi's Box dialect (docs/reference/01-auth.md to docs/reference/07-http-principles.md).

mod call;
mod content;
mod error;
mod export;
mod facet_value;
mod links;
mod public;
mod search;
mod search_error;
mod signed;
mod streamed;
mod update_by_query;
pub mod wire;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get, patch, post};

use crate::api::{AppState, method_not_allowed};

const SEARCH: &str = "/search";
const FACET_VALUE: &str = "/v1/facet_value";

/// Every path of [`public_routes`].
const PUBLIC_PATHS: [&str; 2] = [SEARCH, FACET_VALUE];

/// Every path of this API, in the spelling that `http` brings paths to.
pub fn routes() -> Router<AppState> {
    signed_routes().merge(public_routes())
}

/// For the shop's back end; a signature says which site (docs/reference/01-auth.md §7).
fn signed_routes() -> Router<AppState> {
    Router::new()
        .route(
            "/v1/content",
            post(content::replace)
                .patch(content::patch)
                .delete(content::delete),
        )
        .route("/v1/content/commit", post(content::commit))
        .route("/v1/content_export", get(export::export))
        .route(
            "/v1/update_by_query",
            patch(update_by_query::submit).get(update_by_query::status),
        )
}

/// For browsers; `tracker_id` says which site (docs/reference/07-http-principles.md §6).
fn public_routes() -> Router<AppState> {
    Router::new()
        .route(
            SEARCH,
            get(search::search)
                .post(search::search_filtered)
                .options(public::preflight),
        )
        .route(
            FACET_VALUE,
            get(facet_value::facet_value).options(public::preflight),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(public::allow_any_origin))
}

/// Stands in for the public paths while the engine opens: web pages may read that answer too.
pub fn starting_routes(starting: &MethodRouter) -> Router {
    let stand_in = |routes: Router, path| {
        let either = starting.clone().options(public::preflight);
        routes.route(path, either)
    };
    PUBLIC_PATHS
        .into_iter()
        .fold(Router::new(), stand_in)
        .layer(from_fn(public::allow_any_origin))
}
