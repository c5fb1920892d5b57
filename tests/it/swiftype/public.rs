//! What browsers may call with an engine's key (docs/reference/10-swiftype.md §3, §6).

use serde_json::json;

use super::{Client, ENGINE, document, error, server};
use crate::support::{TestServer, ask, ask_with};

async fn with_a_book() -> (TestServer, String) {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    books
        .index(json!([document(
            "1",
            &[("title", json!("Lion"), "string")]
        )]))
        .await;
    let engine = client.get(&format!("/engines/{ENGINE}")).await.json();
    let key = engine["key"].as_str().expect("a key").to_owned();
    (server, key)
}

#[tokio::test]
async fn an_engine_key_opens_searches_of_its_engine() {
    let (server, key) = with_a_book().await;
    let base = format!("{}/api/v1/public/engines", server.base());
    let of_page = [("Origin", "https://shop.example")];
    for path in ["search.json?q=lion&", "suggest.json?q=li&", "search?"] {
        let answer = ask("GET", &format!("{base}/{path}engine_key={key}"), &of_page).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.status(200).json()["record_count"], 1, "{path}");
    }
    let body = json!({"engine_key": key, "q": "lion"}).to_string();
    let posted = ask_with("POST", &format!("{base}/search"), &of_page, body).await;
    assert_eq!(posted.status(200).json()["record_count"], 1);
    let asked = ask("OPTIONS", &format!("{base}/search.json"), &of_page).await;
    assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
    asked.status(204);
}

#[tokio::test]
async fn an_engine_key_opens_nothing_else() {
    let (server, key) = with_a_book().await;
    let base = format!("{}/api/v1", server.base());
    for path in [
        "engines",
        "engines/bookstore",
        "engines/bookstore/search",
        "document_receipts",
    ] {
        for parameter in ["engine_key", "auth_token"] {
            let answer = ask("GET", &format!("{base}/{path}?{parameter}={key}"), &[]).await;
            assert_eq!(answer.header("access-control-allow-origin"), None);
            error(answer, 401);
        }
    }
    for key in ["", "wrong", "api%20key"] {
        let url = format!("{base}/public/engines/search?engine_key={key}");
        let answer = ask("GET", &url, &[]).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        error(answer, 401);
    }
}

#[tokio::test]
async fn an_answer_may_be_a_script() {
    let (server, key) = with_a_book().await;
    let url = format!(
        "{}/api/v1/public/engines/search?engine_key={key}&q=lion",
        server.base()
    );
    let plain = ask("GET", &url, &[]).await.status(200);
    let script = ask("GET", &format!("{url}&callback=jQuery12.a_$"), &[])
        .await
        .status(200);
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(
        script.text(),
        format!("/**/jQuery12.a_$({});", plain.text())
    );
    for bad in ["alert(1)", "1a", "", "a;b", "a-b"] {
        let answer = ask("GET", &format!("{url}&callback={bad}"), &[]).await;
        assert_eq!(error(answer, 400), "Invalid field type: callback");
    }
}
