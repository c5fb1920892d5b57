//! Answers compressed as the client likes them (docs/reference/07-http-principles.md §3). Invariant:
//! compression changes how an answer is written, never what it says.

use axum::Router;
use axum::http::{Response, StatusCode};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use http_body::Body;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use super::answers::PlainBytes;

/// Smaller bodies are left alone: they fit one packet as they are.
const BYTES_MIN: u64 = 1024;

/// Layers that compress the answers of these routes with gzip, deflate, br or zstd.
pub fn compressed<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    let layer = CompressionLayer::new()
        // On the way of every search: the next level saves a few percent for twice the time.
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(BYTES_MIN));
    routes
        .layer(map_response(remember_status))
        .layer(layer)
        .layer(map_response(restore_status))
}

/// The status that a handler chose.
#[derive(Clone, Copy)]
struct Chosen(StatusCode);

async fn remember_status<B: Body>(mut response: Response<B>) -> Response<B> {
    let chosen = Chosen(response.status());
    let plain = response.body().size_hint().exact().map(PlainBytes);
    let extensions = response.extensions_mut();
    extensions.insert(chosen);
    if let Some(plain) = plain {
        extensions.insert(plain);
    }
    response
}

/// The layer says 406 to a client that refuses every form, the plain one too. By then a write is
/// done: it gets its answer, in plain form.
async fn restore_status(response: impl IntoResponse) -> axum::response::Response {
    let mut response = response.into_response();
    if let Some(Chosen(status)) = response.extensions_mut().remove() {
        *response.status_mut() = status;
    }
    response
}
