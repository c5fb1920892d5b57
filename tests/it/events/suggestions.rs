//! Recorded queries among the suggestions while somebody types (docs/reference/06-autocomplete-and-others.md §1).

use serde_json::{Value, json};

use super::{event, item, search, send, urls};
use crate::support::{TRACKER_ID, TestServer};

async fn suggested(server: &TestServer, parameters: &str) -> Value {
    let path = format!("/autocomplete/v2?tracker_id={TRACKER_ID}&{parameters}");
    server.get(&path).await.status(200).json()
}

/// Queries of two clients that found something, one of a single client, one that found nothing.
async fn searched() -> TestServer {
    let server = TestServer::start().await;
    let own =
        json!({"identity": "wool of ours", "type": "query", "fields": {"title": "wool of ours"}});
    let site = server.site();
    site.replace([item("Wool hat"), own]).await.ok();
    let mut events = Vec::new();
    for (number, (query, clients, items)) in [
        ("wool hat", 3, &["Wool hat"][..]),
        ("Žluté wool & more", 2, &["Wool hat"]),
        ("wool secret", 1, &["Wool hat"]),
        ("wool nowhere", 2, &[]),
    ]
    .into_iter()
    .enumerate()
    {
        for client in 0..clients {
            let id = format!("{number}-{client}");
            events.push(event(id, &format!("c{client}"), search(query, items)));
        }
    }
    send(&server, &json!(events)).await.status(204);
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_queries_are_suggested_the_most_frequent_first() {
    let server = searched().await;
    for (parameters, expected) in [
        (
            "q=wo&type=query:5",
            "wool of ours wool hat Žluté wool & more",
        ),
        ("q=WOOL+h&type=query:1", "wool hat"),
        ("q=zlu&type=query:5", "Žluté wool & more"),
        ("q=wo&type=item:2,query:2", "Wool hat wool of ours wool hat"),
        ("q=wo&type=query:2,item:2", "wool of ours wool hat Wool hat"),
        ("q=nowhere&type=query:5", ""),
        ("q=secret&type=query:5", ""),
        ("q=&type=query:5", ""),
    ] {
        let answer = suggested(&server, parameters).await;
        assert_eq!(urls(&answer), expected, "{parameters}");
        let hits = answer["hits"].as_array().expect("hits").len();
        assert_eq!(
            answer["exact_match_hits_count"],
            json!(hits),
            "{parameters}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_query_has_the_shape_of_a_hit() {
    let server = searched().await;
    let mut answer = suggested(&server, "q=zlut&type=query:1&hit_fields=title").await;
    answer["hits"][0]["updated_at"].take();
    assert_eq!(
        answer["hits"],
        json!([{"url": "Žluté wool & more", "type": "query", "nested": [], "attributes": {
            "title": "<em>Žluté</em> wool &amp; more", "title.untouched": "Žluté wool & more"},
            "updated_at": null}])
    );
}
