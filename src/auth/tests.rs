//! Whole verifications: what is taken, and the reason code of what is not.

use super::*;

const DATE: &str = "Thu, 29 Jun 2017 12:11:16 GMT";
const NOW: Timestamp = Timestamp::from_millis(1_498_738_276_000);
const JSON: &str = "application/json";
const JSON_UTF8: &str = "application/json; charset=utf-8";

fn credentials() -> Credentials {
    let site = |text| TrackerId::new(text).expect("a tracker id");
    Credentials {
        keys: [
            (site("1234-5678"), vec![SecretKey::new("secret")]),
            (
                site("rotating"),
                vec![SecretKey::new("old"), SecretKey::new("new")],
            ),
            (site("keyless"), vec![]),
        ]
        .into(),
    }
}

fn rules() -> AuthRules {
    AuthRules {
        date_tolerance_s: 60,
        path_prefix: String::new(),
    }
}

/// A request whose parts a test changes one at a time.
#[derive(Clone)]
struct Request {
    method: &'static str,
    path: &'static str,
    authorization: Vec<Vec<u8>>,
    date: Vec<Vec<u8>>,
    content_type: Vec<Vec<u8>>,
}

impl Request {
    /// As the client of `tracker` would send it, with `content_type` signed.
    fn signed(tracker: &str, key: &str, content_type: &str) -> Self {
        let text = string_to_sign(
            "POST",
            content_type.as_bytes(),
            DATE.as_bytes(),
            b"/v1/content",
        );
        let digest = digest(&SecretKey::new(key), &text);
        Self {
            method: "POST",
            path: "/v1/content",
            authorization: vec![format!("faraday {tracker}:{digest}").into_bytes()],
            date: vec![DATE.into()],
            content_type: vec![content_type.into()],
        }
    }

    fn good() -> Self {
        Self::signed("1234-5678", "secret", JSON_UTF8)
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn verify_with(&self, rules: &AuthRules, now: Timestamp) -> Result<String, AuthError> {
        fn slices(lines: &[Vec<u8>]) -> Vec<&[u8]> {
            lines.iter().map(Vec::as_slice).collect()
        }
        let parts = RequestParts {
            method: self.method,
            path: self.path.as_bytes(),
            authorization: slices(&self.authorization),
            date: slices(&self.date),
            content_type: slices(&self.content_type),
        };
        verify(&parts, &credentials(), rules, now).map(|site| site.to_string())
    }

    fn verify(&self) -> Result<String, AuthError> {
        self.verify_with(&rules(), NOW)
    }

    fn reason(&self) -> &'static str {
        self.verify()
            .expect_err("the request must be refused")
            .reason()
    }
}

#[test]
fn a_signed_request_names_its_site() {
    assert_eq!(Request::good().verify(), Ok("1234-5678".to_owned()));
}

#[test]
fn the_digest_of_the_reference_is_taken() {
    let request = Request::good().with(|r| {
        r.authorization =
            vec![b"faraday 1234-5678:6DyKg257unB1yLVi5aPuy+Xqy9xII5wuGJtG71gMX2w=".to_vec()];
    });
    assert!(request.verify().is_ok());
}

/// docs/reference/01-auth.md §8, from clients whose base URL ends in a slash.
#[rustfmt::skip]
const VECTORS: [(&str, &str, &str, &str); 8] = [
    ("POST", JSON_UTF8, "/v1/content", "6DyKg257unB1yLVi5aPuy+Xqy9xII5wuGJtG71gMX2w="),
    ("POST", JSON, "/v1/content", "ibzRRcz6NhH/RNJgzeLWBoRVdNNXWIzfMe+sDWOER2E="),
    ("PATCH", JSON_UTF8, "/v1/content", "n+gr5TIp8v6R9MRfGQsMoQj+cw3sBLqoEr6hxGDm9Qg="),
    ("DELETE", JSON_UTF8, "/v1/content", "NIbt5U6rk4VslkHFSV7jqg+NWMMy7Q1rkDQmDQ3YYfE="),
    ("POST", JSON_UTF8, "/v1/content/commit", "iWZpIxJyvJjPxO2pp9b3FI9jzXhczUMszd1CdYb8ybA="),
    ("PATCH", JSON_UTF8, "/v1/update_by_query", "BOZ2vSHm7dU1JYD4IE2KmV79z5+iAGJiWbY3BY28yGs="),
    ("GET", JSON_UTF8, "/v1/update_by_query", "pswZFt+PSsfame23LpEDhIY0gI1AwdURvUWUUH15hDA="),
    ("GET", JSON_UTF8, "/v1/content_export", "wXj4oFdv4IRkL7RVSVrO2PiKwP3U5ssaYKsUzQAld7Y="),
];

