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

use crate::support::{Answer, SiteClient, TRACKER_ID, TestServer, ask_with};

/// Sends one event or a list of them, as a page does.
async fn send(server: &TestServer, body: &Value) -> Answer {
    send_to(&server.base(), "/v1/events", body).await
}

async fn send_to(base: &str, path: &str, body: &Value) -> Answer {
    let json = [("Content-Type", "application/json")];
    ask_with("POST", &format!("{base}{path}"), &json, body.to_string()).await
}

/// An event of the usual site with these keys beside the envelope's.
fn event(id: impl Into<Value>, client: &str, keys: Value) -> Value {
    let mut event = json!({"id": id.into(), "tracker_id": TRACKER_ID, "client_id": client});
    let Value::Object(keys) = keys else {
        panic!("keys of an event are a map");
    };
    event.as_object_mut().expect("a map").extend(keys);
    event
}

fn search(query: &str, items: &[&str]) -> Value {
    let items = items
        .iter()
        .enumerate()
        .map(|(at, url)| json!({"title": "T", "type": "item", "url": url, "position": at + 1}));
    json!({"type": "event", "lists": {"Search Results": {
        "items": items.collect::<Vec<_>>(), "query": {"string": query}}}})
}

fn click(item: &str) -> Value {
    json!({"type": "click", "action": {"type": "click", "resource_identifier": item}})
}

/// A product that can be had.
fn bought(items: &[&str]) -> Value {
    let lines = items
        .iter()
        .map(|item| json!({"url": item, "count": 1, "total_price": 1}));
    json!({"type": "transaction", "items": lines.collect::<Vec<_>>()})
}

fn item(identity: &str) -> Value {
    json!({"identity": identity, "type": "item", "fields": {"title": identity, "availability": 1}})
}

/// Urls of the hits, joined by blanks.
fn urls(answer: &Value) -> String {
    let hits = answer["hits"].as_array().expect("a list of hits");
    let urls = hits.iter().map(|hit| hit["url"].as_str().expect("a url"));
    urls.collect::<Vec<_>>().join(" ")
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
