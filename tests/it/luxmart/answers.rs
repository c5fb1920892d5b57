//! Statuses and bodies, to the byte (docs/reference/11-product-sync.md §1).

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, ask};
use crate::sync::{ADMIN, Shop, USER};

const PATHS: [&str; 2] = ["/v1/products/search/sync/", "/v1/products/search/sync"];

async fn post(base: &str, path: &str, authorization: &str) -> Answer {
    let headers = [
        ("Authorization", authorization),
        ("Content-Type", "application/json"),
    ];
    let headers = &headers[usize::from(authorization.is_empty())..];
    ask("POST", &format!("{base}{path}"), headers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_starts_a_sync() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    let base = shop.server.base();
    for path in PATHS {
        for authorization in [
            "",
            "Token",
            "Token nobody",
            "Basic admin-token",
            "admin-token",
        ] {
            for method in ["POST", "GET", "DELETE"] {
                let headers = [("Authorization", authorization)];
                let headers = &headers[usize::from(authorization.is_empty())..];
                let answer = ask(method, &format!("{base}{path}"), headers)
                    .await
                    .status(401);
                assert_eq!(
                    answer.text(),
                    r#"{"error":"Unauthorized"}"#,
                    "{authorization}"
                );
            }
        }
        let answer = post(&base, path, USER).await.status(403);
        assert_eq!(
            answer.text(),
            r#"{"error":"Forbidden - Admin access required"}"#
        );
        let answer = ask("PUT", &format!("{base}{path}"), &[("Authorization", ADMIN)]).await;
        assert_eq!(
            answer.status(405).text(),
            r#"{"error":"Method not allowed"}"#
        );
    }
    let answer = post(&base, "/v1/products/search/sync/?source=others", ADMIN)
        .await
        .status(404);
    assert_eq!(answer.text(), r#"{"error":"Unknown source"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_started_sync_is_told_in_texts_only() {
    let Some(shop) = Shop::open("").await else {
        return;
    };
    shop.insert(1, 3).await;
    for path in PATHS {
        for authorization in [ADMIN, "Bearer admin-token"] {
            let answer = post(&shop.server.base(), path, authorization)
                .await
                .status(200);
            let text = answer.text();
            let start = r#"{"message":"Product sync started. This may take a few minutes.","#;
            assert!(text.starts_with(start), "{text}");
            let body = answer.json();
            let body = body.as_object().expect("an object");
            assert!(body.values().all(Value::is_string), "{text}");
            assert_eq!(body["status"], "running");
            let sync_id = body["sync_id"].clone();
            let status = crate::sync::ended(&shop.server.base()).await;
            assert_eq!(status["sync_id"], sync_id);
            assert_eq!(status["status"], "complete");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_sync_runs_another_post_starts_nothing() {
    let Some(shop) = Shop::open("throttle = 1000").await else {
        return;
    };
    shop.insert(1, 600).await;
    let first = shop.start("").await.status(200).json();
    let second = shop.start("?source=items").await.status(200);
    let expected = json!({
        "message": "Product sync is already running.",
        "sync_id": first["sync_id"],
        "status": "running",
    });
    assert_eq!(second.json(), expected);
    // Without auto-indexing one more run is due, for what changed behind the first; never two.
    shop.start("").await.status(200);
    let ids = std::sync::Mutex::new(Vec::new());
    crate::support::eventually("both runs", async || {
        let status = shop.status().await;
        let id = status["sync_id"].as_str().expect("an id").to_owned();
        let mut ids = ids.lock().expect("nobody panicked");
        if ids.last() != Some(&id) {
            ids.push(id);
        }
        (ids.len() == 2 && status["status"] == "complete").then_some(())
    })
    .await;
    assert_eq!(
        ids.into_inner().expect("nobody panicked")[0],
        first["sync_id"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_cannot_start_says_why() {
    let none = TestServer::builder()
        .sections("[product_sync]\nadmin_tokens = [\"admin-token\"]\n")
        .start()
        .await;
    let answer = post(&none.base(), PATHS[0], ADMIN).await.status(503);
    assert_eq!(
        answer.text(),
        r#"{"error":"Product sync is not configured"}"#
    );
    let answer = post(&none.base(), PATHS[0], "Token x").await.status(401);
    assert_eq!(answer.text(), r#"{"error":"Unauthorized"}"#);

    let unreachable = TestServer::builder()
        .sections(&crate::sync::source(""))
        .variable("SHOP_DSN", "host=127.0.0.1 port=1 user=nobody dbname=none")
        .start()
        .await;
    let answer = post(&unreachable.base(), PATHS[0], ADMIN).await.status(503);
    assert_eq!(answer.text(), r#"{"error":"Database is not available"}"#);
    assert!(answer.header("Retry-After").is_some());

    let full = TestServer::builder()
        .sections(&crate::sync::source(""))
        .set("storage.disk_reserve_bytes", 1_u64 << 40)
        .variable("SHOP_DSN", "host=127.0.0.1 port=1 user=nobody dbname=none")
        .start()
        .await;
    let answer = post(&full.base(), PATHS[0], ADMIN).await.status(503);
    assert_eq!(
        answer.text(),
        r#"{"error":"Elasticsearch is not available"}"#
    );
    let answer = post(&full.base(), PATHS[0], USER).await.status(403);
    assert_eq!(
        answer.text(),
        r#"{"error":"Forbidden - Admin access required"}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_section_there_is_nothing() {
    let server = TestServer::start().await;
    for path in [
        PATHS[0],
        PATHS[1],
        "/v1/products/search/",
        "/v1/products/search",
    ] {
        let answer = ask("GET", &format!("{}{path}", server.base()), &[])
            .await
            .status(404);
        assert_eq!(answer.text(), r#"{"error":"Not found"}"#);
    }
}
