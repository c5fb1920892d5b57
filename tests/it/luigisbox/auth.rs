//! Signed requests in every spelling real clients send (docs/reference/01-auth.md). What is refused, and with
//! which reason, is in `bad_input`.

use std::time::{Duration, SystemTime};

use serde_json::json;
use vetrina::auth::{SecretKey, digest, string_to_sign};

use crate::support::{PRIVATE_KEY, RawAnswer, TRACKER_ID, TestServer, product};

const EMPTY: &str = r#"{"objects":[]}"#;
const JSON_UTF8: &str = "application/json; charset=utf-8";

/// A request whose signed and sent parts can differ.
struct Sent<'a> {
    target: &'a str,
    date: String,
    signed_content_type: &'a str,
    content_type_lines: Vec<&'a str>,
    label: &'a str,
}

impl Default for Sent<'_> {
    fn default() -> Self {
        Self {
            target: "/v1/content",
            date: httpdate::fmt_http_date(SystemTime::now()),
            signed_content_type: JSON_UTF8,
            content_type_lines: vec![JSON_UTF8],
            label: "faraday ",
        }
    }
}

impl Sent<'_> {
    async fn answer(&self, server: &TestServer) -> RawAnswer {
        let path = self.target.split('?').next().unwrap_or_default();
        let text = string_to_sign(
            "POST",
            self.signed_content_type.as_bytes(),
            self.date.as_bytes(),
            path.as_bytes(),
        );
        let digest = digest(&SecretKey::new(PRIVATE_KEY), &text);
        let content_types: String = self
            .content_type_lines
            .iter()
            .flat_map(|line| ["Content-Type: ", line, "\r\n"])
            .collect();
        // The names in lower case, as some clients send them.
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: shop\r\ndate: {}\r\n{content_types}\
             authorization: {}{TRACKER_ID}:{digest}\r\ncontent-length: {}\r\n\r\n{EMPTY}",
            self.target,
            self.date,
            self.label,
            EMPTY.len(),
        );
        server.raw().await.exchange(request).await
    }
}

#[track_caller]
fn expect_status(answer: &RawAnswer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
}

#[tokio::test]
async fn dates_are_taken_in_every_spelling() {
    let server = TestServer::start().await;
    let now = httpdate::fmt_http_date(SystemTime::now());
    let without_zone = now.strip_suffix(" GMT").expect("an HTTP date");
    let words: Vec<&str> = without_zone.split([' ', ',']).collect();
    let [weekday, _, day, month, year, time] = words[..] else {
        panic!("`{now}` is not an HTTP date");
    };
    for date in [
        now.clone(),
        format!("{without_zone} +0000"),
        format!("{without_zone} GMT+0000"),
        format!("{without_zone} +00:00"),
        format!("{without_zone} UTC"),
        format!("{without_zone} Z"),
        format!("{weekday}day, {day}-{month}-{} {time} GMT", &year[2..]),
        format!("{weekday} {month} {day} {time} {year}"),
    ] {
        let sent = Sent {
            date: date.clone(),
            ..Sent::default()
        };
        expect_status(&sent.answer(&server).await, 201, &date);
    }
}

#[tokio::test]
async fn the_date_window_is_a_setting() {
    let half_a_minute_ago = SystemTime::now() - Duration::from_secs(30);
    let stale = Sent {
        date: httpdate::fmt_http_date(half_a_minute_ago),
        ..Sent::default()
    };
    let server = TestServer::start().await;
    expect_status(&stale.answer(&server).await, 201, "60 s by default");

    let strict = TestServer::builder().set("date_tolerance_s", 5);
    let server = strict.start().await;
    expect_status(&stale.answer(&server).await, 401, "5 s when set");
}

#[tokio::test]
async fn content_types_are_signed_as_sent() {
    let server = TestServer::start().await;
    for content_type in [
        JSON_UTF8,
        "application/json",
        "application/json;charset=utf-8",
        "Application/JSON",
        "text/plain",
    ] {
        let sent = Sent {
            signed_content_type: content_type,
            content_type_lines: vec![content_type],
            ..Sent::default()
        };
        expect_status(&sent.answer(&server).await, 201, content_type);

        let twice = Sent {
            content_type_lines: vec![content_type, content_type],
            ..sent
        };
        expect_status(&twice.answer(&server).await, 201, "two equal lines");
    }
    for signed_content_type in ["", JSON_UTF8, "application/json"] {
        let dropped = Sent {
            signed_content_type,
            content_type_lines: vec![],
            ..Sent::default()
        };
        expect_status(&dropped.answer(&server).await, 201, "no line");
    }
}

#[tokio::test]
async fn the_path_is_signed_as_it_stands_and_the_query_is_not() {
    let server = TestServer::start().await;
    for target in [
        "/v1/content",
        "/v1/content/",
        "//v1/content",
        "/v1/content?v=1",
        "/v1/content/?wait_for=visible",
    ] {
        let sent = Sent {
            target,
            ..Sent::default()
        };
        expect_status(&sent.answer(&server).await, 201, target);
    }
}

