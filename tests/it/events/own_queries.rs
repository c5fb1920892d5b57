//! Objects of type `query` that a shop sends itself, beside recorded queries of the same text
//! (docs/reference/06-autocomplete-and-others.md §6.6): a text is there once, as the shop has sent it.

use serde_json::{Value, json};

use super::{event, item, personal, search, send, top, urls};
use crate::support::{SiteClient, TRACKER_ID, TestServer};

fn own(fields: &Value) -> Value {
    json!({"identity": "q-1", "type": "query", "fields": fields})
}

/// Two recorded queries, the more frequent one also an object of the shop's.
async fn shop(server: &TestServer) -> SiteClient {
    let site = server.site();
    let sent = own(&json!({"title": "Wool Hát", "web_url": "/hats"}));
    site.replace([item("p1"), sent]).await.ok();
    let mut events = Vec::new();
    for (query, clients) in [("wool  hat", 4), ("wool socks", 2)] {
        for client in 0..clients {
            let id = format!("{query}-{client}");
            events.push(event(id, &format!("c{client}"), search(query, &["p1"])));
        }
    }
    send(server, &json!(events)).await.status(204);
    site
}

async fn suggested(server: &TestServer, parameters: &str) -> String {
    let path = format!("/autocomplete/v2?tracker_id={TRACKER_ID}&{parameters}");
    urls(&server.get(&path).await.status(200).json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_the_shop_has_sent_is_there_once() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    for (parameters, expected) in [
        ("f[]=type:query", "q-1 wool socks"),
        ("f[]=type:query&q=wool", "q-1 wool socks"),
        ("f[]=type:query&q=hat", "q-1"),
        ("f[]=type:query&q=wool+hat", "q-1"),
        ("f[]=type:query&size=1&page=2", "wool socks"),
        ("f[]=type:query&neg_f[]=url:q-1", "wool socks"),
        ("q=socks", "wool socks"),
    ] {
        let found = site.search(parameters).await;
        assert_eq!(urls(&found.json()["results"]), expected, "{parameters}");
        let total = if parameters.contains("page=2") {
            2
        } else {
            expected.matches("q-1").count() as u64 + expected.matches("wool").count() as u64
        };
        assert_eq!(found.total(), total, "{parameters}");
    }
    let counted = site.search("facets=type&size=0").await.facet("type");
    assert_eq!(counted, [("query".to_owned(), 2), ("item".to_owned(), 1)]);
    let beside = site
        .search("q=wool&f[]=type:item&quicksearch_types=query")
        .await;
    let beside = json!({"hits": beside.json()["results"]["quicksearch_hits"]});
    assert_eq!(urls(&beside), "q-1 wool socks");
    for (typed, expected) in [
        ("wo", "q-1 wool socks"),
        ("wool+h", "q-1"),
        ("hat", "q-1"),
        ("wool+hat+", "q-1"),
    ] {
        let found = suggested(&server, &format!("q={typed}&type=query:5")).await;
        assert_eq!(found, expected, "{typed}");
    }
    assert_eq!(top(&server, "query:5").await, "q-1 wool socks");
    assert_eq!(top(&server, "query:1").await, "q-1");
    assert_eq!(personal(&server, "c3", "query:5").await, "q-1");
    assert_eq!(personal(&server, "c1", "query:2").await, "wool socks q-1");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_query_is_back_when_the_one_of_the_shop_is_not_there() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    let shown = async || {
        let found = site.search("f[]=type:query&q=hat").await;
        (
            found.identities().join(" "),
            suggested(&server, "q=hat&type=query:3").await,
        )
    };
    let of_the_shop = ("q-1".to_owned(), "q-1".to_owned());
    let recorded = ("wool hat".to_owned(), "wool hat".to_owned());
    let both = ("wool hat".to_owned(), "q-1 wool hat".to_owned());
    assert_eq!(shown().await, of_the_shop);
    let mut past = own(&json!({"title": "wool hat"}));
    past["active_to"] = json!("2020-01-01T00:00:00Z");
    site.replace([past]).await.ok();
    assert_eq!(shown().await, recorded, "its time is over");
    site.replace([own(&json!({"title": "WOOL HAT"}))])
        .await
        .ok();
    assert_eq!(shown().await, of_the_shop);
    site.replace([own(&json!({"title": "wool hats"}))])
        .await
        .ok();
    assert_eq!(shown().await, both, "another text is another query");
    site.delete([("query", "q-1")]).await.ok();
    assert_eq!(shown().await, recorded);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_queries_hold_for_recorded_ones_among_top_items_too() {
    let server = TestServer::start().await;
    shop(&server).await;
    let of = async |filter: &str| top(&server, &format!("query:5&{filter}")).await;
    assert_eq!(of("f_query[]=title:wool+socks").await, "wool socks");
    assert_eq!(of("neg_f_query[]=url:wool+socks").await, "q-1");
    assert_eq!(of("f_query[]=brand:Acme").await, "");
    server.stop().await;
}
