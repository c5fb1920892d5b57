//! `vetrina events import` and `report`.

use std::process::{Command, Output};

use serde_json::json;

use super::{item, personal, send, top};
use crate::support::{PRIVATE_KEY, TRACKER_ID, TestServer, vetrina};

fn import(server: &TestServer, file: &std::path::Path) -> Command {
    let mut command = vetrina(&["events", "import"]);
    command
        .arg(file)
        .args([
            "--url",
            &server.base(),
            "--tracker",
            TRACKER_ID,
            "--key",
            PRIVATE_KEY,
        ])
        .args(["--batch", "2"]);
    command
}

async fn run(mut command: Command) -> (i32, String, String) {
    let ran = tokio::task::spawn_blocking(move || command.output().expect("the binary runs"));
    let Output {
        status,
        stdout,
        stderr,
    } = ran.await.expect("it ran");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (
        status.code().expect("it ended by itself"),
        text(stdout),
        text(stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn past_orders_make_objects_popular_and_are_counted_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::start().await;
    server
        .site()
        .replace([item("p1"), item("p2"), item("p3")])
        .await
        .ok();
    let now = vetrina::domain::Clock::system().now().to_string();
    let csv = folder.path().join("orders.CSV");
    let lines = format!(
        "1,p3,u-77,{now}\n\n1,p2,u-77,{now}\r\n2,p3,,{now}\n3,p1,u,2001-01-01 10:00:00\n4,p1,u\n5,p1,u,soon\n"
    );
    std::fs::write(&csv, lines).expect("a writable folder");
    let (code, out, told) = run(import(&server, &csv)).await;
    assert_eq!(
        out, "2 events counted, 0 were counted before, 3 refused\n",
        "{told}"
    );
    assert_eq!(code, 1);
    for words in [
        "line 5: is of a time that is not counted",
        "line 6: has 3 cells instead of 4",
        "line 7: `soon` is no time",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(top(&server, "item:3").await, "p3 p2 p1");
    let (_, out, _) = run(import(&server, &csv)).await;
    assert_eq!(out, "0 events counted, 2 were counted before, 3 refused\n");
    assert_eq!(top(&server, "item:3").await, "p3 p2 p1");
}

#[tokio::test(flavor = "multi_thread")]
async fn past_events_of_any_age_are_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder()
        .set("events.per_session_max", 1)
        .start()
        .await;
    server.site().replace([item("p1"), item("p2")]).await.ok();
    let now = vetrina::domain::Clock::system().now().second();
    let mut lines = Vec::new();
    for client in ["c1", "c2"] {
        for days in [20, 10] {
            let at = now - days * 24 * 60 * 60;
            lines.push(json!({"id": format!("{client}-{days}"), "type": "event", "client_id": client,
                "local_timestamp": at, "lists": {"Search Results": {"query": {"string": "past hats"},
                "items": [{"url": "p2", "title": "T", "type": "item", "position": 1}]}}}));
            lines.push(json!({"id": format!("{client}-{days}-click"), "type": "click", "client_id": client,
                "local_timestamp": at + 60, "action": {"type": "click", "resource_identifier": "p2"}}));
        }
    }
    lines.push(json!({"id": "z", "type": "pv"}));
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let file = folder.path().join("events.ndjson");
    std::fs::write(&file, text.join("\n")).expect("a writable folder");
    let (code, out, told) = run(import(&server, &file)).await;
    assert_eq!(
        out, "8 events counted, 0 were counted before, 1 refused\n",
        "{told}"
    );
    assert_eq!((code, told.as_str()), (1, "line 9: client_id is missing\n"));
    assert_eq!(top(&server, "item:1,query:1").await, "p2 past hats");
    assert_eq!(personal(&server, "c1", "query:1").await, "past hats");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_ends_the_import() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::start().await;
    let file = folder.path().join("events.csv");
    std::fs::write(&file, "1,p1,u,2026-01-31\n").expect("a writable folder");
    let mut command = vetrina(&["events", "import"]);
    command.arg(&file).args([
        "--url",
        &server.base(),
        "--tracker",
        TRACKER_ID,
        "--key",
        "wrong",
    ]);
    let (code, _, told) = run(command).await;
    assert_eq!(code, 2);
    assert!(told.contains("401"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_names_what_was_searched_for_in_vain() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder().data_dir(folder.path()).start().await;
    server.site().replace([item("p1")]).await.ok();
    for id in 0..3 {
        let searched = |query: &str, items: &[&str]| {
            let id = format!("{query}-{id}");
            super::event(id, "c1", super::search(query, items))
        };
        for event in [
            searched("Unobtainium", &[]),
            searched("dull", &["p1"]),
            searched("good", &["p1"]),
        ] {
            send(&server, &event).await.status(204);
        }
    }
    let mut both = super::event("click", "c1", super::click("p1"));
    both["local_timestamp"] = json!(null);
    // The latest list that showed it is that of the last query.
    send(&server, &both).await.status(204);
    let mut command = vetrina(&["events", "report", "--data-dir"]);
    command.arg(folder.path());
    let (code, out, told) = run(command).await;
    assert_eq!(code, 0, "{told}");
    let expected = format!(
        "{TRACKER_ID}: queries of the last 30 days\n  found nothing: 1\n    \"Unobtainium\": searches 3, of them without results 3\n  nothing was clicked: 1\n    \"dull\": searches 3, of them without results 0\n"
    );
    assert_eq!(out, expected);
    let page = server.get("/metrics").await.text();
    for name in [
        "vetrina_queries_without_results",
        "vetrina_queries_without_clicks",
    ] {
        let line = format!("{name}{{site=\"{TRACKER_ID}\"}} 1\n");
        assert!(page.contains(&line), "{line}{page}");
    }
}
