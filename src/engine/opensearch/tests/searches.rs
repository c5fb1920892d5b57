//! What a search asks of the cluster, and what a process that has searched before may not miss.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{add, commit, eventually, id, start};
use crate::domain::{FacetKind, FacetRequest, QueryText, ResultSet, SearchQuery, ValuePattern};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{
    Ascending, any_of, everything, facet, integer, key, narrow, product, sorted_by, texts,
};
use crate::engine::opensearch::control::Control;
use crate::engine::opensearch::{OpenSearchCatalogs, OpenSearchSettings};
use crate::engine::{CatalogWrites, EngineError, Lifecycle, Search};

async fn find(catalogs: &OpenSearchCatalogs, query: &SearchQuery) -> Vec<String> {
    let found = catalogs.search(&id(), query.clone()).await.unwrap();
    let hits = found.hits.iter();
    hits.map(|hit| hit.object.shown().identity().to_string())
        .collect()
}

async fn refresh(catalogs: &OpenSearchCatalogs) {
    let alias = catalogs.cluster.names.catalog(&id());
    catalogs.cluster.refresh(&alias).await.unwrap();
}

/// How many requests a search takes.
async fn requests(catalogs: &OpenSearchCatalogs, query: &SearchQuery) -> u64 {
    let sent = || catalogs.cluster.client.sent.load(Ordering::Relaxed);
    let before = sent();
    catalogs.search(&id(), query.clone()).await.unwrap();
    sent() - before
}

fn of_products(typed: &str) -> SearchQuery {
    SearchQuery {
        text: QueryText::new(typed),
        result_set: ResultSet::Narrow,
        ..any_of(&["type:product"])
    }
}

#[tokio::test]
async fn a_search_takes_few_requests() {
    let Some(indices) = Indices::new() else {
        return;
    };
    // Whoever follows events asks for them meanwhile.
    let catalogs = start(OpenSearchSettings {
        events: None,
        ..indices.settings()
    });
    let words = ["gold", "silver", "steel"];
    let rings = (0..60).map(|at| {
        product(&format!("r{at}"))
            .titled(&format!("{} ring", words[at % 3]))
            .with("brand", ["Acme", "Bell"][at % 2])
            .with("price", integer(100 + 7 * at as i64))
    });
    add(&catalogs, rings).await;
    refresh(&catalogs).await;
    let faceted = |typed: &str| SearchQuery {
        facets: vec![facet("brand"), facet("price")],
        ..of_products(typed)
    };
    // Nothing is known: what the site says, its attributes, its types, and words.
    assert!(requests(&catalogs, &of_products("silver")).await <= 12);
    for (query, most) in [
        // Words that nobody has looked for: one question about them, one how the catalog looks, one for all that has them,
        // one for hits, one for objects, and whether the site says the same.
        (of_products("gold ring"), 6),
        (of_products("gold ring"), 4),
        // Ranges are counted once it is known what they are.
        (faceted("gold ring"), 5),
        (faceted("steel ring"), 7),
        (any_of(&["type:product"]), 2),
    ] {
        let requests = requests(&catalogs, &query).await;
        assert!(requests <= most, "{requests} of {most}: {query:?}");
    }
}

#[tokio::test]
async fn what_one_process_writes_another_one_finds_that_had_looked_for_it_in_vain() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    add(&first, [product("lamp").titled("Table lamp")]).await;
    refresh(&first).await;
    for process in [&first, &second] {
        for typed in ["zebra", "zebra print", "lamp"] {
            find(process, &narrow(typed)).await;
        }
    }
    add(&second, [product("rug").titled("Zebra rug")]).await;
    refresh(&second).await;
    for process in [&first, &second] {
        assert_eq!(find(process, &narrow("zebra")).await, ["rug"]);
    }
    // The same number of documents, other words.
    for process in [&first, &second] {
        for typed in ["lamp", "okapi"] {
            find(process, &narrow(typed)).await;
        }
    }
    add(&second, [product("lamp").titled("Okapi lamp")]).await;
    refresh(&second).await;
    for process in [&first, &second] {
        assert_eq!(find(process, &narrow("okapi")).await, ["lamp"]);
    }
}

