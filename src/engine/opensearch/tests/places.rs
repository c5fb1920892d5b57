//! Places of documents, which are parts of their ids: whoever is cut off, none is given twice.

use std::collections::BTreeSet;

use reqwest::Method;

use super::cut::Lost;
use super::documents::{behind, book, make_type, put};
use super::id;
use crate::domain::DocumentOutcome;
use crate::engine::EngineError;
use crate::engine::conformance::cluster::Indices;

#[tokio::test]
async fn documents_of_one_second_have_ids_of_their_own_whoever_dies() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    make_type(&other, &id()).await;
    let place = |outcome| match outcome {
        DocumentOutcome::Written(stored) => stored.place.first_seen,
        outcome => panic!("{outcome:?}"),
    };
    let first = put(&process, &id(), book("1", &[])).await.unwrap();
    // The document is there, and nobody says that the site was given back.
    network.lose(Method::POST, "/_bulk", Lost::Nothing);
    network.lose(Method::PUT, "/_doc/site", Lost::All);
    let cut = put(&process, &id(), book("2", &[])).await;
    assert!(matches!(cut, Err(EngineError::InDoubt { .. })), "{cut:?}");
    let third = put(&other, &id(), book("3", &[])).await.unwrap();
    let second = put(&other, &id(), book("2", &[])).await.unwrap();
    let mut places = [place(first), place(second), place(third)];
    places.sort_unstable();
    assert!(places[0] < places[1] && places[1] < places[2], "{places:?}");
}

/// The first place of all: none was kept before.
#[tokio::test]
async fn the_place_of_a_document_is_nobody_elses_whoever_dies() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    make_type(&other, &id()).await;
    network.lose(Method::POST, "/_bulk", Lost::Nothing);
    network.lose(Method::PUT, "/_doc/site", Lost::All);
    let cut = put(&process, &id(), book("1", &[])).await;
    assert!(matches!(cut, Err(EngineError::InDoubt { .. })), "{cut:?}");
    assert!(!network.has_lost_all(), "it was cut where it should be");
    let mut places = BTreeSet::new();
    for name in ["2", "1"] {
        match put(&other, &id(), book(name, &[])).await.unwrap() {
            DocumentOutcome::Written(stored) => places.insert(stored.place.first_seen),
            outcome => panic!("{outcome:?}"),
        };
    }
    assert_eq!(places.len(), 2, "{places:?}");
}

/// It is there, and whoever wrote it goes on and does not know.
#[tokio::test]
async fn the_place_of_a_document_in_doubt_is_nobody_elses() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (network, process, other) = behind(&indices).await;
    make_type(&other, &id()).await;
    put(&process, &id(), book("1", &[])).await.unwrap();
    network.lose(Method::POST, "/_bulk", Lost::Answer);
    network.lose(Method::POST, "/_bulk", Lost::All);
    let cut = put(&process, &id(), book("2", &[])).await;
    assert!(matches!(cut, Err(EngineError::InDoubt { .. })), "{cut:?}");
    network.heal();
    let mut places = BTreeSet::new();
    for name in ["1", "3", "2"] {
        match put(&process, &id(), book(name, &[])).await.unwrap() {
            DocumentOutcome::Written(stored) => places.insert(stored.place.first_seen),
            outcome => panic!("{outcome:?}"),
        };
    }
    assert_eq!(places.len(), 3, "{places:?}");
}
