//! Files of objects (docs/reference/02-content.md §8), fetched from servers on loopback that are explicitly allowed.

pub(crate) mod changes;
#[cfg(feature = "files")]
mod documents;
mod hostile;
mod kills;
mod looks;
mod off;
mod patches;
mod plain_text;
mod refused;
mod reserve;
mod retries;
mod upgrade;

use std::fmt::Display;

use serde_json::Value;

use crate::support::{
    FileHost, ObjectJson, SiteClient, TestServer, TestServerBuilder, eventually, object,
};

/// A server that fetches from a host of a test, with further keys of `[files]`.
fn fetching(hosts: &[&FileHost], more: &str) -> TestServerBuilder {
    TestServer::builder().sections(&section(hosts, more))
}

pub(crate) fn section(hosts: &[&FileHost], more: &str) -> String {
    let ports: Vec<u16> = hosts.iter().map(|host| host.port()).collect();
    format!(
        "[files]\nenabled = true\nallow_networks = [\"127.0.0.0/8\"]\nallow_ports = {ports:?}\nfirst_retry_s = 1\n{more}\n"
    )
}

pub(crate) fn file(identity: &str, url: impl Display) -> ObjectJson {
    object("_file", identity).field("url", url.to_string())
}

/// Waits until an object says of its file what is expected; the object as a search shows it.
pub(crate) async fn in_state(site: &SiteClient, identity: &str, state: &str) -> Value {
    eventually(&format!("`{identity}` to be {state}"), async || {
        let found = site
            .search(&format!("f[]=identity:{identity}&size=1"))
            .await;
        let hit = found.hits().first()?.clone();
        (hit["attributes"]["file_state"] == serde_json::json!([state])).then_some(hit)
    })
    .await
}

/// Identities of what a phrase meets, sorted.
pub(crate) async fn meets(site: &SiteClient, words: &str) -> Vec<String> {
    let mut found = site.search(words).await.identities();
    found.sort();
    found
}
