//! The whole server's own routes, and what it says of paths and methods it does not have.

use serde_json::json;
use vetrina::config::Config;

use super::opening::Opening;
use crate::support::{TRACKER_ID, TestServer, get};

#[tokio::test]
async fn a_server_is_alive_and_ready() {
    let server = TestServer::start().await;
    let alive = server.get("/health").await.ok();
    assert_eq!(alive.json(), json!({"status": "ok"}));
    let ready = server.get("/health/ready").await.ok();
    assert_eq!(
        ready.json(),
        json!({"status": "ready", "serving": 1, "problems": []})
    );
}

#[tokio::test]
async fn readiness_can_be_asked_for_one_site() {
    let server = TestServer::builder().site("2-2", "other").start().await;
    for site in [TRACKER_ID, "2-2"] {
        server
            .get(&format!("/health/ready?site={site}"))
            .await
            .status(200);
    }
    for site in ["3-3", "", "a%20b"] {
        let unknown = server
            .get(&format!("/health/ready?site={site}"))
            .await
            .status(404);
        assert_eq!(unknown.json(), json!({"error": "Unknown site"}));
    }
}

#[tokio::test]
async fn unknown_paths_are_404_in_json() {
    let server = TestServer::start().await;
    for path in ["/v2", "/v2/content", "/v9", "/health/ready/now"] {
        let unknown = server.get(path).await.status(404);
        assert_eq!(unknown.json(), json!({"error": "Not found"}));
        assert_eq!(
            unknown.header("content-type"),
            Some("application/json; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_told_the_right_ones() {
    let server = TestServer::start().await;
    let answer = server
        .site()
        .signed("POST", "/health/", "{}")
        .await
        .status(405);
    assert_eq!(answer.json(), json!({"error": "Method not allowed"}));
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn while_the_engine_opens_the_server_is_alive_and_not_ready() {
    let site = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
    let config = Config::from_toml(site).expect("a good configuration");
    let server = Opening::start(config).await;
    let base = &server.base;

    get(&format!("{base}/health")).await.status(200);
    let ready = get(&format!("{base}/health/ready")).await.status(503);
    assert_eq!(ready.json()["status"], "starting");
    let search = get(&format!("{base}/search?tracker_id=1-1"))
        .await
        .status(503);
    let told = json!({
        "error": "Service unavailable",
        "details": "the server starts, and opens its catalogs",
    });
    assert_eq!(search.json(), told);
    assert_eq!(search.header("retry-after"), Some("1"));

    server.end().await;
}
