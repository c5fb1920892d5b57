//! What looks wrong and is right: odd requests that real clients send, and what settings allow.

use serde_json::{Value, json};

use crate::support::{SiteClient, TestServer, category, product};

#[tokio::test]
async fn requests_that_only_look_wrong_are_answered() {
    let server = TestServer::start().await;
    let site = server.site();
    let mut connection = server.raw().await;
    let batch = json!({"objects": [Value::from(category("c1"))]}).to_string();

    // As it stands on the request line, the path is what is signed.
    for path in ["//v1/content", "/v1/content/"] {
        let request = signed(&site, "POST", path, batch.as_bytes());
        assert_eq!(connection.exchange(request).await.status, 201, "{path}");
    }

    let key = r#"{"objects":[{"type":"category","identity":"c1"}]}"#;
    let whole = signed(&site, "DELETE", "/v1/content", b"");
    let head =
        String::from_utf8_lossy(&whole).replace("content-length: 0", "transfer-encoding: chunked");
    let chunked = format!("{head}{:x}\r\n{key}\r\n0\r\n\r\n", key.len());
    let deleted = connection.exchange(chunked).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert_eq!(deleted.json()["ok_count"], 1);

    let search =
        "GET /search/?tracker_id=1234-5678 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(connection.exchange(search).await.status, 200);

    // A commit has no body, and may or may not say so.
    let commit = "/v1/content/commit?type=product&generation=none";
    let with_length = signed(&site, "POST", commit, b"");
    let without = String::from_utf8_lossy(&with_length).replace("content-length: 0\r\n", "");
    let answers = [
        connection.exchange(&with_length).await,
        connection.exchange(without).await,
    ];
    assert_eq!(answers[0].status, answers[1].status);
    assert_eq!(answers[0].body, answers[1].body);
}

#[tokio::test]
async fn the_limit_of_a_patch_is_a_setting() {
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
async fn a_site_that_may_not_use_the_api_is_still_searched() {
    let server = TestServer::builder()
        .set_for_site("api_allowed", false)
        .start()
        .await;
    let site = server.site();
    let refused = site.replace([product("p1")]).await.status(403);
    assert_eq!(refused.json(), json!({"error": "API not allowed"}));
    assert_eq!(site.search("").await.total(), 0);
}

/// A signed request, byte by byte.
fn signed(site: &SiteClient, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let signing: String = site
        .headers(method, path)
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .concat();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\n{signing}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
