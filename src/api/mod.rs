//! The wire dialects, one folder each; they do not know each other. This file joins their routers.

#[macro_use]
mod from_sources;

pub mod address;
mod answer_memory;
mod cross_origin;
pub mod luigisbox;
#[cfg(feature = "postgres")]
pub mod luxmart;
pub mod openapi;
pub mod ops;
mod state;
pub mod swiftype;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;

pub use openapi::Description;
pub use state::{AppState, Limits, Parts, Sites};

use crate::http::{compressed, json};
use crate::telemetry::metrics::Api;
use openapi::{Described, Place};

/// Every route of the server, and what they are. Paths are in the spelling that `http` brings them to: no repeated
/// slash, none at the end.
pub fn router(state: AppState) -> (Router, Arc<Description>) {
    finished(routes(&state, ops::Sources::default()), state)
}

/// The same with the front door of the product sync, which is there only when it is configured.
#[cfg(feature = "postgres")]
pub fn router_with_sync(
    state: AppState,
    door: Arc<luxmart::FrontDoor>,
) -> (Router, Arc<Description>) {
    let sources = ops::Sources::of(&door.syncs);
    let synced = luxmart::routes(door);
    let synced =
        synced.wrap(|routes| compressed(routes).method_not_allowed_fallback(method_not_allowed));
    finished(routes(&state, sources).merge(synced), state)
}

fn finished(routes: Described<AppState>, state: AppState) -> (Router, Arc<Description>) {
    let host = state.public_url.as_deref().unwrap_or_default();
    let place = Place {
        url: format!("{}{}", host.trim_end_matches('/'), state.auth.path_prefix),
    };
    let (routes, description) = openapi::serve(routes, &place);
    let all = routes.into_router().fallback(not_found);
    let all = all.method_not_allowed_fallback(method_not_allowed);
    (all.with_state(state), description)
}

fn routes(state: &AppState, sources: ops::Sources) -> Described<AppState> {
    let counts_events = state.engine.capabilities().events;
    let mut routes = luigisbox::routes(counts_events).wrap(compressed);
    // Where nobody was given a key there is nobody to speak to (docs/reference/07-http-principles.md §1).
    if !state.sites.load().api_keys.is_empty() {
        routes = routes.merge(swiftype::routes(state.clone()).wrap(compressed));
    }
    routes.merge(ops::routes(sources))
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
        ("/openapi.json", Api::Ops),
        ("/docs", Api::Ops),
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
            ("/openapi.json", Api::Ops),
            ("/docs", Api::Ops),
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
