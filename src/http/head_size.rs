//! How much of a request may be headers. The HTTP library bounds a head by its bytes on the wire alone; what it
//! keeps of many small headers is many times that, and it is kept until the body is there. Invariant: of a head
//! beyond these bounds nothing is kept while its body comes.

use axum::http::HeaderMap;

/// As many as the library takes of HTTP/1.
const FIELDS_MAX: usize = 100;
/// Names and values together.
const BYTES_MAX: usize = 16 * 1024;

/// Whether the headers are more than a client of a shop ever sends (431).
pub(super) fn is_too_large(headers: &HeaderMap) -> bool {
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    headers.len() > FIELDS_MAX || bytes.sum::<usize>() > BYTES_MAX
}
