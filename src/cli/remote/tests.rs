//! Addresses and signatures as sent.

use super::*;

fn remote(url: &str) -> Result<Remote, RemoteError> {
    Remote::new(RemoteOptions {
        url: url.parse().expect("a URL"),
        tracker: TrackerId::new("1234-5678").expect("a tracker id"),
        key: SecretKey::new("secret"),
        connections: 1,
        policy: RetryPolicy::with_tries(1),
    })
}

#[test]
fn a_path_prefix_of_the_address_is_kept_and_the_rest_of_it_dropped() {
    for (base, expected) in [
        ("http://localhost:1", "http://localhost:1/v1/content"),
        ("http://localhost:1/", "http://localhost:1/v1/content"),
        (
            "https://shop.example/search/?a=1#b",
            "https://shop.example/search/v1/content",
        ),
    ] {
        let url = remote(base).expect("an address").address("/v1/content");
        assert_eq!(url.as_str(), expected, "{base}");
    }
    assert!(matches!(
        remote("mailto:someone"),
        Err(RemoteError::Address(_))
    ));
}

#[test]
fn requests_are_signed_as_the_reference_computes_it() {
    let remote = remote("http://localhost:1").expect("an address");
    // docs/reference/01-auth.md §8, first and fifth vector.
    for (path, digest) in [
        (
            "/v1/content",
            "6DyKg257unB1yLVi5aPuy+Xqy9xII5wuGJtG71gMX2w=",
        ),
        (
            "/v1/content/commit",
            "iWZpIxJyvJjPxO2pp9b3FI9jzXhczUMszd1CdYb8ybA=",
        ),
    ] {
        assert_eq!(
            remote.authorization("POST", "Thu, 29 Jun 2017 12:11:16 GMT", path),
            format!("vetrina 1234-5678:{digest}")
        );
    }
}
