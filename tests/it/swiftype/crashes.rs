//! `kill -9` while batches are submitted: what was answered is there, and every receipt says what became
//! of its document (docs/reference/10-swiftype.md §5).

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Client, ENGINE, KEY, document, list};
use crate::support::{Chance, Launch, RawConnection, ServerProcess};

const BATCHES: usize = 100;
const BATCH: usize = 100;
const CONNECTIONS: usize = 4;
const KILLS: usize = 3;
/// The server is killed at some moment before this.
const KILL_BEFORE_MS: u64 = 400;
/// Of each batch, every document at such a place gives a field another type.
const BAD_EVERY: usize = 10;

const CONFLICT: &str =
    "Invalid type for title: Got enum, but title is already defined as string in schema.";

fn launch(data_dir: &Path) -> Launch {
    Launch::without_site(data_dir)
        .setting("SWIFTYPE__API_KEYS", &format!("[{KEY:?}]"))
        .setting("SWIFTYPE__ENGINES", &format!("[{ENGINE:?}]"))
}

fn batch(number: usize) -> Value {
    let documents: Vec<Value> = (0..BATCH)
        .map(|place| {
            let kind = if place % BAD_EVERY == 3 {
                "enum"
            } else {
                "string"
            };
            let title = format!("title of {place} in {number}");
            document(
                &format!("{number}-{place}"),
                &[("title", json!(title), kind)],
            )
        })
        .collect();
    json!({"auth_token": KEY, "documents": documents})
}

/// Batches that were not answered yet, and the receipts of those that were.
#[derive(Default)]
struct Work {
    to_do: Mutex<Vec<usize>>,
    receipts: Mutex<HashMap<usize, Vec<Value>>>,
}

/// Submits batch after batch until all are answered or the server is gone.
async fn submit_all(work: Arc<Work>, mut connection: RawConnection) {
    loop {
        let Some(number) = work.to_do.lock().expect("no panic").pop() else {
            return;
        };
        let body = batch(number).to_string();
        let path = "/api/v1/engines/bookstore/document_types/books/documents/\
                    async_bulk_create_or_update.json";
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n");
        connection.send(head + &body).await;
        let Some(answer) = connection.try_answer().await else {
            work.to_do.lock().expect("no panic").push(number);
            return;
        };
        assert_eq!(answer.status, 202, "{}", answer.text());
        let receipts = list(&answer.json()["document_receipts"]).to_vec();
        assert_eq!(receipts.len(), BATCH);
        work.receipts
            .lock()
            .expect("no panic")
            .insert(number, receipts);
    }
}

async fn submitting(server: &ServerProcess, work: &Arc<Work>) -> JoinSet<()> {
    let mut running = JoinSet::new();
    let address = server.base().trim_start_matches("http://");
    for _ in 0..CONNECTIONS {
        let connection = RawConnection::open(address).await;
        running.spawn(submit_all(Arc::clone(work), connection));
    }
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_documents_survive_three_kills() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let launch = launch(folder.path());
    let mut chance = Chance::new();
    let work = Arc::new(Work::default());
    work.to_do
        .lock()
        .expect("no panic")
        .extend((0..BATCHES).rev());

    let server = launch.start();
    server.ready().await;
    let first = document("first", &[("title", json!("first"), "string")]);
    let books = Client::new(server.base(), KEY).make_type("books").await;
    books.put(first).await;
    let mut server = Some(server);
    for _ in 0..KILLS {
        let running = match server.take() {
            Some(server) => server,
            None => launch.start(),
        };
        running.ready().await;
        let submitting = submitting(&running, &work).await;
        tokio::time::sleep(Duration::from_millis(chance.below(KILL_BEFORE_MS))).await;
        running.kill();
        submitting.join_all().await;
    }
    let server = launch.start();
    server.ready().await;
    submitting(&server, &work).await.join_all().await;

    let client = Client::new(server.base(), KEY);
    let receipts = std::mem::take(&mut *work.receipts.lock().expect("no panic"));
    assert_eq!(receipts.len(), BATCHES, "{chance:?}");
    for (number, accepted) in &receipts {
        let settled = client.settled(&json!(accepted)).await;
        for (place, receipt) in settled.iter().enumerate() {
            let is_bad = place % BAD_EVERY == 3;
            let expected = if is_bad { "failed" } else { "complete" };
            let context = format!("{number}-{place}: {receipt}, {chance:?}");
            assert_eq!(receipt["status"], expected, "{context}");
            assert_eq!(
                receipt["external_id"],
                format!("{number}-{place}"),
                "{context}"
            );
            let errors = if is_bad { json!([CONFLICT]) } else { json!([]) };
            assert_eq!(receipt["errors"], errors, "{context}");
        }
    }
    // All are found, each by its words.
    let good = BATCHES * BATCH - BATCHES * (BATCH / BAD_EVERY) + 1;
    let path = format!("/engines/{ENGINE}/document_types/books");
    let found = client
        .get(&format!("{path}/search?per_page=1"))
        .await
        .json();
    assert_eq!(
        found["info"]["books"]["total_result_count"], good,
        "{chance:?}"
    );
    assert_eq!(
        client.get(&path).await.json()["document_count"],
        good,
        "{chance:?}"
    );
    for number in 0..BATCHES {
        let external_id = format!("{number}-{}", chance.below(3));
        let filter = format!("filters[books][external_id]={external_id}");
        let found = client
            .get(&format!("{path}/search?q=title&{filter}"))
            .await
            .json();
        assert_eq!(
            found["record_count"], 1,
            "{external_id}, {chance:?}: {found}"
        );
    }
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}
