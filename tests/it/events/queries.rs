//! Recorded queries as objects of type `query` among what `/search` finds (docs/reference/06-autocomplete-and-others.md
//! §6): in hits, totals, facets, quicksearch and pages, as long as they may be shown.

use serde_json::json;

use super::{event, item, search, send};
use crate::support::{SiteClient, TRACKER_ID, TestServer, eventually, get};

/// The site `p1` to `p3`; two queries that may be shown, one of one client alone, one that finds nothing.
async fn shop(server: &TestServer) -> SiteClient {
    let site = server.site();
    site.replace(["p1", "p2", "p3"].map(item)).await.ok();
    let searches = [
        ("c1", "Wool hat", 1),
        ("c2", "wool hat", 1),
        ("c2", "wool hat", 1),
        ("c1", "Wool Söcks", 1),
        ("c2", "Wool Söcks", 1),
        ("c1", "secret wool", 1),
        ("c1", "secret wool", 1),
        ("c1", "unobtainium wool", 0),
        ("c2", "unobtainium wool", 0),
    ];
    let items = ["p1"];
    let events = searches.iter().enumerate().map(|(id, (client, text, n))| {
        let keys = search(text, &items[..*n]);
        event(id, client, keys)
    });
    let events: Vec<_> = events.collect();
    send(server, &json!(events)).await.status(204);
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_queries_are_objects_of_a_search() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    for (parameters, expected) in [
        ("f[]=type:query", "wool hat|Wool Söcks"),
        ("f[]=type:query&q=wool", "wool hat|Wool Söcks"),
        ("f[]=type:query&q=Hät", "wool hat"),
        ("f[]=type:query&q=socks+wool", "Wool Söcks"),
        ("f[]=type:query&q=wool+socks", "Wool Söcks"),
        ("f[]=type:query&q=secret", ""),
        ("f[]=type:query&q=unobtainium", ""),
        ("f[]=type:query&q=woo", ""),
        ("f[]=type:query&f[]=url:wool+hat", "wool hat"),
        ("f[]=type:query&f[]=identity:secret+wool", ""),
        ("f[]=type:query&f[]=title:Wool+Söcks", "Wool Söcks"),
        ("f[]=type:query&f[]=title:wool+socks", ""),
        ("f[]=type:query&f[]=brand:Acme", ""),
        (
            "f[]=type:query&f[]=brand:value_missing",
            "wool hat|Wool Söcks",
        ),
        ("f[]=type:query&f[]=title:value_missing", ""),
        ("f[]=type:query&neg_f[]=title:wool+hat", "Wool Söcks"),
        ("neg_f[]=type:query", "p1|p2|p3"),
        ("f[]=type:item", "p1|p2|p3"),
        ("f_must[]=type:query&f[]=type:item", ""),
        (
            "f[]=type:query&f[]=type:item",
            "p1|p2|p3|wool hat|Wool Söcks",
        ),
        ("", "p1|p2|p3|wool hat|Wool Söcks"),
        ("f[]=type:query&size=1&page=2", "Wool Söcks"),
        ("f[]=type:query&page=2", ""),
        ("size=2&page=2", "p3|wool hat"),
        ("size=2&page=3", "Wool Söcks"),
    ] {
        let found = site.search(parameters).await;
        assert_eq!(found.identities().join("|"), expected, "{parameters}");
        if !parameters.contains("page=") {
            let expected = expected.split('|').filter(|it| !it.is_empty()).count();
            assert_eq!(found.total(), expected as u64, "{parameters}");
        }
    }
    for (parameters, corrected) in [("f[]=type:query&q=wool+hat", false), ("q=p1+hat", true)] {
        let found = site.search(parameters).await;
        let correction = &found.json()["results"]["corrected_query"];
        assert_eq!(
            correction.is_string(),
            corrected,
            "{parameters} {correction}"
        );
    }
    let found = site.search("f[]=type:query&size=1").await;
    let hit = &found.hits()[0];
    assert_eq!(hit["attributes"]["title"], "wool hat");
    assert_eq!((&hit["exact"], &hit["nested"]), (&json!(true), &json!([])));
    assert!(
        hit["updated_at"].is_string() && hit["alternative"] == false,
        "{hit}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_queries_are_counted_by_type_and_come_in_a_quicksearch() {
    let server = TestServer::start().await;
    let site = shop(&server).await;
    let own = |found: Vec<(String, u64)>| {
        let own = found
            .into_iter()
            .map(|(value, count)| format!("{value} {count}"));
        own.collect::<Vec<_>>().join("|")
    };
    for (parameters, expected) in [
        ("facets=type&size=0", "item 3|query 2"),
        ("facets=type&f[]=type:item", "item 3|query 2"),
        ("facets=type&f[]=type:query", "item 3|query 2"),
        ("facets=type&q=hat", "query 1"),
        ("facets=type:1", "item 3"),
        ("facets=type&neg_f[]=type:query", "item 3"),
        ("facets=type&f[]=title:p1", "item 1"),
    ] {
        let found = site.search(parameters).await;
        assert_eq!(own(found.facet("type")), expected, "{parameters}");
    }
    let listed = |found: &serde_json::Value| {
        let hits = found["results"]["quicksearch_hits"]
            .as_array()
            .expect("a list");
        let urls = hits.iter().map(|hit| hit["url"].as_str().expect("a url"));
        urls.collect::<Vec<_>>().join("|")
    };
    for (parameters, expected) in [
        (
            "q=wool&f[]=type:item&quicksearch_types=query",
            "wool hat|Wool Söcks",
        ),
        (
            "f[]=type:category&quicksearch_types=query:1,item:2",
            "wool hat|p1|p2",
        ),
        (
            "f[]=type:category&quicksearch_types=item:2,query:1",
            "p1|p2|wool hat",
        ),
        ("q=secret&quicksearch_types=query", ""),
    ] {
        let found = site.search(parameters).await;
        assert_eq!(listed(found.json()), expected, "{parameters}");
    }
    let tree = json!({"filters": {"query": {"not": [{"filter": "title:wool hat"}]}}});
    let found = site
        .search_post("", tree.to_string())
        .await
        .status(200)
        .json();
    let hits = found["results"]["hits"].as_array().expect("a list");
    let urls: Vec<_> = hits.iter().map(|hit| &hit["url"]).collect();
    assert_eq!(urls, ["p1", "p2", "p3", "Wool Söcks"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_query_goes_when_it_finds_nothing_and_comes_back_after_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TestServer::builder().data_dir(folder.path()).start().await;
    let site = shop(&server).await;
    send(&server, &event("late", "c3", search("wool hat", &[])))
        .await
        .status(204);
    let found = site.search("f[]=type:query").await;
    assert_eq!(found.identities(), ["Wool Söcks"]);
    server.stop().await;
    let server = TestServer::builder().data_dir(folder.path()).start().await;
    // The tables are read beside the first searches.
    let path = format!(
        "{}/search?tracker_id={TRACKER_ID}&f[]=type:query",
        server.base()
    );
    eventually("the queries are there again", || async {
        let found = get(&path).await.status(200).json();
        (found["results"]["hits"][0]["url"] == "Wool Söcks").then_some(())
    })
    .await;
    send(&server, &event("later", "c3", search("Wool hat", &["p1"])))
        .await
        .status(204);
    let found = server.site().search("f[]=type:query&q=hat").await;
    assert_eq!(found.identities(), ["wool hat"]);
    server.stop().await;
}
