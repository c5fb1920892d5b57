//! What RFC 9112 asks of a request head and the HTTP library lets pass. Invariant: where a request ends
//! and for whom it is means the same to us and to every proxy before us, or the request is refused.

use axum::http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Version};

/// Whether the head says once for which host it is, and in one way where its body ends.
pub(super) fn is_sound(head: &Parts) -> bool {
    has_one_host(head) && has_one_length(&head.headers)
}

/// HTTP/1.1 must say it; HTTP/2 says it in the URI.
fn has_one_host(head: &Parts) -> bool {
    let mut lines = head.headers.get_all(HOST).iter();
    let (first, second) = (lines.next(), lines.next());
    let Some(host) = first else {
        return head.version != Version::HTTP_11;
    };
    // An empty one is for requests that are for no host.
    let is_host = host.is_empty() || Authority::try_from(host.as_bytes()).is_ok();
    second.is_none() && is_host
}

/// `chunked` is the only coding of transfers that we know, and it goes with no length.
fn has_one_length(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = lines.next() else {
        return true;
    };
    let is_chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    is_chunked && lines.next().is_none() && !headers.contains_key(CONTENT_LENGTH)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(&[("host", "test")], true)]
    #[case::with_port(&[("host", "test:80")], true)]
    #[case::ipv6(&[("host", "[2001:db8::1]:80")], true)]
    #[case::empty(&[("host", "")], true)]
    #[case::missing(&[], false)]
    #[case::twice(&[("host", "test"), ("host", "test")], false)]
    #[case::no_host(&[("host", "a b")], false)]
    #[case::a_path(&[("host", "test/x")], false)]
    #[case::chunked(&[("host", "test"), ("transfer-encoding", "Chunked")], true)]
    #[case::also_gzip(&[("host", "test"), ("transfer-encoding", "gzip, chunked")], false)]
    #[case::chunked_twice(&[("host", "test"), ("transfer-encoding", "chunked, chunked")], false)]
    #[case::in_two_lines(
        &[("host", "test"), ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], false)]
    #[case::identity(&[("host", "test"), ("transfer-encoding", "identity")], false)]
    #[case::two_lengths(
        &[("host", "test"), ("transfer-encoding", "chunked"), ("content-length", "3")], false)]
    fn a_head_says_everything_once(#[case] headers: &[(&str, &str)], #[case] expected: bool) {
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        assert_eq!(is_sound(&head), expected);
    }
}
