//! `kill -9` while an update by query runs: the next start goes on with it, nothing is done twice and
//! nothing is left out.

use std::time::Duration;

use serde_json::{Value, json};

use super::Home;
use crate::support::{Chance, ServerProcess, SiteClient, eventually, product};

/// Objects that the update changes,
const CHANGED: usize = 4_000;
/// and some that it cannot: they have as many attributes as an object may have.
const FULL: usize = 7;
const KILLS: usize = 4;
/// After what it waits for, the server is killed at some moment before this.
const KILL_BEFORE_MS: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_was_killed_completes_with_the_right_counts() {
    let home = Home::new();
    let mut chance = Chance::new();
    let server = home.start().await;
    fill(&server.site()).await;
    let job = server
        .site()
        .start_update(json!({"sku": "a"}), json!({"new": 1}))
        .await;
    // Killed before it knows what to change,
    let mut server = kill_and_start(&home, server, &mut chance).await;
    // and again and again while it changes.
    let mut changed = 0;
    for _ in 0..KILLS {
        changed = more_changed(&server.site(), changed).await;
        server = kill_and_start(&home, server, &mut chance).await;
    }
    assert!(changed > 0);
    let site = server.site();
    let ended = site.ended_job(job).await;
    let context = format!("{chance:?}");
    assert_eq!(ended["updates_count"], CHANGED, "{context}");
    assert_eq!(ended["failures_count"], FULL, "{context}");
    let failures = ended["failures"].as_object().expect("an object");
    assert_eq!(failures.len(), FULL, "{context}");
    let too_many = json!({"fields": ["must have at most 1000 attributes"]});
    for n in 0..FULL {
        let failure = &failures[&format!("full{n}")];
        assert_eq!(failure["caused_by"], too_many, "{context}");
    }
    let changed = site.search("f[]=new:1&size=0").await.total();
    assert_eq!(changed, CHANGED as u64, "{context}");
    // Jobs go on to be counted where they were.
    let next = site.start_update(json!({"sku": "b"}), json!({"new": 1}));
    assert_eq!(next.await, job + 1);
    home.end(server, &context);
}

async fn kill_and_start(home: &Home, server: ServerProcess, chance: &mut Chance) -> ServerProcess {
    tokio::time::sleep(Duration::from_millis(chance.below(KILL_BEFORE_MS))).await;
    server.kill();
    home.start().await
}

/// Waits until more objects are changed than before, or all are; how many.
async fn more_changed(site: &SiteClient, before: u64) -> u64 {
    eventually("progress", async || {
        let changed = site.search("f[]=new:1&size=0").await.total();
        (changed > before || changed == CHANGED as u64).then_some(changed)
    })
    .await
}

/// What can be changed and what cannot stand among each other.
async fn fill(site: &SiteClient) {
    let object = |n: usize| product(&format!("p{n}")).field("sku", "a");
    let all: Vec<Value> = (0..CHANGED).map(|n| object(n).into()).collect();
    let part = CHANGED / FULL + 1;
    for (n, some) in all.chunks(part).enumerate() {
        let mut some = some.to_vec();
        some.insert(some.len() / 2, full(n));
        site.replace(some).await.ok();
    }
}

fn full(n: usize) -> Value {
    let mut full = product(&format!("full{n}")).field("sku", "a");
    for attribute in 2..1_000 {
        full = full.field(&format!("a{attribute}"), 1);
    }
    full.into()
}
