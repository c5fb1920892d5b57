//! `GET /v1/products/search/`: variants as the shop has them.

use serde_json::{Value, json};

use super::database::open;
use crate::sync::Shop;

async fn found(shop: &Shop, query: &str) -> Value {
    let answer = shop
        .server
        .get(&format!("/v1/products/search/{query}"))
        .await
        .status(200);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_are_found_by_words_and_filters() {
    let Some(shop) = open().await else { return };
    let all = found(&shop, "").await;
    assert_eq!(all["count"], 24);
    assert_eq!(
        (all["page"].clone(), all["size"].clone()),
        (json!(1), json!(20))
    );
    assert_eq!(all["data"].as_array().map(Vec::len), Some(20));
    let rest = found(&shop, "?page=2").await;
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(4));

    let two = found(&shop, "?category_id=3&max_price=1.5").await;
    assert_eq!(two["count"], 2);
    let variants = two["data"].as_array().expect("a list");
    let variant = variants.iter().find(|variant| variant["id"] == 1);
    let variant = variant.expect("the first variant");
    assert_eq!(variant["product_id"], 1);
    assert_eq!(variant["name_de"], "Emailbecher 11");
    assert_eq!(variant["price"], json!(1.5));
    assert_eq!(variant["category"]["title"], "Cups");
    assert_eq!(variant["brand"]["title"], "Besto");

    for (query, count) in [
        ("?q=enamel", 24),
        ("?q=enammel", 24),
        ("?q=Emailbecher&lang=de", 24),
        ("?q=kitchen", 12),
        ("?q=acme", 12),
        ("?category_id=3", 12),
        ("?store_id=2&category_id=3", 6),
        ("?min_price=3&max_price=5", 4),
        ("?min_price=12.5", 2),
        ("?max_price=1.5", 2),
        ("?currency_id=9", 0),
        ("?q=nothingofthekind", 0),
    ] {
        assert_eq!(found(&shop, query).await["count"], count, "{query}");
    }
    // Without the slash it is the same.
    let answer = shop
        .server
        .get("/v1/products/search?size=1")
        .await
        .status(200);
    assert_eq!(answer.json()["count"], 24);
}

/// They chose among other hits, in another place.
#[tokio::test(flavor = "multi_thread")]
async fn what_visitors_chose_after_a_query_of_the_shop_front_has_no_say() {
    let Some(shop) = open().await else { return };
    let ids = |found: &Value| -> Vec<String> {
        let variants = found["data"].as_array().expect("a list").iter();
        variants.map(|variant| variant["id"].to_string()).collect()
    };
    let before = found(&shop, "?q=enamel&size=50").await;
    let of_front = async || {
        let site = shop.server.site();
        site.search("q=enamel&size=50").await.identities()
    };
    let shown = of_front().await;
    let last = shown.last().expect("variants").clone();
    let mut events = Vec::new();
    for client in ["c1", "c2"] {
        let envelope = |n: usize| {
            let id = format!("{client}-{n}");
            json!({"id": id, "tracker_id": crate::support::TRACKER_ID, "client_id": client})
        };
        let mut search = envelope(0);
        search["type"] = json!("event");
        search["lists"] = json!({"Search Results": {"query": {"string": "enamel"}, "items":
            [{"title": "t", "type": "t", "url": last, "position": 1}]}});
        events.push(search);
        for n in 1..40 {
            let mut click = envelope(n);
            click["type"] = json!("click");
            click["action"] = json!({"type": "click", "resource_identifier": last});
            events.push(click);
        }
    }
    let url = format!("{}/v1/events", shop.server.base());
    for some in events.chunks(100) {
        let body = json!(some).to_string();
        crate::support::ask_with("POST", &url, &[], body)
            .await
            .status(204);
    }
    assert_ne!(of_front().await, shown, "it has one there");
    assert_eq!(ids(&found(&shop, "?q=enamel&size=50").await), ids(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_make_no_sense_are_told() {
    let Some(shop) = open().await else { return };
    for (query, words) in [
        ("?page=0", "page must be a number from 1"),
        ("?page=x", "page must be a number from 1"),
        ("?size=101", "size must be a number from 1 to 100"),
        ("?size=0", "size must be a number from 1 to 100"),
        ("?min_price=cheap", "min_price must be a number"),
        ("?max_price=NaN", "max_price must be a number"),
    ] {
        let path = format!("/v1/products/search{query}");
        let answer = shop.server.get(&path).await.status(400);
        assert_eq!(answer.json(), json!({"error": words}), "{query}");
    }
    let far = found(&shop, "?page=18446744073709551615").await;
    assert_eq!(far["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_are_throttled_as_all_of_the_site_are() {
    let server = crate::support::TestServer::builder()
        .set("throttle.search_per_minute", 2)
        .sections(&crate::sync::source(""))
        .variable("SHOP_DSN", "host=127.0.0.1 port=1 user=nobody dbname=none")
        .start()
        .await;
    for _ in 0..2 {
        server.get("/v1/products/search").await.status(200);
    }
    let answer = server.get("/v1/products/search").await.status(429);
    assert_eq!(answer.text(), r#"{"error":"Too many requests"}"#);
    assert!(answer.header("Retry-After").is_some());
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
}
