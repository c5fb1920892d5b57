//! Room for bodies is for those who have proven who they are; of the others it is taken as bytes come.

use bytes::Bytes;
use h2::client::handshake;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::beside;
use crate::support::{Figures, RawConnection, TRACKER_ID, TestServer, ask_with, eventually};
use crate::swiftype::KEY;

const LARGEST: usize = 52_428_800;

const BULK: &str = "/api/v1/engines/bookstore/document_types/books/documents/bulk_create_or_update";

async fn with_swiftype(limits: &[(&str, usize)]) -> TestServer {
    let mut builder = TestServer::builder();
    for (key, value) in limits {
        builder = builder.set(&format!("limits.{key}"), value);
    }
    let builder = builder
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", "[\"bookstore\"]");
    let server = builder.start().await;
    let made = json!({"auth_token": KEY, "document_type": {"name": "books"}});
    let url = format!("{}/api/v1/engines/bookstore/document_types", server.base());
    let made = ask_with("POST", &url, &[], made.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.text());
    server
}

/// The head of a request whose body has only begun to come.
async fn begun(server: &TestServer, path: &str, length: usize, part: &[u8]) -> RawConnection {
    let mut connection = server.raw().await;
    let head = format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n");
    connection.send(head).await;
    connection.send(part).await;
    connection
}

async fn bodies_bytes(server: &TestServer, share: &str) -> f64 {
    let figures = Figures::read(&server.get("/metrics").await.text());
    figures.value("vetrina_http_bodies_bytes", &[("share", share)])
}

#[tokio::test]
async fn bodies_that_are_announced_and_not_sent_take_no_room() {
    let server = with_swiftype(&[]).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(begun(&server, BULK, LARGEST, b"{\"documents\":[").await);
    }
    beside(async {}, &server.site(), 3).await;
    assert!(bodies_bytes(&server, "unproven").await < f64::from(1 << 20));
    drop(idle);
    for share in ["proven", "unproven"] {
        eventually("all room free again", async || {
            (bodies_bytes(&server, share).await == 0.0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_strangers_send_slowly_keeps_nobody_out() {
    let server = with_swiftype(&[("unproven_bodies_bytes_max", 4 << 20)]).await;
    let part = [b"{\"documents\":[\"", &vec![b'x'; 3 << 20][..]].concat();
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(begun(&server, BULK, LARGEST, &part).await);
    }
    beside(async {}, &server.site(), 3).await;
    // A key in the header, or at the beginning of the body, is not of their share.
    let documents = json!([{"external_id": "1", "fields": []}]);
    let in_body = json!({"auth_token": KEY, "documents": documents, "rest": "x".repeat(1 << 20)});
    let url = format!("{}{BULK}", server.base());
    let written = ask_with("POST", &url, &[], in_body.to_string()).await;
    assert_eq!(written.status, 200, "{}", written.text());
    let bearer = format!("Bearer {KEY}");
    let signed = json!({"documents": documents, "rest": "x".repeat(1 << 20)});
    let headers = [("Authorization", &*bearer)];
    let written = ask_with("POST", &url, &headers, signed.to_string()).await;
    assert_eq!(written.status, 200, "{}", written.text());
}

#[tokio::test]
async fn a_key_is_found_wherever_it_stands_in_a_body() {
    let server = with_swiftype(&[("unproven_bodies_bytes_max", 8 << 20)]).await;
    let url = format!("{}{BULK}", server.base());
    let documents = r#"[{"external_id":"1","fields":[]}]"#;
    let filler = "x".repeat(3 << 20);
    for (body, status) in [
        (
            format!(r#"{{"auth_token":"{KEY}","documents":{documents},"a":"{filler}"}}"#),
            200,
        ),
        (
            format!(r#"{{"documents":{documents},"a":"{filler}","auth_token":"{KEY}"}}"#),
            200,
        ),
        (
            format!(
                r#"{{"auth_token":"{KEY}","documents":{documents},"a":"{filler}","auth_token":"no"}}"#
            ),
            401,
        ),
        (
            format!(r#"{{"documents":{documents},"a":"{filler}","auth_token":"no"}}"#),
            401,
        ),
        (
            format!(r#"{{"documents":{documents},"a":{{"auth_token":"{KEY}"}}}}"#),
            401,
        ),
        (format!(r#"{{"documents":{documents},"a":"{filler}""#), 400),
    ] {
        let answer = ask_with("POST", &url, &[], body).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    for share in ["proven", "unproven"] {
        assert!(bodies_bytes(&server, share).await == 0.0, "{share}");
    }
}

#[tokio::test]
async fn a_dialect_that_is_not_configured_reads_no_body() {
    let server = TestServer::start().await;
    for path in [BULK, "/api/v1/engines", "/api/v1/public/engines/search"] {
        let mut connection = begun(&server, path, LARGEST, b"").await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json(), json!({"error": "Not found"}));
    }
}

#[tokio::test]
async fn many_searches_whose_filters_never_come_keep_nobody_out() {
    let server = TestServer::start().await;
    let address = server.base().replace("http://", "");
    let mut held = Vec::new();
    for _ in 0..4 {
        let stream = TcpStream::connect(&address).await.expect("a connection");
        let (mut requests, connection) = handshake(stream).await.expect("HTTP/2");
        tokio::spawn(connection);
        for _ in 0..16 {
            let url = format!("http://test/search?tracker_id={TRACKER_ID}");
            let request = http::Request::post(url).header("content-length", 1 << 20);
            let request = request.body(()).expect("a request");
            requests = requests.ready().await.expect("an open connection");
            let (answer, mut body) = requests.send_request(request, false).expect("a stream");
            let sent = body.send_data(Bytes::from_static(b"{\"filters\":"), false);
            sent.expect("an open stream");
            held.push((answer, body));
        }
    }
    beside(async {}, &server.site(), 3).await;
    drop(held);
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_long_before_its_time() {
    let server = with_swiftype(&[
        ("body_timeout_ms", 600_000),
        ("body_bytes_per_s_min", 1 << 20),
    ])
    .await;
    let mut dripping = begun(&server, BULK, LARGEST, b"{").await;
    let drip = async {
        loop {
            dripping.send("\n").await;
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    // What is sent after the answer is lost, which is all right.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(6), drip).await;
    let refused: Value = match dripping.try_answer().await {
        Some(answer) => {
            assert_eq!(answer.status, 408);
            answer.json()
        }
        None => panic!("the connection ended without an answer"),
    };
    assert_eq!(refused, json!({"error": "Request timed out"}));
    assert!(dripping.is_closed().await);
}
