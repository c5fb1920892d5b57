//! GET `/openapi.json`. Open to everybody (SECURITY.md): there is nothing in it but what the code says, and which parts
//! are configured. Invariant: who has it already is not sent it again.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::schema::anything;
use super::{Described, Description, Operation, Place, Verb};
use crate::http::compressed;
use crate::http::json::CONTENT_TYPE_JSON;

/// Kept by browsers this long without a question; a reload of the configuration may change it.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=60");

fn operation() -> Operation {
    Operation::new(
        Verb::Get,
        "/openapi.json",
        "describe",
        "The server",
        "This description",
    )
    .tells("With an `ETag`. As a page to read: `/docs`.")
    .answers(200, "An OpenAPI 3.1 document", anything())
    .answers_nothing(304, "It is what `If-None-Match` says the client has")
}

/// Adds the description of all routes to them, and hands it on.
pub fn serve<S: Clone + Send + Sync + 'static>(
    routes: Described<S>,
    place: &Place,
) -> (Described<S>, Arc<Description>) {
    let mine = Described::new().on(operation(), show);
    let operations = routes.operations().iter().chain(mine.operations());
    let description = Description::new(place, operations, routes.schemas().iter());
    let description = Arc::new(description);
    let shared = Extension(Arc::clone(&description));
    let mine = mine.wrap(|router| compressed(router.layer(shared)));
    (routes.merge(mine), description)
}

async fn show(Extension(description): Extension<Arc<Description>>, headers: HeaderMap) -> Response {
    let known = headers.get_all(IF_NONE_MATCH).iter();
    let is_known = known
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == description.tag);
    let kept = [
        (ETAG, weak(&description.tag)),
        (CACHE_CONTROL, CACHED),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let body = Body::from(description.bytes.clone());
    (kept, [(CONTENT_TYPE, CONTENT_TYPE_JSON)], body).into_response()
}

/// Compressed or not, it says the same.
fn weak(tag: &str) -> HeaderValue {
    let line = HeaderValue::try_from(format!("W/{tag}"));
    line.expect("hex digits and quotes are of a header")
}
