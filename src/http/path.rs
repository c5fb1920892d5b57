//! One spelling of a path for routing. Invariant: the path as received stays at hand, because it is
//! what a client signs (docs/reference/01-auth.md §3).

use std::borrow::Cow;

use axum::http::Request;
use axum::http::uri::{PathAndQuery, Uri};

/// The path as it stands on the request line, without the query string. A request extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalPath(Box<str>);

impl OriginalPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Remembers the path and brings it to the spelling that routes have.
pub(super) fn normalise<B>(request: &mut Request<B>) {
    let received = request.uri().path().to_owned();
    if let Cow::Owned(path) = routed_path(&received)
        && let Some(uri) = with_path(request.uri(), path)
    {
        *request.uri_mut() = uri;
    }
    request
        .extensions_mut()
        .insert(OriginalPath(received.into()));
}

/// Without repeated slashes and without one at the end: real clients send `//v1/content` and
/// `search/` (docs/reference/07-http-principles.md §1).
fn routed_path(received: &str) -> Cow<'_, str> {
    let is_routed = !received.contains("//") && (received == "/" || !received.ends_with('/'));
    if is_routed {
        return Cow::Borrowed(received);
    }
    let mut path = String::with_capacity(received.len());
    for segment in received.split('/').filter(|segment| !segment.is_empty()) {
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() {
        path.push('/');
    }
    Cow::Owned(path)
}

/// The URI without one ending of its path; `None` when the path does not end so.
pub fn path_without(uri: &Uri, ending: &str) -> Option<Uri> {
    let path = uri.path().strip_suffix(ending)?;
    with_path(uri, path.to_owned())
}

/// `None` when the parts make no URI, which none taken from a parsed one do.
fn with_path(uri: &Uri, mut path: String) -> Option<Uri> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slashes_at_the_end_and_repeated_ones_do_not_matter_for_routing() {
        for (received, routed) in [
            ("/v1/content", "/v1/content"),
            ("/v1/content/", "/v1/content"),
            ("//v1/content", "/v1/content"),
            ("/v1//content//", "/v1/content"),
            ("/a%2Fb", "/a%2Fb"),
            ("/", "/"),
            ("//", "/"),
        ] {
            assert_eq!(routed_path(received), routed, "{received}");
        }
    }

    #[test]
    fn the_query_and_the_path_as_received_are_kept() {
        let mut request = Request::get("//v1/content/?a=%5B/")
            .body(())
            .expect("a valid request");
        normalise(&mut request);
        assert_eq!(request.uri(), "/v1/content?a=%5B/");
        let original = request.extensions().get::<OriginalPath>();
        assert_eq!(original.map(OriginalPath::as_str), Some("//v1/content/"));
    }

    proptest! {
        #[test]
        fn a_routed_path_is_its_own_routed_path(received in "/[a-z/]{0,20}") {
            let once = routed_path(&received).into_owned();
            prop_assert_eq!(routed_path(&once), once.as_str());
            prop_assert!(once.starts_with('/') && !once.contains("//"));
        }
    }
}
