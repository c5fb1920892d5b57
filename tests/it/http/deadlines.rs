//! What takes too long is 408 in plain text, and worth another try (docs/reference/07-http-principles.md §4, §7).

use std::time::Duration;

use serde_json::json;

use crate::support::{RawAnswer, SiteClient, TestServer, eventually, product};

/// A signed request whose body is announced and not sent whole.
fn half_a_write(site: &SiteClient, framing: &str, part: &str) -> String {
    let signed = site.headers("POST", "/v1/content");
    let lines = signed.map(|(name, value)| format!("{name}: {value}\r\n"));
    let lines = lines.concat();
    format!("POST /v1/content HTTP/1.1\r\nhost: test\r\n{lines}{framing}\r\n\r\n{part}")
}

fn assert_timed_out(answer: &RawAnswer) {
    assert_eq!(answer.status, 408, "{}", answer.head);
    assert_eq!(answer.text(), "Request timed out");
    let content_type = answer.header("content-type");
    assert_eq!(content_type, Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_408() {
    let server = TestServer::builder()
        .set("limits.body_timeout_ms", 50)
        .start()
        .await;
    let site = server.site();
    for (framing, part) in [
        ("content-length: 100", r#"{"objects":["#),
        ("content-length: 100", ""),
        ("transfer-encoding: chunked", "5\r\n{\"obj\r\n"),
    ] {
        let mut connection = server.raw().await;
        let refused = connection
            .exchange(half_a_write(&site, framing, part))
            .await;
        assert_timed_out(&refused);
        assert!(connection.is_closed().await);
    }
    site.replace([product("p1")]).await.status(201);
}

/// Bytes that drip in do not buy time.
#[tokio::test]
async fn a_body_that_drips_in_is_408() {
    let server = TestServer::builder()
        .set("limits.body_timeout_ms", 200)
        .start()
        .await;
    let mut connection = server.raw().await;
    let head = half_a_write(&server.site(), "content-length: 100000", "");
    connection.send(head).await;
    for _ in 0..30 {
        connection.send("x").await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_timed_out(&connection.answer().await);
}

/// The wait ends; what was waited for goes on. Sending it again would do no harm either.
#[tokio::test]
async fn a_write_that_was_waited_for_too_long_is_408_and_applied_all_the_same() {
    let server = TestServer::builder()
        .set("limits.write_timeout_ms", 10)
        .start()
        .await;
    let site = server.site();
    // Nothing is visible before the index commits, which takes longer than the wait.
    let object = product("p1").title("Late");
    let object: serde_json::Value = object.into();
    let body = json!({"objects": [object]}).to_string();
    let answer = site
        .signed("POST", "/v1/content?wait_for=visible", body)
        .await
        .status(408);
    assert_eq!(answer.text(), "Request timed out");
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    eventually("the object", async || {
        let found = site.search("late").await;
        (found.identities() == ["p1"]).then_some(())
    })
    .await;
}
