//! Requests and answers that get lost between a process and its cluster.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::cut::{Lost, Network};
use super::{add, commit, id, names, start, stored, try_add};
use crate::domain::CommitOutcome;
use crate::engine::EngineError;
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::product;
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::Call;

/// A process behind a network, and one that sees everything.
async fn behind(indices: &Indices) -> (Network, Arc<OpenSearchCatalogs>, Arc<OpenSearchCatalogs>) {
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(4)).await;
    settings.client.read_timeout = Duration::from_secs(2);
    let process = start(settings);
    add(&process, [product("first").in_upload("g1")]).await;
    (network, process, start(indices.settings()))
}

#[tokio::test]
async fn a_write_is_acknowledged_once_whatever_single_message_is_lost() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    let mut expected = vec!["first".to_owned()];
    // The site is taken, then documents are written, then the site is given back.
    for (at, path) in ["/_doc/site", "/_bulk", "/_doc/site"]
        .into_iter()
        .enumerate()
    {
        for lost in [Lost::Request, Lost::Answer] {
            let method = if path == "/_bulk" {
                Method::POST
            } else {
                Method::PUT
            };
            if at == 2 {
                // Behind the documents, so that it is the one that gives back.
                network.lose(Method::POST, "/_bulk", Lost::Answer);
            }
            network.lose(method, path, lost);
            let name = format!("{at}_{lost:?}");
            add(&process, [product(&name)]).await;
            assert!(network.has_lost_all());
            expected.push(name);
            assert_eq!(names(&other).await, expected, "all of it, once, in order");
        }
    }
}

#[tokio::test]
async fn a_commit_is_done_once_although_its_answer_is_lost() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    add(&process, [product("second").in_upload("g2")]).await;
    network.lose(Method::POST, "/_count", Lost::Answer);
    network.lose(Method::PUT, "/_doc/site", Lost::Answer);
    let outcome = commit(&process, "g2").await;
    assert_eq!(outcome, CommitOutcome::Deleted { count: 1 });
    assert_eq!(names(&other).await, ["second"]);
}

#[tokio::test]
async fn a_process_that_is_cut_off_says_that_it_does_not_know_and_the_other_one_goes_on() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    network.lose(Method::POST, "/_bulk", Lost::All);
    let doubt = try_add(&process, [product("cut")]).await;
    assert!(
        matches!(doubt, Err(EngineError::InDoubt { .. })),
        "{doubt:?}"
    );
    add(&other, [product("other")]).await;
    assert_eq!(names(&other).await, ["first", "other"]);
    network.heal();
    // Sent again it is there once, and so is all else.
    add(&process, [product("cut").with("color", "red")]).await;
    let stored = stored(&other).await;
    let names: Vec<_> = stored
        .iter()
        .map(|object| object.identity.as_str())
        .collect();
    assert_eq!(names, ["first", "other", "cut"]);
    assert!(stored[2].fields.contains("color"));
}

/// The bug: what a batch had said of the site before its documents was taken for somebody else's, and the site was kept.
#[tokio::test]
async fn a_site_is_given_back_by_a_batch_that_its_index_refuses() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let process = start(indices.settings());
    add(&process, [product("first")]).await;
    let alias = process.cluster.names.catalog(&id());
    let block = async |is_blocked: Value| {
        let wanted = json!({ "index.blocks.write": is_blocked });
        let call = Call::repeatable(Method::PUT, format!("/{alias}/_settings"));
        let call = call.with_json(&wanted);
        process.cluster.client.call(&call).await.unwrap();
    };
    block(json!(true)).await;
    // That there is another attribute the site says before any document brings it.
    let refused = try_add(&process, [product("second").with("new", "x")]).await;
    assert!(refused.is_err(), "{refused:?}");
    let (control, _) = process.cluster.control(&id()).await.unwrap().unwrap();
    assert_eq!(control.holder, None);
    block(Value::Null).await;
    add(&start(indices.settings()), [product("third")]).await;
}
