//! Events of visitors and what is made of them (docs/reference/06-autocomplete-and-others.md §3, §4, §6), through
//! the public door.

mod behaviour;
mod cases;
mod clients;
mod command;
mod durability;
mod fuzz;
mod groups;
mod limits;
mod own_queries;
mod queries;
mod replay;
mod room;
mod suggestions;
mod transport;

use serde_json::{Value, json};

use crate::support::visitors::{bought, click, event, search, urls};
use crate::support::{Answer, SiteClient, TRACKER_ID, TestServer, ask_with};

/// Sends one event or a list of them, as a page does.
async fn send(server: &TestServer, body: &Value) -> Answer {
    send_to(&server.base(), "/v1/events", body).await
}

async fn send_to(base: &str, path: &str, body: &Value) -> Answer {
    let json = [("Content-Type", "application/json")];
    ask_with("POST", &format!("{base}{path}"), &json, body.to_string()).await
}

/// A product that can be had.
fn item(identity: &str) -> Value {
    json!({"identity": identity, "type": "item", "fields": {"title": identity, "availability": 1}})
}

async fn top(server: &TestServer, types: &str) -> String {
    let path = format!("/v1/top_items?tracker_id={TRACKER_ID}&type={types}");
    urls(&server.get(&path).await.status(200).json())
}

async fn trending(server: &TestServer) -> Value {
    let path = format!("/v2/trending_queries?tracker_id={TRACKER_ID}");
    server.get(&path).await.status(200).json()
}

async fn personal(server: &TestServer, user: &str, types: &str) -> String {
    let path =
        format!("/v1/personalized_top_items?tracker_id={TRACKER_ID}&user_id={user}&type={types}");
    urls(&server.get(&path).await.status(200).json())
}

async fn forget(site: &SiteClient, client: &str) -> Answer {
    let path = format!("/v1/events/clients/{client}");
    site.signed("DELETE", &path, Vec::new()).await
}
