//! The Luigi's Box dialect (docs/reference/01-auth.md to docs/reference/07-http-principles.md).

mod autocomplete;
mod call;
mod content;
mod describe;
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
use axum::routing::MethodRouter;

use crate::api::openapi::Described;
use crate::api::{AppState, method_not_allowed};

/// What clients from before there was a v2 call; the answer is that of v2.
const AUTOCOMPLETE: [(&str, &str); 2] = [
    ("/autocomplete/v2", "autocomplete"),
    ("/autocomplete", "autocompleteOfOlderClients"),
];

/// Where events are sent: pages of the hosted service have either of the first two.
const EVENTS: [(&str, &str); 3] = [
    ("/v1/events", "recordEvents"),
    ("/", "recordEventsAtTheRoot"),
    ("/v1", "recordEventsBelowV1"),
];

/// Every route of this API, in the spelling that `http` brings paths to.
pub fn routes(counts_events: bool) -> Described<AppState> {
    let routes = signed_routes()
        .merge(public_routes())
        .with_schemas(describe::schemas::schemas());
    if counts_events {
        routes.merge(signed_event_routes()).merge(event_routes())
    } else {
        routes
    }
}

/// For the shop's back end; a signature says which site (docs/reference/01-auth.md §7).
fn signed_routes() -> Described<AppState> {
    Described::new()
        .on(describe::content::replace(), content::replace)
        .on(describe::content::patch(), content::patch)
        .on(describe::content::delete(), content::delete)
        .on(describe::content::commit(), content::commit)
        .on(describe::export::export(), export::export)
        .on(describe::update_by_query::submit(), update_by_query::submit)
        .on(describe::update_by_query::status(), update_by_query::status)
}

/// For browsers; `tracker_id` says which site (docs/reference/07-http-principles.md §6).
fn public_routes() -> Described<AppState> {
    let routes = Described::new()
        .on(describe::search::search(), search::search)
        .on(describe::search::search_filtered(), search::search_filtered)
        .on(describe::search::facet_value(), facet_value::facet_value)
        .on(describe::recommend::recommend(), recommend::recommend);
    let completed = |routes: Described<AppState>, (path, id)| {
        let operation = describe::autocomplete::autocomplete(path, id);
        routes.on(operation, autocomplete::autocomplete)
    };
    open_to_pages(AUTOCOMPLETE.into_iter().fold(routes, completed))
}

/// What stands on events (docs/reference/06-autocomplete-and-others.md), for browsers.
fn event_routes() -> Described<AppState> {
    let recorded = |routes: Described<AppState>, (path, id)| {
        routes.on(describe::events::record(path, id), events::record)
    };
    let routes = EVENTS
        .into_iter()
        .fold(Described::new(), recorded)
        .on(describe::listings::top_items(), top_items::top_items)
        .on(describe::listings::personalized(), top_items::personalized)
        .on(
            describe::listings::trending_queries(),
            top_items::trending_queries,
        );
    open_to_pages(routes)
}

/// Pages of every origin may call them and read what they answer.
fn open_to_pages(routes: Described<AppState>) -> Described<AppState> {
    routes.preflighted(&public::preflight).wrap(|router| {
        router
            .method_not_allowed_fallback(method_not_allowed)
            .layer(from_fn(public::allow_any_origin))
    })
}

fn signed_event_routes() -> Described<AppState> {
    Described::new()
        .on(describe::events::import(), events::import)
        .on(describe::events::forget(), events::forget)
}

/// Stands in for the public paths while the engine opens: web pages may read that answer too.
pub fn starting_routes(starting: &MethodRouter) -> Router {
    let stand_in = |routes: Router, path: String| {
        let either = starting.clone().options(public::preflight);
        routes.route(&path, either)
    };
    let paths = public_routes().merge(event_routes()).paths();
    paths
        .into_iter()
        .fold(Router::new(), stand_in)
        .layer(from_fn(public::allow_any_origin))
}
