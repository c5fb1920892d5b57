//! What objects and attributes may be called that a cluster would not take, or would take for something else.

use serde_json::json;

use super::{add, id, site, start, stored, try_add};
use crate::domain::{Object, Scan, ScanPosition, Scope};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{integer, product, texts};
use crate::engine::opensearch::client::Call;
use crate::engine::{CatalogReads, DocumentEngine, EngineError};

#[tokio::test]
async fn odd_names_and_long_values_are_kept_as_they_are() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let long = "ä".repeat(500);
    let objects: Vec<Object> = vec![
        product("a").with("a", "x").with("a.b", integer(1)).object(),
        product("b")
            .with("a.b", "text")
            .with("_id", "x")
            .with("", "y")
            .object(),
        product(&long).with("s.1", texts(&["x", ""])).object(),
        product("h:1")
            .with(" . ", "dots")
            .with("long", "w".repeat(40_000))
            .object(),
        product("/p?q=1&r=2#f \"'%")
            .with("big", integer(i64::MAX))
            .object(),
        product("_doc").in_upload(&"g".repeat(1024)).object(),
    ];
    for object in &objects {
        // One by one, for each brings names that others have in another way.
        try_add(&catalogs, [object.clone()]).await.unwrap();
    }
    assert_eq!(stored(&catalogs).await, objects);
    // And once more in one batch: nothing changes.
    try_add(&catalogs, objects.clone()).await.unwrap();
    assert_eq!(stored(&catalogs).await, objects);
}

fn first_page() -> Scan {
    Scan {
        scope: Scope::default(),
        after: ScanPosition::default(),
        limit: 1_000,
    }
}

/// More than a batch holds, more than an answer may be long, and a page of such objects.
#[tokio::test]
async fn many_large_objects_are_written_and_read_in_parts() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let object = |number: usize| {
        // Of one word: it is not the words that are many.
        let text = format!("{number} {}", "x".repeat(2_000_000));
        product(&format!("p{number}")).with("text", text.as_str())
    };
    let objects: Vec<Object> = (0..40).map(|number| object(number).object()).collect();
    add(&catalogs, objects.clone()).await;
    let (mut read, mut pages, mut after) = (Vec::new(), 0, ScanPosition::default());
    loop {
        let scan = Scan {
            after,
            ..first_page()
        };
        let page = catalogs.scan(&id(), scan).await.unwrap();
        read.extend(page.objects);
        pages += 1;
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(read, objects);
    assert!(pages > 1);
    // All of them are read at once, and changed.
    let changed: Vec<Object> = (0..40)
        .map(|number| object(number).with("color", "red").object())
        .collect();
    add(&catalogs, changed.clone()).await;
    let page = catalogs.scan(&id(), first_page()).await.unwrap().objects;
    assert_eq!(page, changed[..page.len()]);
}

/// A batch that is written in parts, each of which brings attributes.
#[tokio::test]
async fn attributes_of_every_part_of_a_batch_are_known_to_other_processes() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    // Of one word: it is not the words that are many.
    let large = "x".repeat(100_000);
    let objects = (0..600).map(|number: usize| {
        let name = format!("part {}", number / 200);
        product(&format!("p{number}"))
            .with("text", large.as_str())
            .with(&name, "there")
    });
    add(&catalogs, objects).await;
    let other = start(indices.settings());
    let schema = other.schema(&id()).await.unwrap();
    for part in 0..3 {
        assert!(schema.get(&format!("part {part}")).is_some(), "{part}");
    }
    add(&other, [product("p600").with("part 3", "there")]).await;
}

#[tokio::test]
async fn an_index_that_was_made_in_another_way_is_not_written_to() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let alias = catalogs.cluster.names.catalog(&id());
    let index = json!({
        "aliases": { alias.as_str(): {} },
        "mappings": { "_meta": { "version": 0 } },
    });
    let make = Call::repeatable(reqwest::Method::PUT, format!("/{alias}-7")).with_json(&index);
    catalogs.cluster.client.call(&make).await.unwrap();
    let refused = try_add(&catalogs, [product("a")]).await;
    assert!(
        matches!(refused, Err(EngineError::Internal { .. })),
        "{refused:?}"
    );
    // Nor is one of a newer server.
    let newer = json!({ "_meta": { "version": 1_000 } });
    let path = format!("/{alias}/_mapping");
    let change = Call::repeatable(reqwest::Method::PUT, path).with_json(&newer);
    catalogs.cluster.client.call(&change).await.unwrap();
    let refused = try_add(&catalogs, [product("a")]).await;
    assert!(
        matches!(refused, Err(EngineError::Unavailable { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_site_that_was_closed_is_not_known_and_keeps_what_it_has() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    add(&catalogs, [product("a")]).await;
    catalogs.close(&id()).await;
    let refused = try_add(&catalogs, [product("b")]).await;
    assert!(
        matches!(refused, Err(EngineError::UnknownSite(_))),
        "{refused:?}"
    );
    catalogs.open(site());
    add(&catalogs, [product("b")]).await;
    assert_eq!(stored(&catalogs).await.len(), 2);
}
