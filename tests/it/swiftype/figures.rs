//! How fast documents become searchable: `cargo test --release --test it -- --ignored --nocapture
//! swiftype_figures`. Prints, and asserts nothing of time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Client, KEY, document, list, server};
use crate::support::{RawConnection, TestServer};

const CONNECTIONS: usize = 4;
const BATCHES: usize = 200;
const BATCH: usize = 100;
const IDLE_ROUNDS: usize = 20;

fn batch(number: usize) -> Value {
    let text = "A sentence about nothing much, as long as an abstract may be. ".repeat(8);
    let documents = (0..BATCH).map(|place| {
        let fields = [
            (
                "title",
                json!(format!("Title {place} of {number}")),
                "string",
            ),
            ("body", json!(text), "text"),
            ("genre", json!(format!("genre {}", place % 7)), "enum"),
            ("pages", json!(place), "integer"),
        ];
        document(&format!("{number}-{place}"), &fields)
    });
    documents.collect()
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

fn told(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let [median, p99] = [0.5, 0.99].map(|share| percentile(&times, share));
    eprintln!("{what}: p50 {median:?}, p99 {p99:?}, of {}", times.len());
}

/// One connection that stays open, as clients keep theirs.
struct Wire(RawConnection);

impl Wire {
    async fn open(server: &TestServer) -> Self {
        let base = server.base();
        Self(RawConnection::open(base.trim_start_matches("http://")).await)
    }

    async fn post(&mut self, path: &str, mut body: Value) -> Value {
        body["auth_token"] = KEY.into();
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n"
        );
        let answer = self.0.exchange(head + &body).await;
        assert!(answer.status < 300, "{}", answer.text());
        answer.json()
    }

    async fn submit(&mut self, documents: Value) -> Value {
        let body = json!({ "documents": documents });
        let path = "/engines/bookstore/document_types/books/documents/async_bulk_create_or_update";
        self.post(path, body).await["document_receipts"].clone()
    }

    async fn poll(&mut self, receipts: &Value) -> Value {
        let ids: Vec<&Value> = list(receipts).iter().map(|one| &one["id"]).collect();
        self.post("/document_receipts", json!({ "ids": ids })).await
    }

    async fn settle(&mut self, receipts: &Value) {
        let is_pending = |polled: &Value| list(polled).iter().any(|one| one["status"] == "pending");
        while is_pending(&self.poll(receipts).await) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; takes half a minute"]
async fn swiftype_figures() {
    let server = server().await;
    let books = Client::of(&server).make_type("books").await;
    books
        .index(json!([document(
            "first",
            &[("title", json!("x"), "string")]
        )]))
        .await;

    let began = Instant::now();
    let mut running = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let mut wire = Wire::open(&server).await;
        running.spawn(async move {
            let mut last = Value::Null;
            for number in (connection..BATCHES).step_by(CONNECTIONS) {
                last = wire.submit(batch(number)).await;
            }
            wire.settle(&last).await;
        });
    }
    running.join_all().await;
    let took = began.elapsed();
    let documents = BATCHES * BATCH;
    let rate = documents as f64 / took.as_secs_f64();
    eprintln!("{documents} documents from submit to complete in {took:?}: {rate:.0} a second");

    let mut wire = Wire::open(&server).await;
    let receipts = wire.submit(batch(0)).await;
    wire.settle(&receipts).await;
    let mut polls = Vec::new();
    for _ in 0..500 {
        let began = Instant::now();
        wire.poll(&receipts).await;
        polls.push(began.elapsed());
    }
    told("a poll of 100 receipts", polls);

    let mut idle = Vec::new();
    for round in 0..IDLE_ROUNDS {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let began = Instant::now();
        let one = document(
            "one",
            &[("title", json!(format!("round {round}")), "string")],
        );
        let receipts = wire.submit(json!([one])).await;
        wire.settle(&receipts).await;
        idle.push(began.elapsed());
    }
    told("from an idle submit to `complete`", idle);
}
