//! Everything a broken or hostile client sends, through the whole server over one connection: each
//! request gets its listed answer (contract 01 §6, 02 §7) and the next one works.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use vetrina::domain::{Clock, Timestamp};

use crate::support::{RawAnswer, RawConnection, SiteClient, TestServer, category, product};

const MIB: usize = 1 << 20;

/// A signed request, byte by byte; `extra` are further header lines.
fn signed(site: &SiteClient, method: &str, path: &str, extra: &str, body: &[u8]) -> Vec<u8> {
    let signing: String = site
        .headers(method, path)
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .concat();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\n{signing}{extra}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn body_of(answer: &RawAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// One good write, which shows that the connection and the server go on.
async fn assert_goes_on(connection: &mut RawConnection, site: &SiteClient) {
    let good = json!({"objects": [Value::from(product("good"))]}).to_string();
    let answer = connection
        .exchange(signed(site, "POST", "/v1/content", "", good.as_bytes()))
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// Sends bodies to POST and takes the answers, with a good write after each.
async fn assert_refused(cases: Vec<(&str, Vec<u8>, u16, &str)>, extra: &str) {
    let server = TestServer::start().await;
    let site = server.site();
    let mut connection = server.raw().await;
    for (name, body, status, words) in cases {
        let request = signed(&site, "POST", "/v1/content", extra, &body);
        let answer = connection.exchange(request).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert!(answer.text().contains(words), "{name}: {}", answer.text());
        assert_goes_on(&mut connection, &site).await;
    }
}

#[tokio::test]
async fn bodies_that_are_no_batch() {
    let deep = format!(r#"{{"objects":[{}1{}]}}"#, "[".repeat(200), "]".repeat(200));
    assert_refused(
        vec![
            ("nothing", vec![], 400, "is not valid JSON"),
            (
                "cut short",
                b"{\"objects\":[".to_vec(),
                400,
                "is not valid JSON",
            ),
            (
                "no UTF-8",
                b"{\"objects\":[\"\xff\"]}".to_vec(),
                400,
                "malformed_input",
            ),
            ("a list", b"[]".to_vec(), 400, "malformed_input"),
            (
                "no objects",
                b"{}".to_vec(),
                400,
                r#""objects":["is missing"]"#,
            ),
            (
                "objects of no list",
                b"{\"objects\":{}}".to_vec(),
                400,
                "must be an array",
            ),
            ("200 levels", deep.into_bytes(), 400, "is nested too deep"),
            (
                "5 MB and a byte",
                vec![b' '; 5 * MIB + 1],
                413,
                "payload_too_large",
            ),
        ],
        "",
    )
    .await;
}

#[tokio::test]
async fn objects_that_are_none() {
    let object = |identity: &str, rest: &str| {
        let fields = r#""type":"product","fields":{"title":"a"#;
        format!(r#"{{"objects":[{{"identity":{identity},{fields}{rest}"}}}}]}}"#).into_bytes()
    };
    let huge = format!("\"{}\"", "x".repeat(100_000));
    assert_refused(
        vec![
            ("a number", b"{\"objects\":[1]}".to_vec(), 400, "object #0"),
            (
                "an empty identity",
                object("\"\"", ""),
                400,
                "must be filled",
            ),
            ("a huge identity", object(&huge, ""), 400, "malformed_input"),
            (
                "a lone surrogate",
                object("\"p1\"", r"\ud800"),
                400,
                "malformed_input",
            ),
            (
                "1e999",
                object("\"p1\"", r#"","n":1e999,"m":""#),
                400,
                "malformed_input",
            ),
        ],
        "",
    )
    .await;
}

#[tokio::test]
async fn encodings_that_are_none_or_too_much() {
    let bomb = gzip(&vec![b' '; 50 * MIB]);
    assert_refused(
        vec![
            ("a bomb", bomb, 413, "payload_too_large"),
            ("no gzip", b"{}".to_vec(), 400, "is not valid JSON"),
        ],
        "content-encoding: gzip\r\n",
    )
    .await;
    let unknown = vec![(
        "unknown",
        b"{}".to_vec(),
        415,
        "Unsupported content encoding",
    )];
    assert_refused(unknown, "content-encoding: br\r\n").await;
}

#[tokio::test]
async fn patches_of_more_objects_than_allowed() {
    let server = TestServer::builder()
        .set("limits.patch_objects_max", 2)
        .start()
        .await;
    let site = server.site();
    site.replace(["p1", "p2"].map(product)).await.status(201);
    site.patch(["p1", "p2"].map(product)).await.status(200);
    let refused = site
        .patch(["p1", "p2", "p3"].map(product))
        .await
        .status(413);
    assert_eq!(refused.json()["type"], "payload_too_large");
}

#[tokio::test]
async fn signatures_that_do_not_hold() {
    let server = TestServer::start().await;
    let site = server.site();
    let mut connection = server.raw().await;
    let unsigned = b"POST /v1/content HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let forged = signed(
        &server.site_with("1234-5678", "wrong"),
        "POST",
        "/v1/content",
        "",
        b"{}",
    );
    let foreign = signed(
        &server.site_with("9-9", "secret"),
        "POST",
        "/v1/content",
        "",
        b"{}",
    );
    let date = "date: Thu, 29 Jun 2017 12:11:16 GMT\r\n";
    let two_dates = signed(&site, "POST", "/v1/content", date, b"{}");
    for (request, reason) in [
        (unsigned, "missing_authorization"),
        (forged, "signature_mismatch"),
        (foreign, "unknown_key"),
        (two_dates, "duplicate_header"),
    ] {
        let answer = connection.exchange(request).await;
        assert_eq!(answer.status, 401, "{reason}: {}", answer.text());
        assert_eq!(body_of(&answer)["reason"], reason);
        assert_goes_on(&mut connection, &site).await;
    }
}

#[tokio::test]
async fn signatures_of_another_time() {
    let long_ago = Clock::new(|| Timestamp::from_millis(0));
    let server = TestServer::builder().clock(long_ago).start().await;
    let refused = server.site().replace([product("p1")]).await.status(401);
    assert_eq!(refused.json()["reason"], "date_out_of_range");
}

#[tokio::test]
async fn sites_that_may_not_use_the_api_are_still_searched() {
    let server = TestServer::builder()
        .set_for_site("api_allowed", false)
        .start()
        .await;
    let site = server.site();
    let refused = site.replace([product("p1")]).await.status(403);
    assert_eq!(refused.json(), json!({"error": "API not allowed"}));
    assert_eq!(site.search("").await.total(), 0);
}

#[tokio::test]
async fn odd_requests_that_are_good() {
    let server = TestServer::start().await;
    let site = server.site();
    let mut connection = server.raw().await;
    let batch = json!({"objects": [Value::from(category("c1"))]}).to_string();

    // As it stands on the request line, the path is what is signed.
    for path in ["//v1/content", "/v1/content/"] {
        let request = signed(&site, "POST", path, "", batch.as_bytes());
        assert_eq!(connection.exchange(request).await.status, 201, "{path}");
    }

    let key = r#"{"objects":[{"type":"category","identity":"c1"}]}"#;
    let whole = signed(&site, "DELETE", "/v1/content", "", b"");
    let head =
        String::from_utf8_lossy(&whole).replace("content-length: 0", "transfer-encoding: chunked");
    let chunked = format!("{head}{:x}\r\n{key}\r\n0\r\n\r\n", key.len());
    let deleted = connection.exchange(chunked).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert_eq!(body_of(&deleted)["ok_count"], 1);

    let search =
        "GET /search/?tracker_id=1234-5678 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(connection.exchange(search).await.status, 200);

    // A commit has no body, and may or may not say so.
    let commit = "/v1/content/commit?type=product&generation=none";
    let with_length = signed(&site, "POST", commit, "", b"");
    let without = String::from_utf8_lossy(&with_length).replace("content-length: 0\r\n", "");
    let answers = [
        connection.exchange(&with_length).await,
        connection.exchange(without).await,
    ];
    assert_eq!(answers[0].status, answers[1].status);
    assert_eq!(answers[0].body, answers[1].body);
}
