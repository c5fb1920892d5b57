//! More at once than the server can hold: what does not fit is turned away, nothing that was
//! acknowledged is lost, and memory stays within what the settings allow.

use serde_json::json;

use crate::support::{Launch, eventually};

const CLIENTS: usize = 64;

/// With the envelope, just within the default limit of 5 MiB.
const BATCH_BYTES: usize = 5_200_000;

const MIB: usize = 1 << 20;

/// What may grow with what clients send, and how far.
const SETTINGS: [(&str, usize); 4] = [
    ("LIMITS__BODIES_BYTES_MAX", 96 * MIB),
    ("LIMITS__WRITE_QUEUE_BYTES", 32 * MIB),
    ("STORAGE__PAGE_CACHE_BYTES", 16 * MIB),
    ("STORAGE__INDEX_MEMORY_BYTES", 32 * MIB),
];

/// For everything else: the program, its threads, buffers of connections, what is being written.
/// All batches at once, as objects, would be several times that.
const BESIDE_SETTINGS: usize = 200 * MIB;

/// Batches of small objects, each under another number.
fn batches() -> (Vec<String>, usize) {
    let mut objects = Vec::new();
    let mut bytes = 0;
    while bytes < BATCH_BYTES {
        let position = objects.len();
        let color = ["blue", "grey", "green"][position % 3];
        let object = json!({
            "identity": format!("<number>-{position}"),
            "type": "product",
            "fields": {
                "title": format!("Product {position} of batch <number>"),
                "batch": "<number>",
                "price": format!("{}.90 EUR", position % 1000),
                "color": color,
                "description": format!("word{} {}", position % 5000, "to carry around ".repeat(40)),
            },
        });
        bytes += object.to_string().len() + 1;
        objects.push(object);
    }
    let count = objects.len();
    let body = json!({ "objects": objects }).to_string();
    let numbered = |number: usize| body.replace("<number>", &format!("b{number}"));
    ((0..CLIENTS).map(numbered).collect(), count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_large_batches_is_bounded_and_costs_nothing_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut launch = Launch::new(folder.path());
    for (name, bytes) in SETTINGS {
        launch = launch.setting(name, &bytes.to_string());
    }
    // A test machine may be slow; that is not what is tested.
    for name in ["WRITE_TIMEOUT_MS", "BODY_TIMEOUT_MS"] {
        launch = launch.setting(&format!("LIMITS__{name}"), "120000");
    }
    let server = launch.setting("LIMITS__BODY_BYTES_PER_S_MIN", "1").start();
    server.ready().await;
    let (bodies, count) = batches();
    let clients: Vec<_> = bodies
        .iter()
        .map(|body| {
            let (site, body) = (server.site(), body.clone());
            tokio::spawn(async move { site.signed("POST", "/v1/content", body).await })
        })
        .collect();
    let mut acknowledged = Vec::new();
    let mut refused = None;
    for (number, client) in clients.into_iter().enumerate() {
        let answer = client.await.expect("every client is answered");
        match answer.status {
            201 => {
                assert_eq!(answer.json()["ok_count"], count);
                acknowledged.push(number);
            }
            429 | 503 => {
                let wait = answer.header("retry-after").map(str::parse::<u32>);
                assert!(matches!(wait, Some(Ok(1..))), "{wait:?}");
                refused = Some(number);
            }
            _ => panic!("{} {}", answer.status, answer.text()),
        }
    }
    let allowed = SETTINGS.map(|(_, bytes)| bytes).iter().sum::<usize>() + BESIDE_SETTINGS;
    let peak = server.peak_memory();
    assert!(peak <= allowed, "{} of {} MiB", peak / MIB, allowed / MIB);
    assert!(!acknowledged.is_empty(), "nothing got through");

    let again = refused.expect("all of it fits: this tests nothing");
    let site = server.site();
    eventually("room for one of the refused", async || {
        let body = bodies[again].clone();
        let answer = site.signed("POST", "/v1/content", body).await;
        (answer.status == 201).then_some(())
    })
    .await;
    acknowledged.push(again);
    for number in acknowledged {
        eventually("what was acknowledged", async || {
            let found = site.search(&format!("f[]=batch:b{number}&size=0")).await;
            (found.total() == count as u64).then_some(())
        })
        .await;
    }
}
