//! The wire dialects, one folder each; they do not know each other. This file joins their routers.

#[macro_use]
mod from_sources;

pub mod address;
mod answer_memory;
mod cross_origin;
pub mod luigisbox;
#[cfg(feature = "postgres")]
pub mod luxmart;
pub mod ops;
mod state;
pub mod swiftype;

#[cfg(feature = "postgres")]
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;

pub use state::{AppState, Limits, Parts, Sites};

use crate::http::{compressed, json};
use crate::telemetry::metrics::Api;

/// Every route of the server. Paths are in the spelling that `http` brings them to: no repeated
/// slash, none at the end.
pub fn router(state: AppState) -> Router {
    routes(&state, ops::Sources::default()).with_state(state)
}

/// The same with the front door of the product sync, which is there only when it is configured.
#[cfg(feature = "postgres")]
pub fn router_with_sync(state: AppState, door: Arc<luxmart::FrontDoor>) -> Router {
    let sources = ops::Sources::of(&door.syncs);
    let synced = compressed(luxmart::routes(door)).method_not_allowed_fallback(method_not_allowed);
    routes(&state, sources).merge(synced).with_state(state)
}

fn routes(state: &AppState, sources: ops::Sources) -> Router<AppState> {
    let mut routes = Router::new().merge(compressed(luigisbox::routes(
        state.engine.capabilities().events,
    )));
    // Where nobody was given a key there is nobody to speak to (docs/reference/07-http-principles.md §1).
    if !state.sites.load().api_keys.is_empty() {
        routes = routes.merge(compressed(swiftype::routes(state.clone())));
    }
    routes
        .merge(ops::routes(sources))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// Stands in while the engine opens: alive, not ready, everything else to be tried again soon.
pub fn starting_router() -> Router {
    luigisbox::starting_routes(&ops::starting()).merge(ops::starting_routes())
}

/// Which API a request is for, in the spelling of paths that routes see.
pub fn of_path(path: &str) -> Api {
    /// The first that begins a path counts.
    const PLACES: &[(&str, Api)] = &[
        ("/v1/products", Api::ProductSync),
        ("/v1/events", Api::Events),
        ("/v1/top_items", Api::Search),
        ("/v1/personalized_top_items", Api::Search),
        ("/v2/trending_queries", Api::Search),
        ("/v1/facet_value", Api::Search),
        ("/v1", Api::Content),
        ("/search", Api::Search),
        ("/autocomplete", Api::Autocomplete),
        ("/api/v1", Api::Swiftype),
        ("/health", Api::Ops),
        ("/metrics", Api::Ops),
        ("/browse", Api::Ops),
    ];
    if matches!(path, "/" | "/v1") {
        return Api::Events;
    }
    let is_below = |place: &str| {
        let rest = path.strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let found = PLACES.iter().find(|(place, _)| is_below(place));
    found.map_or(Api::Other, |(_, api)| *api)
}

async fn not_found() -> Response {
    json::error(StatusCode::NOT_FOUND, "Not found")
}

/// The router adds `Allow`.
async fn method_not_allowed() -> Response {
    json::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_belongs_to_one_api() {
        for (path, api) in [
            ("/v1/content", Api::Content),
            ("/v1/content_export", Api::Content),
            ("/v1/products/search/sync", Api::ProductSync),
            ("/search", Api::Search),
            ("/v1/facet_value", Api::Search),
            ("/autocomplete", Api::Autocomplete),
            ("/autocomplete/v2", Api::Autocomplete),
            ("/autocomplete.js", Api::Other),
            ("/api/v1/engines/books/search.json", Api::Swiftype),
            ("/health/ready", Api::Ops),
            ("/metrics", Api::Ops),
            ("/browse/sites/a", Api::Ops),
            ("/searches", Api::Other),
            ("/v12", Api::Other),
            ("/", Api::Events),
            ("/v1", Api::Events),
            ("/v1/events/clients/c9", Api::Events),
            ("/v1/top_items", Api::Search),
            ("/v2/trending_queries", Api::Search),
        ] {
            assert_eq!(of_path(path), api, "{path}");
        }
    }
}
