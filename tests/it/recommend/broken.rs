//! What a broken file of events takes away: what was learnt of it, and nothing else.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::{asked, entries, marked, often, send, shop};
use crate::support::{TRACKER_ID, TestServer};

/// Those that stand on what was learnt, and one that does not.
const MODELS: [&str; 8] = [
    "item_detail_alternatives",
    "item_detail_complements",
    "basket",
    "favorites",
    "user_click_based",
    "last_seen",
    "trends",
    "news",
];

fn file_in(folder: &Path) -> PathBuf {
    folder.join("sites").join(TRACKER_ID).join("events.db")
}

async fn start(folder: &Path) -> TestServer {
    TestServer::builder().data_dir(folder).start().await
}

/// A shop where hats go with socks, and its folder.
async fn stopped_shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path()).await;
    server.site().replace(shop()).await.ok();
    let mut events = often("pair", 6, &["s1", "h2"]);
    // What everybody buys anyway goes with nothing.
    events.extend(often("noise", 20, &["l2"]));
    send(&server, &events).await;
    let (urls, marks) = complements(&server).await;
    assert!(
        urls.starts_with("h2") && marks.starts_with("-f"),
        "{urls} {marks}"
    );
    server.stop().await;
    folder
}

async fn complements(server: &TestServer) -> (String, String) {
    let of_sock = json!({"item_ids": ["s1"], "size": 4});
    marked(server, "item_detail_complements_1", of_sock).await
}

/// Every model answers, and only what stands in for what was learnt.
async fn check(folder: &Path) -> String {
    let server = start(folder).await;
    for model in MODELS {
        let keys = json!({"item_ids": ["s1"], "user_id": "pair-1"});
        entries(&server, &json!([asked(model, keys)])).await;
    }
    let (urls, marks) = complements(&server).await;
    assert!(
        marks.contains('f') && !marks.contains('-'),
        "{urls} {marks}"
    );
    let top = format!("/v1/top_items?tracker_id={TRACKER_ID}&type=item:3");
    server.get(&top).await.status(200);
    server.site().replace(shop()).await.ok();
    assert!(server.site().search("q=s1").await.total() > 0);
    let ready = server.get("/health/ready").await.text();
    server.stop().await;
    ready
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_events_that_is_cut_takes_away_what_was_learnt_and_nothing_else() {
    let folder = stopped_shop().await;
    let whole = std::fs::read(file_in(folder.path())).expect("a file of events");
    for left in [0, 1_000, whole.len() / 2] {
        std::fs::write(file_in(folder.path()), &whole[..left]).expect("a writable folder");
        let ready = check(folder.path()).await;
        // An empty file is a new one.
        assert_eq!(ready.contains("events"), left > 0, "{left}: {ready}");
    }
}

/// Writes nothing over the first page of a table.
fn blank(folder: &Path, table: &str) {
    let file = rusqlite::Connection::open(file_in(folder)).expect("a file of events");
    let root = file.query_row(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
        [table],
        |row| row.get::<_, i64>(0),
    );
    let size = file.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0));
    let (root, size) = (root.expect("a page"), size.expect("a size"));
    drop(file);
    let mut file = OpenOptions::new();
    let mut file = { file.write(true) }
        .open(file_in(folder))
        .expect("a file of events");
    file.seek(SeekFrom::Start(((root - 1) * size) as u64))
        .expect("a page");
    file.write_all(&vec![0; size as usize]).expect("a page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_page_of_companions_takes_away_what_was_learnt_and_is_told() {
    let folder = stopped_shop().await;
    blank(folder.path(), "companions");
    let ready = check(folder.path()).await;
    assert!(ready.contains("events cannot be read"), "{ready}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_page_that_nobody_asks_for_is_told_after_a_start() {
    const TRIES: u64 = 1_000;
    let folder = stopped_shop().await;
    blank(folder.path(), "counted");
    let server = start(folder.path()).await;
    let mut tried = 0;
    loop {
        let ready = server.get("/health/ready").await.text();
        if ready.contains("events cannot be read") {
            break;
        }
        tried += 1;
        assert!(tried < TRIES, "{ready}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.site().replace(shop()).await.ok();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_another_type_is_damage_and_is_told() {
    let folder = stopped_shop().await;
    // Only what its tables do not say can be there.
    let file = rusqlite::Connection::open(file_in(folder.path())).expect("a file of events");
    file.execute_batch(
        "PRAGMA writable_schema = ON; \
         UPDATE sqlite_schema SET sql = replace(sql, 'STRICT, WITHOUT', 'WITHOUT') WHERE name = 'companions'",
    )
    .expect("a table");
    drop(file);
    let file = rusqlite::Connection::open(file_in(folder.path())).expect("a file of events");
    let changed = file.execute("UPDATE companions SET score = 'much'", []);
    assert!(changed.expect("a table") > 0);
    drop(file);
    let ready = check(folder.path()).await;
    assert!(ready.contains("events cannot be read"), "{ready}");
}
