//! The string to sign and its digest (docs/reference/01-auth.md §3). Invariant: everything signed is taken as raw
//! bytes; nothing is normalised here, whoever asks says what the client may have signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::SecretKey;

/// Length of a decoded digest, in bytes.
const DIGEST_BYTES: usize = 32;

/// What a request's digest is computed over: four parts with a line feed between them.
///
/// `path` is the path alone, percent-encoded as on the request line; the query string and the body
/// are not signed.
pub fn string_to_sign(method: &str, content_type: &[u8], date: &[u8], path: &[u8]) -> Vec<u8> {
    [method.as_bytes(), content_type, date, path].join(&b'\n')
}

/// The digest as it stands in `Authorization`: standard base64 of HMAC-SHA256, 44 characters.
pub fn digest(key: &SecretKey, string_to_sign: &[u8]) -> String {
    STANDARD.encode(mac(key, string_to_sign).finalize().into_bytes())
}

/// A digest as a client sent it, decoded. Texts that are no digest decode to one that never matches,
/// so that they cost the same as a wrong one.
#[derive(Clone, Copy)]
pub(super) struct SentDigest {
    bytes: [u8; DIGEST_BYTES],
    is_well_formed: bool,
}

impl SentDigest {
    pub(super) fn read(text: &[u8]) -> Self {
        let decoded = STANDARD.decode(text).ok();
        match decoded.and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => Self {
                bytes,
                is_well_formed: true,
            },
            None => Self {
                bytes: [0; DIGEST_BYTES],
                is_well_formed: false,
            },
        }
    }

    /// Whether the holder of `key` signed `string_to_sign`. Compares in constant time.
    pub(super) fn is_of(&self, key: &SecretKey, string_to_sign: &[u8]) -> bool {
        let equal = mac(key, string_to_sign).verify_slice(&self.bytes).is_ok();
        equal && self.is_well_formed
    }
}

fn mac(key: &SecretKey, message: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .expect("HMAC takes keys of any length")
        .chain_update(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Thu, 29 Jun 2017 12:11:16 GMT";
    const JSON_UTF8: &str = "application/json; charset=utf-8";

    /// docs/reference/01-auth.md §8.
    #[rustfmt::skip]
    const VECTORS: [(&str, &str, &str, &str, &str); 11] = [
        ("POST", JSON_UTF8, DATE, "/v1/content", "6DyKg257unB1yLVi5aPuy+Xqy9xII5wuGJtG71gMX2w="),
        ("POST", "application/json", DATE, "/v1/content", "ibzRRcz6NhH/RNJgzeLWBoRVdNNXWIzfMe+sDWOER2E="),
        ("PATCH", JSON_UTF8, DATE, "/v1/content", "n+gr5TIp8v6R9MRfGQsMoQj+cw3sBLqoEr6hxGDm9Qg="),
        ("DELETE", JSON_UTF8, DATE, "/v1/content", "NIbt5U6rk4VslkHFSV7jqg+NWMMy7Q1rkDQmDQ3YYfE="),
        ("POST", JSON_UTF8, DATE, "/v1/content/commit", "iWZpIxJyvJjPxO2pp9b3FI9jzXhczUMszd1CdYb8ybA="),
        ("PATCH", JSON_UTF8, DATE, "/v1/update_by_query", "BOZ2vSHm7dU1JYD4IE2KmV79z5+iAGJiWbY3BY28yGs="),
        ("GET", JSON_UTF8, DATE, "/v1/update_by_query", "pswZFt+PSsfame23LpEDhIY0gI1AwdURvUWUUH15hDA="),
        ("GET", JSON_UTF8, DATE, "/v1/content_export", "wXj4oFdv4IRkL7RVSVrO2PiKwP3U5ssaYKsUzQAld7Y="),
        ("GET", "", DATE, "/v1/content_export", "hWOrrytoc/f1NqZS+/zlYatWHO4L96EdCwAz65sDWuE="),
        ("POST", "application/json", "Thu, 29 Jun 2017 12:11:16 +0000", "/v1/content",
            "KMT5Cpx7xNaRfbDfHpbZWaQ3/GIpUuCNww6rhVGDlZQ="),
        ("POST", "multipart/form-data", DATE, "/v1/interactions/1234-5678/files",
            "K++9qo4i1m6+m4OFTyzwl+rrIXRGFOok+zGXC7xB4Ow="),
    ];

    fn signed(method: &str, content_type: &str, date: &str, path: &str) -> Vec<u8> {
        string_to_sign(
            method,
            content_type.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        )
    }

    #[test]
    fn digests_are_those_of_the_reference() {
        let key = SecretKey::new("secret");
        for (method, content_type, date, path, expected) in VECTORS {
            let text = signed(method, content_type, date, path);
            assert_eq!(
                digest(&key, &text),
                expected,
                "{method} {path} {content_type}"
            );
            assert!(SentDigest::read(expected.as_bytes()).is_of(&key, &text));
        }
    }

    #[test]
    fn the_string_has_three_line_feeds_and_none_at_its_end() {
        assert_eq!(
            signed("POST", JSON_UTF8, DATE, "/v1/content"),
            b"POST\napplication/json; charset=utf-8\nThu, 29 Jun 2017 12:11:16 GMT\n/v1/content"
        );
        assert_eq!(
            signed("GET", "", DATE, "/x"),
            format!("GET\n\n{DATE}\n/x").as_bytes()
        );
    }

    #[test]
    fn another_key_message_or_digest_does_not_match() {
        let key = SecretKey::new("secret");
        let text = signed("POST", JSON_UTF8, DATE, "/v1/content");
        let sent = SentDigest::read(digest(&key, &text).as_bytes());
        assert!(!sent.is_of(&SecretKey::new("Secret"), &text));
        assert!(!sent.is_of(&key, &signed("PATCH", JSON_UTF8, DATE, "/v1/content")));
        for no_digest in ["", "=", "AAAA", "not base64 at all", "é"] {
            assert!(!SentDigest::read(no_digest.as_bytes()).is_of(&key, &text));
        }
    }
}
