//! Where clients reach this server, for links in answers of every dialect.

use axum::http::header::{self, HeaderMap};
use axum::http::uri::{Authority, Uri};

use super::AppState;

/// Scheme and host, without a slash at the end. Without a configured address it is what the client
/// used; forwarding headers are not believed, anyone can send them.
pub fn base(app: &AppState, uri: &Uri, headers: &HeaderMap) -> String {
    if let Some(public) = &app.public_url {
        return public.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST);
    let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let authority = uri.authority().or(named.as_ref());
    let host = authority.map_or("localhost", Authority::as_str);
    format!("http://{host}")
}
