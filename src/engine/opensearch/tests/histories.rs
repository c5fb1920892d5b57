//! Histories of several writers before two processes: each object has to behave as if every call on it had been done at one
//! moment between its beginning and its end. Invariant: the checker knows calls and answers alone, and nothing of a backend.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::{add, id, start};
use crate::domain::{FieldValue, Outcome, Refusal};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{identity, key, product, setting};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::{CatalogWrites, Inspection};

const HISTORIES: usize = 50;
const WRITERS: usize = 8;
const OBJECTS: usize = 3;

/// Attributes of an object but for its title; `None` where it is not there.
type State = Option<BTreeMap<String, String>>;

#[derive(Clone, Debug)]
enum Did {
    /// It has these attributes and no others.
    Replaced(BTreeMap<String, String>),
    /// Whether it was there.
    Patched(String, String, bool),
    Deleted(bool),
    Read(State),
}

#[derive(Clone, Debug)]
struct Call {
    began: Instant,
    ended: Instant,
    did: Did,
}

/// What a call makes of a state; `None` where it could not have had its answer.
fn after(state: &State, did: &Did) -> Option<State> {
    match did {
        Did::Replaced(attributes) => Some(Some(attributes.clone())),
        Did::Patched(name, value, was_there) => match state {
            Some(attributes) if *was_there => {
                let mut attributes = attributes.clone();
                attributes.insert(name.clone(), value.clone());
                Some(Some(attributes))
            }
            None if !was_there => Some(None),
            _ => None,
        },
        Did::Deleted(was_there) => (state.is_some() == *was_there).then_some(None),
        Did::Read(seen) => (seen == state).then(|| state.clone()),
    }
}

/// Whether there is an order of the calls that keeps to their times and gives each its answer.
fn is_linear(calls: &[Call]) -> bool {
    assert!(calls.len() < 64, "a set of calls is a number");
    let mut seen = HashSet::new();
    let mut open = vec![(0_u64, None::<BTreeMap<String, String>>)];
    let all = (1_u64 << calls.len()) - 1;
    while let Some((done, state)) = open.pop() {
        if done == all {
            return true;
        }
        if !seen.insert((done, state.clone())) {
            continue;
        }
        let left = || (0..calls.len()).filter(|at| done & (1 << at) == 0);
        // What has ended before another began comes before it.
        let first_end = left().map(|at| calls[at].ended).min();
        for at in left() {
            if Some(calls[at].began) > first_end {
                continue;
            }
            if let Some(next) = after(&state, &calls[at].did) {
                open.push((done | (1 << at), next));
            }
        }
    }
    false
}

#[test]
fn the_checker_tells_what_could_have_been_from_what_could_not() {
    let zero = Instant::now();
    let at = |ms| zero + std::time::Duration::from_millis(ms);
    let call = |began, ended, did| Call {
        began: at(began),
        ended: at(ended),
        did,
    };
    let with = |names: &[&str]| -> BTreeMap<String, String> {
        let all = names.iter();
        all.map(|name| ((*name).to_owned(), "x".to_owned()))
            .collect()
    };
    let replaced = |began, ended, name| call(began, ended, Did::Replaced(with(&[name])));
    let patched =
        |began, ended, name: &str| call(began, ended, Did::Patched(name.into(), "x".into(), true));
    let read = |began, ended, names| call(began, ended, Did::Read(Some(with(names))));
    // Side by side, both orders of the first two could have been.
    let both = [replaced(0, 9, "a"), patched(5, 9, "b")];
    for (seen, could_be) in [
        (&["a", "b"][..], true),
        (&["a"][..], false),
        (&["b"][..], false),
    ] {
        let calls = [both.as_slice(), &[read(10, 11, seen)]].concat();
        assert_eq!(is_linear(&calls), could_be, "{seen:?}");
    }
    // A write that was lost.
    let calls = [
        replaced(0, 1, "a"),
        patched(2, 3, "b"),
        patched(4, 5, "c"),
        read(6, 7, &["a", "c"]),
    ];
    assert!(!is_linear(&calls));
    // What was seen is not unseen.
    let calls = [
        replaced(0, 1, "a"),
        patched(2, 9, "b"),
        read(3, 4, &["a", "b"]),
        read(5, 6, &["a"]),
    ];
    assert!(!is_linear(&calls));
}

/// A call on one object, by one of the writers.
async fn call(catalogs: &OpenSearchCatalogs, object: &str, writer: usize, turn: usize) -> Call {
    let (name, value) = (format!("w{writer}"), format!("{writer}_{turn}"));
    let began = Instant::now();
    let did = match (writer + turn) % 5 {
        0 => {
            add(catalogs, [product(object).with(&name, value.as_str())]).await;
            Did::Replaced([(name, value)].into_iter().collect())
        }
        1 if turn > 1 => {
            let report = catalogs.delete(&id(), vec![key(object, "product")]).await;
            Did::Deleted(report.unwrap().outcomes == [Outcome::Applied])
        }
        2 => {
            let seen = catalogs.inspect(&id(), identity(object)).await.unwrap();
            Did::Read(seen.map(|seen| {
                let fields = seen.object.fields.iter();
                let attributes = fields.filter(|(name, _)| name.as_str() != "title");
                let text = |value: &FieldValue| value.as_text().unwrap_or_default().to_owned();
                attributes
                    .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                    .collect()
            }))
        }
        _ => {
            let change = setting(object, &name, Some(value.as_str().into()));
            let report = catalogs.patch(&id(), vec![change]).await.unwrap();
            let was_there = match &report.outcomes[..] {
                [Outcome::Applied] => true,
                [Outcome::Refused(Refusal::NotFound)] => false,
                other => panic!("{other:?}"),
            };
            Did::Patched(name, value, was_there)
        }
    };
    Call {
        began,
        ended: Instant::now(),
        did,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_object_behaves_as_if_calls_were_done_one_after_the_other() {
    const TURNS: usize = 4;
    let Some(indices) = Indices::new() else {
        return;
    };
    let processes = [start(indices.settings()), start(indices.settings())];
    for history in 0..HISTORIES {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let catalogs = Arc::clone(&processes[writer % 2]);
            writers.spawn(async move {
                let mut calls = Vec::new();
                for turn in 0..TURNS {
                    let object = (writer + 2 * turn + history) % OBJECTS;
                    let name = format!("h{history}_{object}");
                    calls.push((object, call(&catalogs, &name, writer, turn).await));
                }
                calls
            });
        }
        let mut of_objects = vec![Vec::new(); OBJECTS];
        while let Some(calls) = writers.join_next().await {
            for (object, call) in calls.unwrap() {
                of_objects[object].push(call);
            }
        }
        for (object, mut calls) in of_objects.into_iter().enumerate() {
            calls.sort_by_key(|call| call.began);
            assert!(is_linear(&calls), "h{history}_{object}: {calls:#?}");
        }
    }
}
