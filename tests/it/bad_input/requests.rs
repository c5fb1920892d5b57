//! Requests: signatures that do not hold, paths and verbs that are not there, searches without sense.

use std::time::{Duration, SystemTime};

use serde_json::json;
use vetrina::auth::{SecretKey, digest, string_to_sign};
use vetrina::domain::{Clock, Timestamp};

use super::{Line, refused_whole};
use crate::support::{PRIVATE_KEY, TRACKER_ID, TestServer, product};

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// An `Authorization` line with any key and date.
fn signed(key: &str, date: &str) -> String {
    let content_type = CONTENT_TYPE.as_bytes();
    let text = string_to_sign("POST", content_type, date.as_bytes(), b"/v1/content");
    let digest = digest(&SecretKey::new(key), &text);
    format!("Authorization: test {TRACKER_ID}:{digest}\r\n")
}

fn dated(date: &str) -> String {
    format!("Date: {date}\r\n")
}

#[tokio::test]
async fn signatures_that_do_not_hold_say_why() {
    let mut line = Line::open().await;
    let now = httpdate::fmt_http_date(SystemTime::now());
    let hour_ago = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(3600));
    let good = signed(PRIVATE_KEY, &now);
    let no_base64 = format!("Authorization: test {TRACKER_ID}:not base64\r\n");
    for (reason, authorization, date) in [
        ("signature_mismatch", signed("wrong", &now), dated(&now)),
        (
            "signature_mismatch",
            signed(PRIVATE_KEY, &hour_ago),
            dated(&now),
        ),
        (
            "date_out_of_range",
            signed(PRIVATE_KEY, &hour_ago),
            dated(&hour_ago),
        ),
        ("duplicate_header", good.clone(), dated(&now) + &dated(&now)),
        ("duplicate_header", good.clone() + &good, dated(&now)),
        ("missing_authorization", String::new(), dated(&now)),
        (
            "malformed_authorization",
            "Authorization: test\r\n".into(),
            dated(&now),
        ),
        ("malformed_authorization", no_base64, dated(&now)),
        ("missing_date", good.clone(), String::new()),
        ("malformed_date", signed(PRIVATE_KEY, "now"), dated("now")),
        ("unknown_key", good.replace(TRACKER_ID, "0-0"), dated(&now)),
    ] {
        let head = format!(
            "POST /v1/content HTTP/1.1\r\nHost: test\r\nContent-Type: {CONTENT_TYPE}\r\n{date}{authorization}"
        );
        let answer = line.send(&head, b"{\"objects\":[]}").await;
        assert_eq!(answer.status, 401, "{reason}");
        assert_eq!(
            answer.header("www-authenticate"),
            Some("ApiAuth"),
            "{reason}"
        );
        let answer = answer.json();
        assert_eq!(answer["reason"], reason, "{answer}");
        assert_eq!(answer["error"], "Not Authorized", "{answer}");
        assert!(answer["details"].is_string(), "{answer}");
        let shows_text = answer["string_to_sign"].is_string();
        assert_eq!(shows_text, reason == "signature_mismatch", "{answer}");
        let shows_date = answer["server_date"].is_string();
        assert_eq!(shows_date, reason == "date_out_of_range", "{answer}");
    }
}

#[tokio::test]
async fn the_clock_of_the_server_decides_what_is_stale() {
    let long_ago = Clock::new(|| Timestamp::from_millis(0));
    let server = TestServer::builder().clock(long_ago).start().await;
    let refused = server.site().replace([product("p1")]).await.status(401);
    assert_eq!(refused.json()["reason"], "date_out_of_range");
}

#[tokio::test]
async fn other_paths_verbs_and_parameters_are_told_apart() {
    let mut line = Line::open().await;
    let answer = line
        .send("GET /v1/content HTTP/1.1\r\nHost: test\r\n", b"")
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (405, json!({"error":"Method not allowed"}))
    );
    let mut allowed: Vec<_> = answer
        .header("allow")
        .unwrap_or_default()
        .split(", ")
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "PATCH", "POST"]);

    for (target, status, expected) in [
        ("/v2/content", 404, json!({"error":"Not found"})),
        (
            "/v1/content/commit?type=product",
            400,
            refused_whole(&json!({"generation":["is missing"]})),
        ),
        (
            "/v1/content/commit?generation=G",
            400,
            refused_whole(&json!({"type":["is missing"]})),
        ),
        (
            "/v1/content/commit?type=product&generation=G",
            400,
            json!({"type":"not_found","reason":"Generation not in catalog"}),
        ),
    ] {
        let head = line.head("POST", target);
        let answer = line.send(&head, b"").await;
        assert_eq!(
            (answer.status, answer.json()),
            (status, expected),
            "{target}"
        );
    }
}

#[tokio::test]
async fn searches_with_senseless_parameters_still_answer() {
    let mut line = Line::open().await;
    line.next_request_works().await;
    let long_query = format!("q={}", "word+".repeat(4000));
    for parameters in [
        "size=-1&page=0",
        "size=99999999999999999999&page=abc",
        "from=-5",
        "q=%ff%fe",
        "q=%00",
        "q=%F0%9F%92%A9",
        "f[]=",
        "f[]=:",
        "f[]=nocolon",
        "f[]=unknown:1",
        "f[]=title:|",
        "facets=,,,&facets=unknown",
        "sort=",
        "hit_fields=,",
        "f[",
        "&&&=&",
        "page=999999999&size=200",
        &long_query,
    ] {
        let request = search(&format!("tracker_id={TRACKER_ID}&{parameters}"));
        let answer = line.connection.exchange(request).await;
        assert_eq!(answer.status, 200, "{parameters}: {}", answer.text());
        assert!(answer.json()["results"]["hits"].is_array(), "{parameters}");
    }
    let unknown_sort = format!("tracker_id={TRACKER_ID}&sort=unknown:asc");
    for (parameters, status) in [
        ("", 400),
        ("tracker_id=", 400),
        ("tracker_id=000000-000000", 404),
        (&unknown_sort, 400),
    ] {
        let answer = line.connection.exchange(search(parameters)).await;
        assert_eq!(answer.status, status, "{parameters}: {}", answer.text());
    }
    line.next_request_works().await;
}

fn search(parameters: &str) -> String {
    format!("GET /search?{parameters} HTTP/1.1\r\nHost: test\r\n\r\n")
}
