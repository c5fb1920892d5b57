//! Several processes before one cluster.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::task::JoinSet;

use super::cut::{Lost, Network};
use super::{add, eventually, id, names, start, stored, try_add};
use crate::domain::{FieldValue, Outcome};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{any_of, identity, integer, product, setting};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::{Action, Item, Operation};
use crate::engine::opensearch::lease::{Lease, MOVED};
use crate::engine::{CatalogWrites, EngineError, Search};

const WRITERS: usize = 8;
const ROUNDS: i64 = 6;

/// Each sets attributes of its own at three objects that all of them change, and one that says how far it is.
async fn change_all(catalogs: Arc<OpenSearchCatalogs>, writer: usize) {
    for round in 0..ROUNDS {
        for object in ["a", "b", "c"] {
            let mut change = setting(object, &format!("w{writer}_{round}"), Some("x".into()));
            let last = (
                format!("last_{writer}").as_str().into(),
                Some(integer(round)),
            );
            change.fields.push(last);
            let report = catalogs.patch(&id(), vec![change]).await.unwrap();
            assert_eq!(report.outcomes, [Outcome::Applied]);
        }
        add(&catalogs, [product(&format!("own_{writer}_{round}"))]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_never_lose_each_others_writes() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let processes = [start(indices.settings()), start(indices.settings())];
    add(&processes[0], ["a", "b", "c"].map(product)).await;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(change_all(Arc::clone(&processes[writer % 2]), writer));
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    for process in &processes {
        let stored = stored(process).await;
        assert_eq!(stored.len(), 3 + WRITERS * ROUNDS as usize);
        for object in &stored[..3] {
            for writer in 0..WRITERS {
                for round in 0..ROUNDS {
                    let name = format!("w{writer}_{round}");
                    let found = object.fields.get(&name).and_then(FieldValue::as_text);
                    assert_eq!(found, Some("x"), "{name} of {}", object.identity);
                }
                let last = object.fields.get(&format!("last_{writer}"));
                assert_eq!(last, Some(&integer(ROUNDS - 1)));
            }
        }
    }
}

#[tokio::test]
async fn what_one_process_has_taken_another_one_waits_for_and_takes_over_when_it_stands_still() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    add(&first, [product("a")]).await;
    let patience = |ms| Duration::from_millis(ms);
    let lease =
        |of: &Arc<OpenSearchCatalogs>, ms| Lease::new(Arc::clone(&of.cluster), id(), patience(ms));
    let (mut dead, mut heir) = (lease(&first, 1), lease(&second, 300));
    let held = dead.take().await.unwrap();
    let fence = held.control.fence;
    let taken = heir.take().await.unwrap();
    assert!(taken.control.fence > fence);
    // Whoever lost it is told so, and a document that it wrote late gives way to what came after.
    let write = async |number| {
        let operation = Operation {
            index: first.cluster.names.catalog(&id()),
            id: "late".to_owned(),
            version: number,
            action: Action::Index(b"{}".to_vec()),
        };
        first.cluster.client.bulk(&[operation]).await.unwrap()
    };
    assert_eq!(write(taken.control.first_number()).await, [Item::Done]);
    assert_eq!(write(held.control.last_number()).await, [Item::Superseded]);
    let lost = dead.give_back(held).await;
    assert!(matches!(lost, Err(EngineError::InDoubt { .. })), "{lost:?}");
    heir.give_back(taken).await.unwrap();
    add(&first, [product("b")]).await;
    assert_eq!(names(&second).await, ["a", "b"]);
}

#[tokio::test]
async fn attributes_that_one_process_brought_have_their_types_for_the_other() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (first, second) = (start(indices.settings()), start(indices.settings()));
    add(&first, [product("a").with("size", integer(4))]).await;
    let outcomes = try_add(
        &second,
        [product("b").with("size", "large").with("new", "x")],
    )
    .await;
    let [Outcome::AppliedWith(kept)] = &outcomes.unwrap()[..] else {
        panic!("it fits");
    };
    assert_eq!(kept[0].identity, identity("b"));
    let outcomes = try_add(&first, [product("c").with("new", integer(1))])
        .await
        .unwrap();
    assert_eq!(outcomes, [Outcome::Applied], "a number is a text");
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_told_as_such() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let url = reqwest::Url::parse(&url).unwrap();
    let mut client = crate::engine::opensearch::client::ClientSettings::of_nodes(vec![url]);
    client.read_budget = Duration::from_millis(50);
    let catalogs = start(crate::engine::opensearch::OpenSearchSettings::of(client));
    let refused = try_add(&catalogs, [product("a")]).await;
    let Err(EngineError::Unavailable { retry_after_s, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(retry_after_s > 0);
}

/// Neither has read anything that the other one might have changed.
#[tokio::test]
async fn the_first_writes_of_two_processes_come_one_after_the_other() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(60)).await;
    settings.client.write_timeout = Duration::from_secs(60);
    let (slow, other) = (start(settings), start(indices.settings()));
    network.lose(Method::PUT, "/_doc/site:", Lost::Time);
    let writing = {
        let slow = Arc::clone(&slow);
        tokio::spawn(async move { add(&slow, [product("a").with("color", "red")]).await })
    };
    eventually(async || network.has_lost_all()).await;
    add(&other, [product("b").with("size", integer(4))]).await;
    network.let_go();
    writing.await.unwrap();
    let heir = start(indices.settings());
    assert_eq!(names(&heir).await, ["b", "a"]);
    for (filter, expected) in [("color:red", "a"), ("size:4", "b")] {
        let found = heir.search(&id(), any_of(&[filter])).await.unwrap();
        let hits = found.hits.iter();
        let hits: Vec<_> = hits
            .map(|hit| hit.object.shown().identity().as_str())
            .collect();
        assert_eq!(hits, [expected], "{filter}");
    }
}

#[tokio::test]
async fn a_catalog_that_one_process_froze_takes_no_writes_of_another_one() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (one, other) = (start(indices.settings()), start(indices.settings()));
    add(&other, [product("a")]).await;
    one.freeze(&id(), true).await.unwrap();
    let refused = try_add(&other, [product("b")]).await;
    let is_moved =
        matches!(&refused, Err(EngineError::Unavailable { reason, .. }) if reason == MOVED);
    assert!(is_moved, "{refused:?}");
    assert_eq!(names(&other).await, ["a"]);
    one.freeze(&id(), false).await.unwrap();
    add(&other, [product("b")]).await;
    assert_eq!(names(&one).await, ["a", "b"]);
}
