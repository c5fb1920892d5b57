//! More sites than are awake at a time (docs/operations.md, "Many sites"): what is closed while nobody uses it, and
//! opened again for whoever comes. Invariant: nobody who sends or asks can tell, but by the figures.

mod figures;
mod hammered;
#[cfg(target_os = "linux")]
mod held;
mod kills;
mod sleeping;

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Figures, Launch, ServerProcess, SiteClient, ask_with, eventually, get};

/// How to start a server of so many sites, of which so many are awake at a time.
fn launch(folder: &Path, sites: usize, awake_max: usize) -> Launch {
    let mut launch = Launch::without_site(folder)
        .setting("STORAGE__AWAKE_SITES_MAX", &awake_max.to_string())
        .setting("STORAGE__DISK_RESERVE_BYTES", "0");
    for at in 0..sites {
        launch = launch
            .setting(&format!("SITES__{at}__TRACKER_ID"), &id(at))
            .setting(&format!("SITES__{at}__PRIVATE_KEY"), &format!("key-{at}"));
    }
    launch
}

async fn start(launch: &Launch) -> ServerProcess {
    let server = launch.start();
    server.ready().await;
    server
}

fn id(site: usize) -> String {
    format!("{}-{}", 100 + site, 100 + site)
}

fn client(server: &ServerProcess, site: usize) -> SiteClient {
    SiteClient::new(server.base(), &id(site), &format!("key-{site}"))
}

async fn figures(server: &ServerProcess) -> Figures {
    let page = get(&format!("{}/metrics", server.base())).await.status(200);
    Figures::read(&page.text())
}

async fn awake(server: &ServerProcess) -> usize {
    figures(server).await.value("vetrina_sites_awake", &[]) as usize
}

async fn until_awake_are(server: &ServerProcess, most: usize) {
    eventually("sites to fall asleep", async || {
        (awake(server).await <= most).then_some(())
    })
    .await;
}

/// Searches a visitor's page told of, one event each.
async fn send_searches(server: &ServerProcess, site: usize, query: &str, clients: usize) {
    let events = (0..clients).map(|at| {
        json!({"id": format!("{site}-{query}-{at}"), "tracker_id": id(site), "client_id": format!("c{at}"),
            "type": "event", "lists": {"Search Results": {"query": {"string": query}, "items": [
                {"title": "T", "type": "item", "url": "p0", "position": 1}]}}})
    });
    let body = Value::Array(events.collect()).to_string();
    let json = [("Content-Type", "application/json")];
    let answer = ask_with("POST", &format!("{}/v1/events", server.base()), &json, body).await;
    assert!((200..300).contains(&answer.status), "{}", answer.text());
}
