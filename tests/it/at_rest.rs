//! Every kind of load at once, with clients that go in the middle and a server that turns many away: when
//! it is over, the server holds nothing. The other suites look at the end of their tests, too.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{SiteClient, TestServer, eventually};
use crate::swiftype::{Client, ENGINE, KEY};

const CLIENTS: usize = 60;

/// Each of a few kilobytes.
const OBJECTS: usize = 40;

/// Bounds that the clients run into.
const TIGHT: [(&str, usize); 6] = [
    ("limits.write_queue_requests", 4),
    ("limits.write_queue_bytes", 1 << 20),
    ("limits.bodies_bytes_max", 20 << 20),
    ("limits.searches_concurrent_max", 1),
    ("limits.search_queue_max", 4),
    ("throttle.content_concurrent_max", 8),
];

fn objects(client: usize) -> Value {
    let object = |number: usize| {
        json!({
            "identity": format!("p{}", (client * OBJECTS + number) % 500),
            "type": "product",
            "fields": {
                "title": format!("Mug {client} {number}"),
                "description": "to carry around ".repeat(150),
                "price": if number.is_multiple_of(10) { json!("no price") } else { json!(number) },
            },
            "nested": [{"identity": "c1", "type": "category", "fields": {"title": "Mugs"}}],
        })
    };
    (0..OBJECTS).map(object).collect()
}

fn documents(client: usize) -> Value {
    let document = |number: usize| {
        let kind = if number == 3 { "nonsense" } else { "string" };
        json!({
            "external_id": format!("{client}-{number}"),
            "fields": [{"name": "title", "value": "Lion", "type": kind}],
        })
    };
    (0..20).map(document).collect()
}

/// What one client does; whether it is taken is not asked.
async fn load(client: usize, site: SiteClient, swiftype: Client) {
    let content = json!({ "objects": objects(client) }).to_string();
    let books = format!("/engines/{ENGINE}/document_types/books/documents");
    match client % 10 {
        0 | 1 => drop(site.signed("POST", "/v1/content", content).await),
        2 => drop(site.signed("PATCH", "/v1/content", content).await),
        3 => drop(site.delete([("product", "p1"), ("product", "p2")]).await),
        4 | 5 => drop(
            site.search_answer("q=mug&facets=price&f[]=type:product")
                .await,
        ),
        6 => drop(site.commit("product", "1").await),
        7 => {
            let body = json!({
                "search": {"types": ["product"], "partial": {"fields": {"price": 7}}},
                "update": {"fields": {"seen": client}},
            });
            drop(site.submit_update(&body).await);
        }
        8 => {
            let path = format!("{books}/async_bulk_create_or_update.json");
            let body = json!({ "documents": documents(client) });
            drop(swiftype.post(&path, body).await);
        }
        _ => drop(site.signed("POST", "/v1/content", "{\"objects\": [").await),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_all_kinds_of_load_nothing_is_held() {
    let builder = TestServer::builder()
        .set("swiftype.api_keys", format!("[{KEY:?}]"))
        .set("swiftype.engines", format!("[{ENGINE:?}]"));
    let server = TIGHT
        .iter()
        .fold(builder, |builder, (key, value)| builder.set(key, value))
        .start()
        .await;
    let swiftype = Client::of(&server);
    swiftype.make_type("books").await;
    for round in 0..3 {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(load(client + round, server.site(), swiftype.clone()));
        }
        if round == 1 {
            // All go while they wait for their answers.
            tokio::time::sleep(Duration::from_millis(20)).await;
            clients.shutdown().await;
        } else {
            while let Some(ended) = clients.join_next().await {
                ended.expect("a client ends well");
            }
        }
    }
    server.at_rest().await;
    // And it is as good as new.
    eventually("a write that is taken", async || {
        let content = json!({ "objects": objects(1) }).to_string();
        let answer = server.site().signed("POST", "/v1/content", content).await;
        (answer.status < 400).then_some(())
    })
    .await;
    server.stop().await;
}
