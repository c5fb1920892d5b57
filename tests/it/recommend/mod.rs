//! `/v1/recommend` (docs/reference/06-autocomplete-and-others.md §7), through the public door.

mod broken;
mod clients;
mod fuzz;
mod listings;
mod models;
mod planted;
mod requests;
mod restrictions;

use serde_json::{Value, json};

use crate::support::visitors::{bought, click, event, urls};
use crate::support::{Answer, Figures, TRACKER_ID, TestServer, ask_with, eventually};

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json;charset=utf-8")];

async fn post(server: &TestServer, body: impl Into<Vec<u8>>) -> Answer {
    let url = format!("{}/v1/recommend?tracker_id={TRACKER_ID}", server.base());
    ask_with("POST", &url, &JSON, body).await
}

/// The entries of a good answer.
async fn entries(server: &TestServer, body: &Value) -> Vec<Value> {
    let answer = post(server, body.to_string()).await.status(200).json();
    answer.as_array().expect("an array").clone()
}

/// A request of a type, with these keys.
fn asked(model: &str, keys: Value) -> Value {
    let mut asked = json!({ "recommendation_type": model });
    let Value::Object(keys) = keys else {
        panic!("keys of a request are a map");
    };
    asked.as_object_mut().expect("a map").extend(keys);
    asked
}

/// What one request gets, by urls.
async fn shown(server: &TestServer, model: &str, keys: Value) -> String {
    let found = entries(server, &json!([asked(model, keys)])).await;
    urls(&found[0])
}

/// Which hits stand in, as a text of `f` and `-`.
fn marks(entry: &Value) -> String {
    let hits = entry["hits"].as_array().expect("a list of hits");
    let marks = hits
        .iter()
        .map(|hit| hit["fallback"].as_bool().expect("a mark"));
    marks.map(|mark| if mark { 'f' } else { '-' }).collect()
}

fn seen(item: &str) -> Value {
    json!({"type": "pv", "url": item})
}

/// Sends events and waits until everything that follows from them is known.
async fn send(server: &TestServer, events: &[Value]) {
    for some in events.chunks(100) {
        let url = format!("{}/v1/events", server.base());
        ask_with("POST", &url, &JSON, json!(some).to_string())
            .await
            .status(204);
    }
    eventually("companions", async || {
        let page = server.get("/metrics").await.text();
        let labels = [("site", TRACKER_ID)];
        let waiting = Figures::read(&page).value("vetrina_recommender_waiting_objects", &labels);
        (waiting == 0.0).then_some(())
    })
    .await;
}

/// So many transactions of these objects, each of a client of its own.
fn often(name: &str, times: usize, items: &[&str]) -> Vec<Value> {
    let one = |n| {
        let id = format!("{name}-{n}");
        event(&id, &id, bought(items))
    };
    (0..times).map(one).collect()
}

fn within(category: &str, above: &str) -> Value {
    json!({"identity": format!("cat-{}", category.to_lowercase()), "type": "category", "title": category,
        "ancestors": [{"identity": format!("cat-{}", above.to_lowercase()), "type": "category", "title": above}]})
}

fn product(identity: &str, category: &str, above: &str, price: f64, fields: Value) -> Value {
    let mut fields = fields;
    fields["title"] = json!(identity);
    if fields["availability"].is_null() {
        fields["availability"] = json!(1);
    }
    fields["price"] = json!(format!("{price} EUR"));
    fields["_note"] = json!("canary");
    json!({"identity": identity, "type": "item", "fields": fields, "nested": [within(category, above)]})
}

/// A shop: socks and hats to wear, lamps for the home; a brand and two articles.
fn shop() -> Vec<Value> {
    let sock =
        |name: &str, price: f64, fields: Value| product(name, "Socks", "Wear", price, fields);
    let hat = |name: &str, price: f64, fields: Value| product(name, "Hats", "Wear", price, fields);
    let lamp =
        |name: &str, price: f64, fields: Value| product(name, "Lamps", "Home", price, fields);
    let page = |identity: &str, object_type: &str, title: &str| json!({"identity": identity, "type": object_type, "fields": {"title": title}});
    vec![
        sock(
            "s1",
            10.0,
            json!({"brand": "Acme", "color": "red", "introduced_at": "2026-01-01"}),
        ),
        sock(
            "s2",
            10.5,
            json!({"brand": "Acme", "color": "red", "introduced_at": "2026-02-01", "label": "is_new"}),
        ),
        sock(
            "s3",
            11.0,
            json!({"brand": "Acme", "color": "blue", "label": ["is_sale", "x"]}),
        ),
        sock(
            "s4",
            60.0,
            json!({"brand": "Hill", "color": "red", "labels": ["is_new"], "price_old": "90 EUR"}),
        ),
        sock(
            "s9",
            10.0,
            json!({"brand": "Acme", "color": "red", "availability": 0}),
        ),
        hat(
            "h1",
            20.0,
            json!({"brand": "Hill", "color": "red", "price_old": "25 EUR", "stock_berlin": 0}),
        ),
        hat(
            "h2",
            5.0,
            json!({"brand": "Acme", "color": "blue", "stock_berlin": 3}),
        ),
        lamp(
            "l1",
            30.0,
            json!({"brand": "Hill", "introduced_at": "2026-03-01"}),
        ),
        lamp("l2", 40.0, json!({"brand": "Hill"})),
        page("brand-hill", "brand", "Hill"),
        page("a1", "article", "Woollen lamps and other curiosities"),
        page("a2", "article", "Curiosities of the north"),
        page("a3", "article", "Something else"),
    ]
}

/// The shop, served.
async fn served() -> TestServer {
    let server = TestServer::start().await;
    server.site().replace(shop()).await.ok();
    server
}

/// How many urls there are.
fn page_of(urls: &str) -> usize {
    urls.split(' ').filter(|url| !url.is_empty()).count()
}

/// Seconds since the epoch.
fn now_s() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after the epoch").as_secs()
}

/// What one request gets, and which of it stands in.
async fn marked(server: &TestServer, model: &str, mut keys: Value) -> (String, String) {
    keys["mark_fallback_results"] = json!(true);
    let found = entries(server, &json!([asked(model, keys)])).await;
    (urls(&found[0]), marks(&found[0]))
}

/// What one client does, in this order.
fn own(client: &str, events: &[Value]) -> Vec<Value> {
    let numbered = events.iter().enumerate();
    numbered
        .map(|(at, keys)| event(format!("{client}-{at}"), client, keys.clone()))
        .collect()
}
