//! For which host a request is, as RFC 9112 asks. Invariant: a proxy before us reads it as we do, or the
//! request is refused.

use axum::http::Version;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;

/// Whether the head says once for which host it is. HTTP/1.1 must; HTTP/2 says it in the URI.
pub(super) fn has_one_host(head: &Parts) -> bool {
    let mut lines = head.headers.get_all(HOST).iter();
    let (first, second) = (lines.next(), lines.next());
    let Some(host) = first else {
        return head.version != Version::HTTP_11;
    };
    // An empty one is for requests that are for no host.
    let is_host = host.is_empty() || Authority::try_from(host.as_bytes()).is_ok();
    second.is_none() && is_host
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
    fn a_head_says_once_for_whom_it_is(#[case] headers: &[(&str, &str)], #[case] expected: bool) {
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        assert_eq!(has_one_host(&head), expected);
    }
}
