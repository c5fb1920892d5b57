//! Every way clients send their key, and every refusal (docs/reference/10-swiftype.md §2).

use serde_json::json;

use super::{Client, ENGINE, KEY, error, server};
use crate::support::{TestServer, ask, ask_with};

const NOT_SIGNED_IN: &str = "You need to sign in or sign up before continuing.";

#[tokio::test]
async fn the_key_is_taken_in_every_way_clients_send_it() {
    let server = server().await;
    let url = |query: &str| format!("{}/api/v1/engines/{ENGINE}{query}", server.base());
    let answers = [
        ask("GET", &url("?auth_token=api%20key"), &[]).await,
        ask("GET", &url(".json?auth_token=api+key"), &[]).await,
        ask("GET", &url(""), &[("Authorization", "Basic YXBpIGtleTo=")]).await,
        ask("GET", &url(""), &[("Authorization", "Basic YXBpIGtleQ==")]).await,
        ask("GET", &url("/"), &[("Authorization", "Bearer api key")]).await,
        ask_with("GET", &url(""), &[], json!({"auth_token": KEY}).to_string()).await,
        ask_with("GET", &url(""), &[], "auth_token=api+key").await,
    ];
    for answer in answers {
        assert_eq!(answer.status(200).json()["slug"], ENGINE);
    }
}

#[tokio::test]
async fn nobody_comes_in_without_a_good_key() {
    let server = server().await;
    let paths = [
        ("GET", "/engines.json"),
        ("POST", "/engines"),
        ("GET", "/engines/bookstore/document_types"),
        ("POST", "/document_receipts.json"),
        ("GET", "/document_receipts/5473d6142ed96065a9000001.json"),
        ("POST", "/engines/bookstore/search"),
        (
            "POST",
            "/engines/bookstore/document_types/x/documents/async_bulk_create_or_update",
        ),
    ];
    for (method, path) in paths {
        let url = format!("{}/api/v1{path}", server.base());
        let answers = [
            ask(method, &url, &[]).await,
            ask(method, &format!("{url}?auth_token=wrong"), &[]).await,
            ask(method, &url, &[("Authorization", "Basic d3Jvbmc6")]).await,
            ask(method, &url, &[("Authorization", "Bearer wrong")]).await,
            ask_with(method, &url, &[], r#"{"auth_token": "wrong"}"#).await,
            ask_with(method, &url, &[], r#"{"auth_token": ""}"#).await,
        ];
        for answer in answers {
            let content_type = answer.header("content-type");
            assert_eq!(content_type, Some("application/json; charset=utf-8"));
            assert_eq!(error(answer, 401), NOT_SIGNED_IN, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn without_configured_keys_there_is_no_such_api() {
    let server = TestServer::start().await;
    let answer = Client::new(&server.base(), "").get("/engines").await;
    assert_eq!(error(answer, 404), "Not found");
}

#[tokio::test]
async fn a_key_of_some_engines_opens_no_other() {
    let server = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", r#"["bookstore", "films"]"#)
        .set(
            "swiftype.keys",
            r#"[{key = "films only", engines = ["films", "Made Later"]}]"#,
        )
        .start()
        .await;
    let all = Client::of(&server);
    let some = Client::new(&server.base(), "films only");
    some.get("/engines/films").await.status(200);
    assert_eq!(
        error(some.get("/engines/bookstore").await, 403),
        "Permission denied."
    );
    let id = all.get("/engines/bookstore").await.json()["id"].clone();
    let by_id = format!("/engines/{}.json", id.as_str().expect("an id"));
    assert_eq!(error(some.get(&by_id).await, 403), "Permission denied.");
    error(some.get("/engines/nothing").await, 404);
    let seen = some.get("/engines").await.json();
    assert_eq!(seen.as_array().map(Vec::len), Some(1), "{seen}");

    // Receipts of an engine that the key may not see are unknown to it.
    let books = all.make_type("books").await;
    let receipts = books.submit(json!([{"external_id": "1"}])).await;
    let ids = json!({"ids": [receipts[0]["id"]]});
    let seen = some.post("/document_receipts", ids.clone()).await.json();
    assert_eq!(seen[0]["status"], "unknown");
    let seen = all.post("/document_receipts", ids).await.json();
    assert_ne!(seen[0]["status"], "unknown");

    let make = |name: &str| json!({"engine": {"name": name}});
    error(some.post("/engines", make("other")).await, 403);
    some.post("/engines", make("Made Later")).await.status(200);
    some.get("/engines/made-later").await.status(200);
}
