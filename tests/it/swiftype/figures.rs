//! How fast documents become searchable: `cargo test --release --test it -- --ignored --nocapture
//! swiftype_figures`. Prints, and asserts nothing of time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Client, document, list, server};

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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; takes half a minute"]
async fn swiftype_figures() {
    let server = server().await;
    let client = Client::of(&server);
    let books = client.make_type("books").await;
    books
        .index(json!([document(
            "first",
            &[("title", json!("x"), "string")]
        )]))
        .await;

    let began = Instant::now();
    let mut running = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (books, client) = (books.clone(), client.clone());
        running.spawn(async move {
            let mut last = Value::Null;
            for number in (connection..BATCHES).step_by(CONNECTIONS) {
                last = books.submit(batch(number)).await;
            }
            client.settled(&last).await;
        });
    }
    running.join_all().await;
    let took = began.elapsed();
    let documents = BATCHES * BATCH;
    let rate = documents as f64 / took.as_secs_f64();
    eprintln!("{documents} documents from submit to complete in {took:?}: {rate:.0} a second");

    let receipts = books.submit(batch(0)).await;
    client.settled(&receipts).await;
    let ids: Vec<&Value> = list(&receipts).iter().map(|one| &one["id"]).collect();
    let mut polls = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        client
            .post("/document_receipts", json!({ "ids": ids }))
            .await
            .status(200);
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
        books.index(json!([one])).await;
        idle.push(began.elapsed());
    }
    told("from an idle submit to `complete`", idle);
}