#[test]
fn a_digest_may_be_over_the_path_with_runs_of_slashes_folded() {
    for (method, content_type, path, digest) in VECTORS {
        let sent_as = |path: String| {
            Request::good().with(|r| {
                r.method = method;
                r.path = path.leak();
                r.authorization = vec![format!("faraday 1234-5678:{digest}").into_bytes()];
                r.content_type = vec![content_type.into()];
            })
        };
        for sent in [
            path.to_owned(),
            format!("/{path}"),
            format!("///{path}"),
            path.replacen("/v1/", "/v1//", 1),
            path.replace('/', "//"),
        ] {
            assert!(sent_as(sent.clone()).verify().is_ok(), "{method} {sent}");
        }
        for other in [
            format!("{path}/"),
            format!("{path}//"),
            format!("/x{path}"),
            path.replace('/', ""),
        ] {
            assert!(sent_as(other.clone()).verify().is_err(), "{method} {other}");
        }
    }
}

#[test]
fn a_digest_over_the_path_as_sent_holds_whatever_its_slashes() {
    let text = string_to_sign(
        "POST",
        JSON_UTF8.as_bytes(),
        DATE.as_bytes(),
        b"//v1//content/",
    );
    let digest = digest(&SecretKey::new("secret"), &text);
    let sent_as = |path| {
        Request::good().with(|r| {
            r.path = path;
            r.authorization = vec![format!("faraday 1234-5678:{digest}").into_bytes()];
        })
    };
    assert!(sent_as("//v1//content/").verify().is_ok());
    // Folding is of what was sent, never of what was signed.
    assert!(sent_as("/v1/content/").verify().is_err());
}

#[test]
fn the_client_label_may_be_anything_or_absent() {
    let good = Request::good();
    let line = String::from_utf8(good.authorization[0].clone()).expect("ASCII");
    let credential = line.trim_start_matches("faraday ");
    for line in [
        credential.to_owned(),
        format!("ApiAuth {credential}"),
        format!("  two words:  {credential} "),
        format!("tab\t{credential}"),
    ] {
        let request = good.clone().with(|r| r.authorization = vec![line.into()]);
        assert!(request.verify().is_ok());
    }
}

#[test]
fn every_key_of_a_site_may_sign() {
    for key in ["old", "new"] {
        assert!(Request::signed("rotating", key, JSON).verify().is_ok());
    }
    assert_eq!(
        Request::signed("rotating", "secret", JSON).reason(),
        "signature_mismatch"
    );
}

#[test]
fn content_types_are_compared_byte_by_byte() {
    for content_type in [
        JSON,
        JSON_UTF8,
        "application/json;charset=utf-8",
        "APPLICATION/JSON",
    ] {
        let request = Request::signed("1234-5678", "secret", content_type);
        assert!(request.verify().is_ok(), "{content_type}");
        let other = request.with(|r| r.content_type = vec![b"application/Json".to_vec()]);
        assert_eq!(other.reason(), "signature_mismatch");
    }
}

#[test]
fn a_dropped_content_type_may_have_been_signed_in_three_ways() {
    for signed in ["", JSON_UTF8, JSON] {
        let request =
            Request::signed("1234-5678", "secret", signed).with(|r| r.content_type.clear());
        assert!(request.verify().is_ok(), "{signed:?}");
    }
    let other =
        Request::signed("1234-5678", "secret", "text/plain").with(|r| r.content_type.clear());
    assert_eq!(other.reason(), "signature_mismatch");
}

#[test]
fn a_content_type_line_may_come_twice_with_one_value() {
    let request = Request::good().with(|r| r.content_type.push(JSON_UTF8.into()));
    assert!(request.verify().is_ok());
    let differing = Request::good().with(|r| r.content_type.push(JSON.into()));
    assert_eq!(differing.reason(), "signature_mismatch");
}

