//! PATCH and GET `/v1/update_by_query` (docs/reference/03-update-by-query-and-generations.md §1 to §3).

mod changing;
mod matching;
mod naive;
mod requests;

use serde_json::{Value, json};

use crate::support::SiteClient;

fn complete(updates: usize) -> Value {
    json!({"tracker_id": "1234-5678", "status": "complete", "updates_count": updates,
           "failures_count": 0, "failures": {}})
}

/// Attributes of an object as a search returns them.
async fn attributes(site: &SiteClient, identity: &str) -> Value {
    let found = site.search(&format!("f[]=identity:{identity}")).await;
    found.hit(identity)["attributes"].clone()
}

/// Identities of the products whose `mark` was set.
async fn marked(site: &SiteClient) -> Vec<String> {
    let found = site.search("f[]=mark:x&size=200").await;
    let mut identities = found.identities();
    identities.sort();
    identities
}
