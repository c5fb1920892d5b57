//! What those can do who have no key, and a shop by mistake: each attack beside an honest client, none of whose
//! requests is refused, and within the memory that the settings allow.

mod answers;
mod bodies;
mod connections;
mod framing;
mod heavy_bodies;
mod stored;

use std::future::Future;

use serde_json::json;

use crate::support::{SiteClient, product};

/// Writes and searches of an honest client, one round after the other, while the attack goes on and a few
/// times more; none may be refused.
async fn beside<T>(attack: impl Future<Output = T>, site: &SiteClient, rounds_min: usize) -> T {
    let mut attack = std::pin::pin!(attack);
    let mut outcome = None;
    let mut rounds = 0;
    while outcome.is_none() || rounds < rounds_min {
        let round = honest_round(site, rounds);
        if outcome.is_none() {
            let mut round = std::pin::pin!(round);
            tokio::select! {
                done = &mut attack => {
                    outcome = Some(done);
                    round.await;
                }
                () = &mut round => {}
            }
        } else {
            round.await;
        }
        rounds += 1;
    }
    outcome.expect("the attack ended")
}

async fn honest_round(site: &SiteClient, number: usize) {
    // The second is as large as batches of shops are; the searches below do not find it.
    for (name, bytes) in [("honest", 10), ("batch", 2 << 20)] {
        let object = product(&format!("{name}-{number}"));
        let object: serde_json::Value = object.field("_note", "x".repeat(bytes)).into();
        let body = json!({ "objects": [object] }).to_string();
        let written = site.signed("POST", "/v1/content", body).await;
        assert_eq!(written.status, 201, "{}", written.text());
    }
    let found = site.search_answer("honest").await;
    assert_eq!(found.status, 200, "{}", found.text());
    let found = site.search_post("q=honest", r#"{"filters":{}}"#).await;
    assert_ne!(found.status, 429, "{}", found.text());
    assert_ne!(found.status, 503, "{}", found.text());
}