#[test]
fn bytes_that_are_no_utf8_are_signed_as_they_are() {
    let content_type = b"application/json; x=\xe9".to_vec();
    let text = string_to_sign("POST", &content_type, DATE.as_bytes(), b"/v1/content");
    let digest = digest(&SecretKey::new("secret"), &text);
    let request = Request::good().with(|r| {
        r.content_type = vec![content_type];
        r.authorization = vec![format!("x 1234-5678:{digest}").into()];
    });
    assert!(request.verify().is_ok());
}

#[test]
fn a_path_prefix_is_put_back() {
    let proxied = AuthRules {
        path_prefix: "/v1".to_owned(),
        ..rules()
    };
    let request = Request::good().with(|r| r.path = "/content");
    assert!(request.verify_with(&proxied, NOW).is_ok());
    assert!(request.verify().is_err());
}

#[test]
fn every_failure_has_its_reason() {
    let lines = |text: &str| vec![text.as_bytes().to_vec()];
    let line_twice = |r: &mut Vec<Vec<u8>>| r.push(r[0].clone());
    let good = Request::good;
    let cases = [
        (
            "missing_authorization",
            good().with(|r| r.authorization.clear()),
        ),
        (
            "duplicate_header",
            good().with(|r| line_twice(&mut r.authorization)),
        ),
        ("duplicate_header", good().with(|r| line_twice(&mut r.date))),
        ("missing_date", good().with(|r| r.date.clear())),
        ("malformed_date", good().with(|r| r.date = lines("today"))),
        ("malformed_date", good().with(|r| r.date = lines("\u{e9}"))),
        (
            "date_out_of_range",
            good().with(|r| r.date = lines("Thu, 29 Jun 2017 12:12:17 GMT")),
        ),
        (
            "unknown_key",
            Request::signed("9999-9999", "secret", JSON_UTF8),
        ),
        ("unknown_key", Request::signed("keyless", "", JSON_UTF8)),
        ("unknown_key", Request::signed("no/site", "x", JSON_UTF8)),
        (
            "signature_mismatch",
            Request::signed("1234-5678", "guess", JSON_UTF8),
        ),
        ("signature_mismatch", good().with(|r| r.method = "PATCH")),
        (
            "signature_mismatch",
            good().with(|r| r.path = "/v1/content/"),
        ),
        (
            "signature_mismatch",
            good().with(|r| r.date = lines("Thu, 29 Jun 2017 12:11:17 GMT")),
        ),
        (
            "signature_mismatch",
            good().with(|r| r.authorization = lines("x 1234-5678:AAAA")),
        ),
    ];
    for (reason, request) in cases {
        assert_eq!(request.reason(), reason);
    }
    for malformed in [
        "",
        "faraday",
        "faraday 1234-5678",
        "x :AAAA",
        "x 1234-5678:",
    ] {
        let request = good().with(|r| r.authorization = lines(malformed));
        assert_eq!(request.reason(), "malformed_authorization", "{malformed:?}");
    }
}

#[test]
fn failures_are_told_in_the_order_of_the_reference() {
    let mut request = Request::signed("9999-9999", "x", JSON);
    assert_eq!(request.reason(), "unknown_key");
    request.date = vec![b"Thu, 29 Jun 2000 12:11:16 GMT".to_vec()];
    assert_eq!(request.reason(), "date_out_of_range");
    request.date.clear();
    assert_eq!(request.reason(), "missing_date");
    request.authorization = vec![b"x".to_vec()];
    assert_eq!(request.reason(), "malformed_authorization");
}

#[test]
fn the_window_is_counted_in_whole_seconds_both_ways() {
    let at = |millis| Request::good().verify_with(&rules(), Timestamp::from_millis(millis));
    let date = NOW.as_millis();
    assert!(at(date + 60_999).is_ok());
    assert!(at(date - 60_000).is_ok());
    assert!(at(date + 61_000).is_err());
    assert_eq!(
        at(date - 60_001),
        Err(AuthError::DateOutOfRange {
            server_now: Timestamp::from_millis(date - 60_001),
            tolerance_s: 60,
        })
    );
}

#[test]
fn a_mismatch_shows_what_the_server_signed() {
    let request = Request::good().with(|r| r.path = "/v1/content/commit");
    assert_eq!(
        request.verify(),
        Err(AuthError::SignatureMismatch {
            string_to_sign: format!("POST\n{JSON_UTF8}\n{DATE}\n/v1/content/commit").into_bytes(),
        })
    );
}
