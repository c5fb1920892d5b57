//! The Swiftype dialect (docs/reference/10-swiftype.md): documents in, receipts out, searches of a site's
//! pages. An engine is a site, a document the object `<type>:<external id>` of its catalog.

mod analytics;
mod call;
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
use axum::routing::{get, post, put};
use axum::{Extension, Router};

use crate::api::{AppState, method_not_allowed, not_found};
use crate::http::path_without;
use call::BodyMax;

/// Where this API lies.
const BASE: &str = "/api/v1";

/// Largest decoded body of a request with documents (docs/reference/10-swiftype.md §5).
const DOCUMENTS_BYTES_MAX: usize = 52_428_800;

/// Every path of this API, each with and without `.json`.
pub fn routes(app: AppState) -> Router<AppState> {
    let routes = administration()
        .merge(writes().layer(Extension(BodyMax(DOCUMENTS_BYTES_MAX))))
        .merge(reads())
        .merge(public::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(rate_limit::tell))
        .with_state(app);
    Router::new()
        .nest_service(BASE, routes)
        .layer(from_fn(without_json_suffix))
}

/// Engines, and the types of documents in them.
fn administration() -> Router<AppState> {
    Router::new()
        .route("/engines", get(engines::list).post(engines::create))
        .route(
            "/engines/{engine}",
            get(engines::show).delete(engines::destroy),
        )
        .route(
            "/engines/{engine}/document_types",
            get(types::list).post(types::create),
        )
        .route(
            "/engines/{engine}/document_types/{type}",
            get(types::show).delete(types::destroy),
        )
}

/// Requests that carry documents.
fn writes() -> Router<AppState> {
    let routes = Router::new()
        .route("/", get(documents::list).post(documents::create))
        .route("/create_or_update", post(documents::create_or_update))
        .route("/bulk_create", post(documents::bulk_create))
        .route(
            "/bulk_create_or_update",
            post(documents::bulk_create_or_update),
        )
        .route(
            "/bulk_create_or_update_verbose",
            post(documents::bulk_create_or_update_verbose),
        )
        .route("/bulk_update", put(documents::bulk_update))
        .route("/bulk_destroy", post(documents::bulk_destroy))
        .route("/async_bulk_create_or_update", post(receipts::submit))
        .route("/suggest", get(search::suggest).post(search::suggest))
        .route(
            "/{document}",
            get(documents::show)
                .put(documents::update_fields)
                .delete(documents::destroy),
        )
        .route("/{document}/update_fields", put(documents::update_fields));
    Router::new().nest("/engines/{engine}/document_types/{type}/documents", routes)
}

/// Receipts, searches and what is counted of them.
fn reads() -> Router<AppState> {
    let mut routes = Router::new()
        .route(
            "/document_receipts",
            get(receipts::poll).post(receipts::poll),
        )
        .route("/document_receipts/{receipt}", get(receipts::show));
    for scope in [
        "/engines/{engine}",
        "/engines/{engine}/document_types/{type}",
    ] {
        routes = routes
            .route(
                &format!("{scope}/search"),
                get(search::search).post(search::search),
            )
            .route(
                &format!("{scope}/suggest"),
                get(search::suggest).post(search::suggest),
            )
            .route(
                &format!("{scope}/analytics/{{counter}}"),
                get(analytics::counts),
            );
    }
    routes.route(
        "/engines/{engine}/document_types/{type}/analytics/log_clickthrough",
        post(analytics::log_clickthrough),
    )
}

/// Takes one `.json` off the end of the path.
async fn without_json_suffix(mut request: Request, next: Next) -> Response {
    if let Some(uri) = path_without(request.uri(), ".json") {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}