/// What was written last stays, so that nothing but the number of documents tells.
#[tokio::test]
async fn a_code_whose_object_another_process_has_deleted_is_a_word_again() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    let coded = product("coded").with("product_code", "ZEBRINO OKAPO-4");
    add(&first, [coded]).await;
    add(&first, [product("spelt").titled("Zebrina okapi 4")]).await;
    refresh(&first).await;
    // Nobody misspells a code. It is known to be one once the catalog was seen to look the same.
    for _ in 0..3 {
        assert_eq!(find(&first, &narrow("zebrino okapo 4")).await, ["coded"]);
    }
    let gone = vec![key("coded", "product")];
    second.delete(&id(), gone).await.unwrap();
    refresh(&second).await;
    assert_eq!(find(&first, &narrow("zebrino okapo 4")).await, ["spelt"]);
}

/// All of them would have to be looked through.
#[tokio::test]
async fn of_too_many_values_none_is_looked_for() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let tagged = |at: usize| {
        let tags: Vec<String> = (0..100).map(|tag| format!("t{at} {tag}")).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        product(&format!("p{at}")).with("tag", texts(&tags))
    };
    add(&catalogs, (0..100).map(tagged)).await;
    let looked_for = SearchQuery {
        facets: vec![FacetRequest {
            values_with: ValuePattern::new("t7 77"),
            ..facet("tag")
        }],
        ..everything()
    };
    refresh(&catalogs).await;
    let found = catalogs.search(&id(), looked_for.clone()).await.unwrap();
    let FacetKind::Text(values) = &found.facets[0].kind else {
        panic!("{:?}", found.facets);
    };
    assert_eq!(values.len(), 1, "{values:?}");
    add(&catalogs, [tagged(100)]).await;
    refresh(&catalogs).await;
    let found = catalogs.search(&id(), looked_for).await;
    assert!(matches!(found, Err(EngineError::TooMuchWork)), "{found:?}");
    let counted = SearchQuery {
        facets: vec![facet("tag")],
        ..everything()
    };
    catalogs.search(&id(), counted).await.unwrap();
}

#[tokio::test]
async fn an_attribute_that_another_process_brought_is_known_to_the_next_search() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    add(&first, [product("a")]).await;
    refresh(&first).await;
    assert_eq!(find(&first, &any_of(&["type:product"])).await, ["a"]);
    add(&second, [product("b").with("color", "red")]).await;
    refresh(&second).await;
    assert_eq!(find(&first, &any_of(&["color:red"])).await, ["b"]);
    add(&second, [product("b").with("size", integer(4))]).await;
    refresh(&second).await;
    let by_size = sorted_by(&[("size", Ascending)]);
    assert_eq!(find(&first, &by_size).await, ["b", "a"]);
}

#[tokio::test]
async fn an_index_that_was_made_again_is_searched_by_who_knew_the_one_before() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    add(&catalogs, [product("a")]).await;
    refresh(&catalogs).await;
    let site = catalogs.site(&id()).unwrap();
    let (now, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
    let mut made = now.made.clone().unwrap();
    made.version -= 1;
    site.memory.keep_control(Arc::new(Control {
        made: Some(made),
        ..now
    }));
    assert_eq!(find(&catalogs, &everything()).await, ["a"]);
}

#[tokio::test]
async fn what_another_process_has_committed_no_search_sees_that_begins_behind_it() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    for round in 0..10 {
        let upload = format!("g{round}");
        let kept = format!("kept{round}");
        let objects = [kept.as_str(), "gone"].map(|name| {
            let of = if name == "gone" { "old" } else { &upload };
            product(name).titled("Table lamp").in_upload(of)
        });
        add(&second, objects).await;
        refresh(&second).await;
        find(&first, &narrow("lamp")).await;
        commit(&second, &upload).await;
        assert_eq!(find(&first, &narrow("lamp")).await, [kept]);
    }
}

/// The bug: whatever was listed was answered 500, for the order asks for the date of each and the new index had no such field.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_object_has_any_more_is_asked_for_in_an_index_that_was_made_again() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let dated = product("a").with("introduced_at", "2026-11-01T00:00:00Z");
    let dated = dated.with("count", integer(3)).object();
    add(&catalogs, [dated, product("b").object()]).await;
    let gone = catalogs.delete(&id(), vec![key("a", "product")]).await;
    gone.unwrap();
    refresh(&catalogs).await;
    assert_eq!(find(&catalogs, &everything()).await, ["b"]);
    assert!(catalogs.rebuild_index(&id()).await.unwrap());
    eventually(async || {
        let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
        control.rebuild.is_none()
    })
    .await;
    assert_eq!(find(&catalogs, &everything()).await, ["b"]);
}
