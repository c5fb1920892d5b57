//! What searches keep for the next ones: a page that is asked for again is the page that is there now.

use serde_json::{Value, json};

use crate::support::{Figures, TRACKER_ID, TestServer, product};

/// So many that counting them takes some time.
const OBJECTS: usize = 6_000;
const PAGE: &str = "f[]=type:product&f[]=brand:Acme&facets=brand,color&size=2";

fn object(number: usize) -> crate::support::ObjectJson {
    let brand = ["Acme", "Bolt"][number % 2];
    let color = ["red", "green", "blue"][number % 3];
    let object = product(&format!("p{number}")).title("Shirt");
    object.field("brand", brand).field("color", color)
}

async fn facets(server: &TestServer) -> Value {
    let path = format!("/search?tracker_id={TRACKER_ID}&{PAGE}");
    let found = server.get(&path).await.ok().json();
    found["results"]["facets"].clone()
}

async fn kept(server: &TestServer) -> f64 {
    let figures = Figures::read(&server.get("/metrics").await.ok().text());
    figures.value("vetrina_search_caches_bytes", &[])
}

#[tokio::test]
async fn counts_are_kept_until_something_changes() {
    let server = TestServer::start().await;
    let objects: Vec<_> = (0..OBJECTS).map(object).collect();
    for batch in objects.chunks(500) {
        server.site().replace(batch.iter().cloned()).await.ok();
    }
    let none = kept(&server).await;
    let half = OBJECTS / 2;
    let before = facets(&server).await;
    let values = &before[0]["values"];
    assert_eq!(
        *values,
        json!([{"value": "Acme", "hits_count": half}, {"value": "Bolt", "hits_count": half}])
    );
    let some = kept(&server).await;
    assert!(some > none, "{some}");
    assert_eq!(facets(&server).await, before);
    assert!(
        (kept(&server).await - some).abs() < f64::EPSILON,
        "nothing is kept twice"
    );

    server.site().replace([object(OBJECTS)]).await.ok();
    let after = facets(&server).await;
    assert_eq!(
        after[0]["values"][0],
        json!({"value": "Acme", "hits_count": half + 1})
    );
}
