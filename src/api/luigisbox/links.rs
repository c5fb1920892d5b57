//! Addresses of this server's own paths, for links in answers.

use axum::http::header::HeaderMap;
use axum::http::uri::Uri;

use crate::api::{AppState, address as of_server};

/// The address of a path, as the client reaches it.
pub(super) fn address(app: &AppState, uri: &Uri, headers: &HeaderMap, path: &str) -> String {
    format!("{}{path}", of_server::base(app, uri, headers))
}
