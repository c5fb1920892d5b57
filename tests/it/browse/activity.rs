//! What is going on: on the whole server, and on one site.

use serde_json::json;

use super::{link, read};
use crate::support::{TestServer, eventually, product};

const SITE: &str = "/browse/sites/1234-5678/activity";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_how_long_searches_and_writes_took() {
    let server = TestServer::start().await;
    let words = read(&server.get("/browse/activity").await.status(200));
    assert!(
        words.contains("Searches Answered 0 Half within (p50) –"),
        "{words}"
    );
    let site = server.site();
    site.replace([product("p1").title("tent")]).await.ok();
    for _ in 0..3 {
        site.search("q=tent").await;
    }
    let path = "/autocomplete/v2?tracker_id=1234-5678&q=te&type=product:5";
    server.get(path).await.status(200);
    // The figures of a search are counted when its answer is.
    let words = eventually("counted searches", async || {
        let page = server.get("/browse/activity").await.status(200);
        let words = read(&page);
        words.contains("Writes Answered 1").then_some(words)
    })
    .await;
    for expected in ["Searches Answered 3", "Suggestions Answered 1"] {
        assert!(words.contains(expected), "{words}");
    }
    assert!(!words.contains("(p99) –"), "{words}");
    let row = "1234-5678 0 0";
    assert!(words.contains(row), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_tells_of_its_jobs_and_queues() {
    let server = TestServer::start().await;
    let words = read(&server.get(SITE).await.status(200));
    assert!(words.contains("None was asked for lately."), "{words}");
    let site = server.site();
    site.replace([
        product("p1").field("color", "red"),
        product("p2").field("color", "red"),
    ])
    .await
    .ok();
    site.update(json!({"color": "red"}), json!({"sale": true}))
        .await;
    site.update(json!({"color": "red"}), json!({"title": ""}))
        .await;
    let page = server.get(SITE).await.status(200);
    let words = read(&page);
    for expected in [
        "1 update by query complete 2 of 2 2 0",
        "2 update by query complete 2 of 2 0 2",
        "Writes waiting 0",
        "Pending 0",
    ] {
        assert!(words.contains(expected), "`{expected}` in {words}");
    }
    assert!(link(&page, "All sites").ends_with("/browse/activity"));
    server
        .get("/browse/sites/nobody/activity")
        .await
        .status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_told_by_how_often_and_by_what_came_of_them() {
    let server = TestServer::start().await;
    server
        .site()
        .replace([product("p1").title("Wool hat")])
        .await
        .ok();
    let payload = "<script>alert(1)</script>";
    let searches = [
        ("c1", "wool hat", true),
        ("c2", "wool hat", true),
        ("c1", payload, false),
        ("c2", payload, false),
        ("c2", payload, false),
    ];
    let events: Vec<_> = searches
        .iter()
        .enumerate()
        .map(|(id, (client, text, finds))| {
            let found = [json!({"title": "T", "type": "item", "url": "p1", "position": 1})];
            let items = if *finds { &found[..] } else { &[] };
            json!({"id": id, "tracker_id": "1234-5678", "client_id": client, "type": "event",
                "lists": {"Search Results": {"items": items, "query": {"string": text}}}})
        })
        .collect();
    let json_type = [("Content-Type", "application/json")];
    let url = format!("{}/v1/events", server.base());
    crate::support::ask_with("POST", &url, &json_type, json!(events).to_string())
        .await
        .status(204);
    let page = server.get(SITE).await.status(200);
    let words = read(&page);
    for expected in [
        "Queries of at least two visitors that found something. wool hat 2",
        &format!("Queries that found nothing when they were asked last. {payload} 3"),
        "Nobody clicked",
    ] {
        assert!(words.contains(expected), "`{expected}` in {words}");
    }
    assert!(!page.text().contains("<script>"), "texts stay texts");
}

#[tokio::test]
async fn a_site_without_events_says_so() {
    let server = TestServer::builder()
        .set("events.enabled", "false")
        .start()
        .await;
    let words = read(&server.get(SITE).await.status(200));
    assert!(words.contains("Events are not counted"), "{words}");
}
