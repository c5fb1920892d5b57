//! What visitors of the usual site do, as its pages send it.

use serde::Serialize;
use serde_json::{Value, json};

use super::TRACKER_ID;

/// An event with these keys beside the envelope's.
pub(crate) fn event(id: impl Serialize, client: &str, keys: Value) -> Value {
    let mut event = json!({"id": id, "tracker_id": TRACKER_ID, "client_id": client});
    let Value::Object(keys) = keys else {
        panic!("keys of an event are a map");
    };
    event.as_object_mut().expect("a map").extend(keys);
    event
}

pub(crate) fn search(query: &str, items: &[&str]) -> Value {
    let items = items
        .iter()
        .enumerate()
        .map(|(at, url)| json!({"title": "T", "type": "item", "url": url, "position": at + 1}));
    json!({"type": "event", "lists": {"Search Results": {
        "items": items.collect::<Vec<_>>(), "query": {"string": query}}}})
}

pub(crate) fn click(item: &str) -> Value {
    json!({"type": "click", "action": {"type": "click", "resource_identifier": item}})
}

pub(crate) fn bought(items: &[&str]) -> Value {
    let lines = items
        .iter()
        .map(|url| json!({"url": url, "count": 1, "total_price": 1}));
    json!({"type": "transaction", "items": lines.collect::<Vec<_>>()})
}

/// Sends until nobody answers; the events that were acknowledged, and the one that was not. Each is a search for a
/// hat that a client of its own finds; its id begins as is said.
pub(crate) async fn send_until_killed(
    base: String,
    client: String,
    ids: String,
) -> (Vec<Value>, Value) {
    let mut taken = Vec::new();
    let http = reqwest::Client::new();
    loop {
        let id = format!("{ids}-{}", taken.len());
        let event = event(id, &client, search("hat", &["p1"]));
        let sent = http
            .post(format!("{base}/v1/events"))
            .body(event.to_string())
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status() == 204 => taken.push(event),
            _ => return (taken, event),
        }
    }
}

/// Urls of the hits that an answer has, joined by blanks.
pub(crate) fn urls(answer: &Value) -> String {
    let hits = answer["hits"].as_array().expect("a list of hits");
    let urls = hits.iter().map(|hit| hit["url"].as_str().expect("a url"));
    urls.collect::<Vec<_>>().join(" ")
}
