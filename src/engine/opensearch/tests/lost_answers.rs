//! Requests and answers that get lost between a process and its cluster.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;

use super::cut::{Lost, Network};
use super::{add, commit, names, start, stored, try_add};
use crate::domain::CommitOutcome;
use crate::engine::EngineError;
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::product;
use crate::engine::opensearch::OpenSearchCatalogs;

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