/// A client whose base URL ends in a slash signs the path it was told and sends another.
#[tokio::test]
async fn a_digest_over_the_path_with_its_runs_of_slashes_folded_is_taken() {
    let server = TestServer::start().await;
    let date = httpdate::fmt_http_date(SystemTime::now());
    let signed = |method: &str, path: &str| {
        let text = string_to_sign(
            method,
            JSON_UTF8.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        );
        digest(&SecretKey::new(PRIVATE_KEY), &text)
    };
    for (method, signed_path, sent, status) in [
        ("POST", "/v1/content", "//v1/content", 201),
        ("POST", "/v1/content", "///v1//content", 201),
        ("PATCH", "/v1/content", "//v1/content?v=1", 200),
        ("DELETE", "/v1/content", "//v1/content", 200),
        ("GET", "/v1/content_export", "//v1/content_export", 200),
        (
            "GET",
            "/v1/update_by_query",
            "//v1/update_by_query?job_id=9",
            404,
        ),
        ("POST", "/v1/content", "//v1/content/", 401),
        ("POST", "//v1/content", "/v1/content", 401),
        ("POST", "/v1/content", "//v1/content/commit", 401),
    ] {
        let digest = signed(method, signed_path);
        let request = format!(
            "{method} {sent} HTTP/1.1\r\nhost: shop\r\ndate: {date}\r\ncontent-type: {JSON_UTF8}\r\n\
             authorization: x {TRACKER_ID}:{digest}\r\ncontent-length: {}\r\n\r\n{EMPTY}",
            EMPTY.len()
        );
        let answer = server.raw().await.exchange(request).await;
        expect_status(&answer, status, &format!("{method} {sent}"));
    }
}

#[tokio::test]
async fn the_client_label_is_ignored() {
    let server = TestServer::start().await;
    for label in ["", "ApiAuth ", "magento2 ", "two words:  "] {
        let sent = Sent {
            label,
            ..Sent::default()
        };
        expect_status(&sent.answer(&server).await, 201, label);
    }
}

#[tokio::test]
async fn a_prefix_that_a_proxy_took_off_is_part_of_what_was_signed() {
    let proxied = TestServer::builder().set("path_prefix", "\"/shop\"");
    let server = proxied.start().await;
    let text = |path: &str| {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let signed = string_to_sign("POST", b"", date.as_bytes(), path.as_bytes());
        let digest = digest(&SecretKey::new(PRIVATE_KEY), &signed);
        format!(
            "POST /v1/content HTTP/1.1\r\nhost: shop\r\ndate: {date}\r\n\
             authorization: x {TRACKER_ID}:{digest}\r\ncontent-length: {}\r\n\r\n{EMPTY}",
            EMPTY.len()
        )
    };
    let mut connection = server.raw().await;
    let answer = connection.exchange(text("/shop/v1/content")).await;
    expect_status(&answer, 201, "signed with the prefix");
    let answer = connection.exchange(text("/v1/content")).await;
    expect_status(&answer, 401, "signed without it");
}

#[tokio::test]
async fn every_key_of_a_site_signs_while_keys_are_rotated() {
    let rotating = TestServer::builder().set_for_site("private_keys", r#"["next"]"#);
    let server = rotating.start().await;
    for key in [PRIVATE_KEY, "next"] {
        let site = server.site_with(TRACKER_ID, key);
        site.replace([product(key)]).await.status(201);
    }
    let other = server.site_with(TRACKER_ID, "other");
    other.replace([product("p1")]).await.status(401);
}

#[tokio::test]
async fn a_key_signs_for_its_own_site_only() {
    let two_sites = TestServer::builder().site("2222-2222", "key of two");
    let server = two_sites.start().await;
    let (first, second) = (server.site(), server.site_with("2222-2222", "key of two"));
    first.replace([product("p1")]).await.status(201);
    second.replace([product("p2")]).await.status(201);
    assert_eq!(first.search("").await.identities(), ["p1"]);
    assert_eq!(second.search("").await.identities(), ["p2"]);

    let crossed = server.site_with("2222-2222", PRIVATE_KEY);
    let refused = crossed.replace([product("p3")]).await.status(401);
    assert_eq!(refused.json()["reason"], "signature_mismatch");
}

#[tokio::test]
async fn a_site_may_be_kept_from_the_signed_api() {
    let closed = TestServer::builder().set_for_site("api_allowed", false);
    let server = closed.start().await;
    let site = server.site();
    let forbidden = site.replace([product("p1")]).await.status(403);
    assert_eq!(forbidden.json(), json!({"error": "API not allowed"}));
    site.commit("product", "G").await.status(403);
    assert_eq!(site.search("").await.total(), 0);

    let missigned = server.site_with(TRACKER_ID, "other");
    missigned.replace([product("p1")]).await.status(401);
}

#[tokio::test]
async fn a_signed_request_may_be_repeated_inside_the_window() {
    let server = TestServer::start().await;
    let sent = Sent::default();
    for _ in 0..2 {
        expect_status(&sent.answer(&server).await, 201, "the same bytes");
    }
}
