//! The Luigi's Box dialect (docs/reference/01-auth.md to docs/reference/07-http-principles.md).

mod autocomplete;
mod call;
mod content;
mod error;
mod event_error;
mod events;
mod export;
mod facet_value;
mod links;
mod look;
mod public;
mod recommend;
mod search;
mod search_error;
mod signed;
mod streamed;
mod top_items;
mod update_by_query;
pub mod wire;

pub use look::{Look, look};
pub use wire::exported::posted_json;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, delete, get, patch, post};

use crate::api::{AppState, method_not_allowed};

const SEARCH: &str = "/search";
const FACET_VALUE: &str = "/v1/facet_value";
const AUTOCOMPLETE: &str = "/autocomplete/v2";
/// What clients from before there was a v2 call; the answer is that of v2.
const AUTOCOMPLETE_V1: &str = "/autocomplete";
const TOP_ITEMS: &str = "/v1/top_items";
const PERSONALIZED_TOP_ITEMS: &str = "/v1/personalized_top_items";
const TRENDING_QUERIES: &str = "/v2/trending_queries";
const RECOMMEND: &str = "/v1/recommend";

/// Where events are sent: pages of the hosted service have either of the first two.
const EVENTS: [&str; 3] = ["/", "/v1", "/v1/events"];

/// Every path of [`public_routes`] and [`event_routes`].
const PUBLIC_PATHS: [&str; 11] = [
    SEARCH,
    FACET_VALUE,
    AUTOCOMPLETE,
    AUTOCOMPLETE_V1,
    TOP_ITEMS,
    PERSONALIZED_TOP_ITEMS,
    TRENDING_QUERIES,
    RECOMMEND,
    EVENTS[0],
    EVENTS[1],
    EVENTS[2],
];

/// Every path of this API, in the spelling that `http` brings paths to.
pub fn routes(counts_events: bool) -> Router<AppState> {
    let routes = signed_routes().merge(public_routes());
    if counts_events {
        routes.merge(signed_event_routes()).merge(event_routes())
    } else {
        routes
    }
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
        .route(AUTOCOMPLETE, autocomplete())
        .route(AUTOCOMPLETE_V1, autocomplete())
        .route(
            FACET_VALUE,
            get(facet_value::facet_value).options(public::preflight),
        )
        .route(
            RECOMMEND,
            post(recommend::recommend).options(public::preflight),
        )
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(public::allow_any_origin))
}

fn autocomplete() -> MethodRouter<AppState> {
    get(autocomplete::autocomplete).options(public::preflight)
}

/// What stands on events (docs/reference/06-autocomplete-and-others.md), for browsers.
fn event_routes() -> Router<AppState> {
    let listed = |handler: MethodRouter<AppState>| handler.options(public::preflight);
    let recorded = |routes: Router<AppState>, path| {
        let either = post(events::record).options(public::preflight);
        routes.route(path, either)
    };
    EVENTS
        .into_iter()
        .fold(Router::new(), recorded)
        .route(TOP_ITEMS, listed(get(top_items::top_items)))
        .route(PERSONALIZED_TOP_ITEMS, listed(get(top_items::personalized)))
        .route(TRENDING_QUERIES, listed(get(top_items::trending_queries)))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(public::allow_any_origin))
}

fn signed_event_routes() -> Router<AppState> {
    Router::new()
        .route("/v1/events/import", post(events::import))
        .route("/v1/events/clients/{client}", delete(events::forget))
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
