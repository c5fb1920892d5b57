//! What visits are told apart by: variants of A/B tests and contexts (docs/reference/06-autocomplete-and-others.md §6.2,
//! §6.4), counted by day and told in `vetrina events report`.

use std::path::Path;

use serde_json::{Value, json};

use super::{bought, click, event, forget, item, search, send};
use crate::support::{HandClock, TestServer, vetrina};

/// The lines of the report that tell of groups, without the blanks before them.
async fn told(folder: &Path) -> Vec<String> {
    let mut command = vetrina(&["events", "report", "--data-dir"]);
    command.arg(folder);
    let ran = tokio::task::spawn_blocking(move || command.output().expect("the binary runs"));
    let output = ran.await.expect("it ran");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines = text.lines().map(|line| line.trim().to_owned());
    let is_group = |line: &String| line.contains(" variant \"") || line.contains("in context");
    lines.filter(is_group).collect()
}

/// An event with one more key.
fn with(mut event: Value, key: &str, value: Value) -> Value {
    event[key] = value;
    event
}

fn variant_of_list(list: &str, variant: &str, items: &[&str]) -> Value {
    let mut keys = search("hat", items);
    let lists = keys["lists"].as_object_mut().expect("lists");
    let mut shown = lists.remove("Search Results").expect("the list");
    shown["query"]["filters"] = json!({"_Variant": variant, "RecommenderClientId": "home"});
    lists.insert(list.to_owned(), shown);
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_is_of_the_whole_session_and_of_no_other() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = HandClock::new();
    let start = || {
        let server = TestServer::builder().data_dir(folder.path());
        server.clock(clock.clock()).start()
    };
    let server = start().await;
    server.site().replace([item("p1"), item("p2")]).await.ok();
    let begin = event(1, "c1", search("hat", &["p1"]));
    send(&server, &with(begin, "ab_test_variant", json!("Luigis")))
        .await
        .status(204);
    send(&server, &event(2, "c1", click("p1")))
        .await
        .status(204);
    send(&server, &event(3, "c2", click("p1")))
        .await
        .status(204);
    server.stop().await;
    let one = "visits of variant \"Luigis\": lists 1, clicks 1, conversions 0, bought 0";
    assert_eq!(told(folder.path()).await, [one]);

    // A restart forgets none of it, and the end of the session does.
    let server = start().await;
    send(&server, &event(4, "c1", bought(&["p1", "p2"])))
        .await
        .status(204);
    let two = "visits of variant \"Luigis\": lists 1, clicks 1, conversions 0, bought 2";
    assert_eq!(told(folder.path()).await, [two]);
    let other = event(5, "c3", click("p1"));
    send(&server, &with(other, "ab_test_variant", json!("Original")))
        .await
        .status(204);
    forget(&server.site(), "c3").await.status(200);
    send(&server, &event(6, "c3", click("p1")))
        .await
        .status(204);
    let three = "visits of variant \"Original\": lists 0, clicks 1, conversions 0, bought 0";
    assert_eq!(told(folder.path()).await, [two, three], "of nobody known");
    clock.go_on(31 * 60);
    send(&server, &event(7, "c1", click("p1")))
        .await
        .status(204);
    assert_eq!(told(folder.path()).await, [two, three], "another session");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_counts_for_the_variant_of_the_list_that_showed_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = || TestServer::builder().data_dir(folder.path()).start();
    let server = start().await;
    server.site().replace([item("p1"), item("p2")]).await.ok();
    let events = [
        event(
            1,
            "c1",
            variant_of_list("Search Results", "Luigis", &["p1", "p2"]),
        ),
        event(
            2,
            "c1",
            variant_of_list("Recommendation", "Original", &["p2"]),
        ),
        event(
            3,
            "c1",
            variant_of_list("Product Listing", "Luigis", &["p1"]),
        ),
        event(4, "c1", click("p1")),
        event(
            5,
            "c1",
            json!({"type": "click", "action": {"type": "buy", "resource_identifier": "p2"}}),
        ),
        event(6, "c2", click("p1")),
    ];
    send(&server, &json!(events)).await.status(204);
    server.stop().await;
    let server = start().await;
    send(&server, &event(7, "c1", bought(&["p1"])))
        .await
        .status(204);
    assert_eq!(
        told(folder.path()).await,
        [
            "lists of variant \"Luigis\": lists 2, clicks 1, conversions 0, bought 1",
            "lists of variant \"Original\": lists 1, clicks 0, conversions 1, bought 0",
        ]
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_of_a_context_count_for_their_event_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder().data_dir(folder.path()).start().await;
    server.site().replace([item("p1")]).await.ok();
    let berlin = json!({"warehouse": "berlin", "club": true, "level": 3, "list": [1], "none": null, "blank": " "});
    let events = [
        with(
            event(1, "c1", search("hat", &["p1"])),
            "context",
            berlin.clone(),
        ),
        with(
            event(2, "c1", click("p1")),
            "context",
            json!({"warehouse": "berlin"}),
        ),
        event(3, "c1", click("p1")),
        // Without consent it is counted, and nothing of the client is kept.
        with(
            with(event(4, "c3", click("p1")), "context", berlin),
            "consent_granted",
            json!(false),
        ),
        with(event(5, "c2", click("p1")), "context", json!("no map")),
    ];
    send(&server, &json!(events)).await.status(204);
    assert_eq!(
        told(folder.path()).await,
        [
            "visits in context \"club:true\": lists 1, clicks 1, conversions 0, bought 0",
            "visits in context \"level:3\": lists 1, clicks 1, conversions 0, bought 0",
            "visits in context \"warehouse:berlin\": lists 1, clicks 2, conversions 0, bought 0",
        ]
    );
    server.stop().await;
}

/// Who sends events may invent names: some are counted, and every event is.
#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_groups_are_told_apart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder().data_dir(folder.path()).start().await;
    server.site().replace([item("p1")]).await.ok();
    for round in 0..6 {
        let events: Vec<Value> = (0..100)
            .map(|n| {
                let id = round * 100 + n;
                let event = event(id, &format!("c{id}"), click("p1"));
                with(event, "ab_test_variant", json!(format!("v{id}")))
            })
            .collect();
        send(&server, &json!(events)).await.status(204);
    }
    assert_eq!(told(folder.path()).await.len(), 500);
    assert_eq!(super::top(&server, "item:1").await, "p1");
    server.stop().await;
}
