//! Where clients reach this server, for links in answers.

use axum::http::header::{self, HeaderMap};
use axum::http::uri::{Authority, Uri};

use crate::api::AppState;

/// The address of a path. Without a configured address it is what the client used; forwarding headers
/// are not believed, anyone can send them.
pub(super) fn address(app: &AppState, uri: &Uri, headers: &HeaderMap, path: &str) -> String {
    if let Some(public) = &app.public_url {
        return format!("{}{path}", public.trim_end_matches('/'));
    }
    let host = headers.get(header::HOST);
    let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let authority = uri.authority().or(named.as_ref());
    let host = authority.map_or("localhost", Authority::as_str);
    format!("http://{host}{path}")
}
