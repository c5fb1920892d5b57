//! `Retry-After`: when a client that was turned away may come again.

use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

/// Seconds after which a request that was turned away for want of memory is worth another try.
pub const BODY_RETRY_AFTER_S: u32 = 1;

/// Seconds after which an answer that had no room is worth another try.
pub(super) const ANSWER_RETRY_AFTER_S: u32 = 1;

/// Tells the client in how many seconds the request is worth another try.
pub fn to_be_retried(mut response: Response, after_s: u32) -> Response {
    let after_s = HeaderValue::from(after_s);
    response.headers_mut().insert(RETRY_AFTER, after_s);
    response
}
