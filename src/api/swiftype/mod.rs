//! The Swiftype dialect (docs/reference/10-swiftype.md): documents in, receipts out, searches of a site's
//! pages. An engine is a site, a document the object `<type>:<external id>` of its catalog.

mod analytics;
mod call;
mod describe;
mod documents;
mod engines;
mod error;
mod fields;
mod located;
mod public;
mod rate_limit;
mod receipts;
mod refusals;
mod search;
mod types;
mod wire;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Extension, Router};

use crate::api::openapi::{Described, Verb};
use crate::api::{AppState, method_not_allowed, not_found};
use crate::http::path_without;
use call::BodyMax;

/// Where this API lies.
const BASE: &str = "/api/v1";

/// Largest decoded body of a request with documents (docs/reference/10-swiftype.md §5).
const DOCUMENTS_BYTES_MAX: usize = 52_428_800;

/// Every route of this API, each with and without `.json`.
pub fn routes(app: AppState) -> Described<AppState> {
    let writes = writes().wrap(|router| router.layer(Extension(BodyMax(DOCUMENTS_BYTES_MAX))));
    administration()
        .merge(writes)
        .merge(reads())
        .merge(public::routes())
        .with_schemas(describe::schemas::schemas())
        .below(BASE, |base, routes| {
            let routes = routes
                .fallback(not_found)
                .method_not_allowed_fallback(method_not_allowed)
                .layer(from_fn(rate_limit::tell))
                .with_state(app);
            Router::new()
                .nest_service(base, routes)
                .layer(from_fn(without_json_suffix))
        })
}

/// Engines, and the types of documents in them.
fn administration() -> Described<AppState> {
    Described::new()
        .on(describe::engines::create(), engines::create)
        .on(describe::engines::list_all(), engines::list)
        .on(describe::engines::show(), engines::show)
        .on(describe::engines::destroy(), engines::destroy)
        .on(describe::engines::create_type(), types::create)
        .on(describe::engines::list_types(), types::list)
        .on(describe::engines::show_type(), types::show)
        .on(describe::engines::destroy_type(), types::destroy)
}

/// Requests that carry documents.
fn writes() -> Described<AppState> {
    use describe::documents as of;
    Described::new()
        .on(of::create(), documents::create)
        .on(of::create_or_update(), documents::create_or_update)
        .on(of::list_all(), documents::list)
        .on(of::show(), documents::show)
        .on(of::update_fields(), documents::update_fields)
        .on(of::update_document(), documents::update_fields)
        .on(of::destroy(), documents::destroy)
        .on(of::bulk_create(), documents::bulk_create)
        .on(
            of::bulk_create_or_update(),
            documents::bulk_create_or_update,
        )
        .on(
            of::bulk_create_or_update_verbose(),
            documents::bulk_create_or_update_verbose,
        )
        .on(of::bulk_update(), documents::bulk_update)
        .on(of::bulk_destroy(), documents::bulk_destroy)
        .on(describe::receipts::submit(), receipts::submit)
}

/// Receipts, searches and what is counted of them.
fn reads() -> Described<AppState> {
    use describe::searches::{Asked, counts, log_clickthrough, search as searched};
    const ENGINE: &str = "/engines/{engine}";
    const TYPE: &str = "/engines/{engine}/document_types/{type}";
    let mut routes = Described::new()
        .on(describe::receipts::poll(Verb::Get), receipts::poll)
        .on(describe::receipts::poll(Verb::Post), receipts::poll)
        .on(describe::receipts::show(), receipts::show)
        .on(log_clickthrough(), analytics::log_clickthrough);
    for (scope, place) in [(ENGINE, "Engine"), (TYPE, "Type")] {
        let counted = counts(&format!("{scope}/analytics/{{counter}}"), place);
        routes = routes.on(counted, analytics::counts);
        for verb in [Verb::Get, Verb::Post] {
            let path = format!("{scope}/search");
            routes = routes.on(searched(verb, &path, place, Asked::Search), search::search);
        }
    }
    let documents = format!("{TYPE}/documents");
    for (scope, place) in [
        (ENGINE, "Engine"),
        (TYPE, "Type"),
        (documents.as_str(), "Documents"),
    ] {
        for verb in [Verb::Get, Verb::Post] {
            let path = format!("{scope}/suggest");
            let suggested = searched(verb, &path, place, Asked::Suggest);
            routes = routes.on(suggested, search::suggest);
        }
    }
    routes
}

/// Takes one `.json` off the end of the path.
async fn without_json_suffix(mut request: Request, next: Next) -> Response {
    if let Some(uri) = path_without(request.uri(), ".json") {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}
