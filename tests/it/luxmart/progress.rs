//! The lines that an administrator follows a sync by, word for word and in order.

use serde_json::Value;

use crate::sync::{ask_sync, ended, items, launch, source};

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_a_thousand_variants_is_told_in_the_log() {
    let Some(database) = items(1_000).await else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = launch(folder.path(), &source("throttle = 2000"), &database)
        .setting("LOG__FORMAT", "json")
        .start();
    server.ready().await;
    let first = ask_sync(server.base(), "POST", "").await.status(200).json();
    let second = ask_sync(server.base(), "POST", "").await.status(200).json();
    assert_eq!(first["sync_id"], second["sync_id"]);
    // The second one set a run behind the first, which is not of interest here.
    ask_sync(server.base(), "DELETE", "").await.status(200);
    ended(server.base()).await;
    ask_sync(server.base(), "POST", "").await.status(200);
    let status = ended(server.base()).await;
    assert_eq!(status["status"], "complete", "{status}");
    let (exit, log) = server.stop();
    assert!(exit.success(), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["source"] == "items")
        .collect();
    let messages: Vec<&str> = lines
        .iter()
        .filter(|line| line["level"] == "INFO")
        .filter_map(|line| line["message"].as_str())
        .collect();
    let start = "Starting full product sync to Elasticsearch...";
    let last_start = messages.iter().rposition(|message| *message == start);
    let mut wanted = vec![
        start.to_owned(),
        "Found 1000 product variants to index".to_owned(),
    ];
    wanted.extend((1..=10).map(|page| format!("Indexed {}/1000 variants", page * 100)));
    wanted.push("Product sync completed!".to_owned());
    let told = &messages[last_start.expect("a start")..];
    assert_eq!(told, wanted, "{messages:?}");
    assert_eq!(
        messages.iter().filter(|message| **message == start).count(),
        2
    );
}
