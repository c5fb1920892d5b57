//! What is kept of clients, and how it is forgotten.

use std::path::Path;

use serde_json::json;

use super::{click, event, forget, item, personal, search, send, top};
use crate::support::{TRACKER_ID, TestServer};

#[tokio::test]
async fn a_client_is_forgotten_at_once_and_counters_stay() {
    let server = TestServer::start().await;
    let site = server.site();
    site.replace([item("p1"), item("p2")]).await.ok();
    for client in ["c1", "c2"] {
        for (at, query) in ["hats", "gloves"].iter().enumerate() {
            let id = format!("{client}-{at}");
            send(&server, &event(id, client, search(query, &["p2"])))
                .await
                .status(204);
        }
        let id = format!("{client}-click");
        send(&server, &event(id, client, click("p2")))
            .await
            .status(204);
    }
    for id in 0..2 {
        let other = event(format!("c3-{id}"), "c3", search("gloves", &["p2"]));
        send(&server, &other).await.status(204);
    }
    let own = event("own", "c1", search("hats", &["p2"]));
    send(&server, &own).await.status(204);
    assert_eq!(
        personal(&server, "c1", "query:5,item:1").await,
        "hats gloves p2"
    );
    let answer = forget(&site, "c1").await.status(200);
    assert_eq!(answer.json(), json!({"deleted": true}));
    // As nobody: what is popular with all.
    assert_eq!(personal(&server, "c1", "query:5").await, "gloves hats");
    assert_eq!(personal(&server, "c2", "query:1").await, "gloves");
    assert_eq!(top(&server, "item:1,query:2").await, "p2 gloves hats");
    // The same event again is not new.
    send(&server, &own).await.status(204);
    forget(&site, "nobody").await.status(200);
}

#[tokio::test]
async fn forgetting_is_for_the_shop_alone() {
    let server = TestServer::builder()
        .site("other", "other key")
        .start()
        .await;
    server.site().replace([item("p1")]).await.ok();
    for client in ["c/1 ", "c2"] {
        for (at, query) in ["hats", "gloves"].iter().enumerate() {
            let id = format!("{client}-{at}");
            send(&server, &event(id, client, search(query, &["p1"])))
                .await
                .status(204);
        }
    }
    send(&server, &event("x", "c3", search("hats", &["p1"])))
        .await
        .status(204);
    assert_eq!(personal(&server, "c/1%20", "query:1").await, "gloves");
    server
        .ask("DELETE", "/v1/events/clients/c2", &[])
        .await
        .status(401);
    forget(&server.site_with("other", "other key"), "c2")
        .await
        .status(200);
    assert_eq!(
        personal(&server, "c2", "query:1").await,
        "gloves",
        "another site's client"
    );
    forget(&server.site(), "c%2F1%20").await.status(200);
    assert_eq!(personal(&server, "c/1%20", "query:1").await, "hats");
    let long = "x".repeat(300);
    forget(&server.site(), &long).await.status(400);
}

#[tokio::test]
async fn a_site_may_keep_nothing_of_clients() {
    let server = TestServer::builder()
        .set("events.client_queries_max", 0)
        .start()
        .await;
    server.site().replace([item("p1")]).await.ok();
    for client in ["c1", "c2", "c3"] {
        send(&server, &event(client, client, search("hats", &["p1"])))
            .await
            .status(204);
    }
    send(&server, &event("x", "c1", search("gloves", &["p1"])))
        .await
        .status(204);
    send(&server, &event("y", "c2", search("gloves", &["p1"])))
        .await
        .status(204);
    assert_eq!(personal(&server, "c1", "query:2").await, "hats gloves");
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(std::fs::read(path).expect("a readable file"));
        }
    }
    found
}

#[tokio::test]
async fn no_client_or_customer_is_on_the_disk_in_clear() {
    const CLIENT: &str = "client-401267318254711900";
    const CUSTOMER: &str = "customer-jane-doe";
    const EVENT: &str = "event-9f1c2a44";
    let data = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder().data_dir(data.path()).start().await;
    server.site().replace([item("p1")]).await.ok();
    for (at, keys) in [search("telling words", &["p1"]), click("p1")]
        .into_iter()
        .enumerate()
    {
        let mut event = event(format!("{EVENT}-{at}"), CLIENT, keys);
        event["customer_id"] = json!(CUSTOMER);
        send(&server, &event).await.status(204);
    }
    let site = data.path().join("sites").join(TRACKER_ID);
    let has = |text: &str| {
        let holds = |file: &Vec<u8>| file.windows(text.len()).any(|part| part == text.as_bytes());
        files(&site).iter().any(holds)
    };
    assert!(has("telling words"), "the events are there");
    for secret in [CLIENT, CUSTOMER, EVENT, "401267318254711900"] {
        assert!(!has(secret), "{secret}");
    }
    server.stop().await;
    assert!(has("telling words") && !has(CLIENT) && !has(CUSTOMER) && !has(EVENT));
}

#[tokio::test]
async fn a_hand_kept_list_says_which_queries_are_never_shown() {
    let server = TestServer::builder()
        .set_for_site("rules.never_suggested", "[\"Bad  Wörd\"]")
        .start()
        .await;
    server.site().replace([item("p1")]).await.ok();
    for client in ["c1", "c2", "c3"] {
        for (at, query) in ["bad word", "good word"].iter().enumerate() {
            let id = format!("{client}-{at}");
            send(&server, &event(id, client, search(query, &["p1"])))
                .await
                .status(204);
        }
    }
    assert_eq!(top(&server, "query:5").await, "good word");
    assert_eq!(personal(&server, "c1", "query:5").await, "good word");
    assert_eq!(
        super::trending(&server).await,
        json!([{"title": "good word"}])
    );
}
