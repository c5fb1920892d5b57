//! Commits as others see them.

use super::{add, commit, eventually, id, names, start};
use crate::domain::{CommitOutcome, Outcome, Refusal, Scope};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{identity, product, setting};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::control::{Among, Dead};
use crate::engine::{CatalogReads, CatalogWrites, Inspection};

const OBJECTS: u64 = 600;

/// Half of them of each upload.
async fn fill(catalogs: &OpenSearchCatalogs) {
    let object = |number| {
        let upload = if number % 2 == 0 { "g1" } else { "g2" };
        product(&format!("p{number}")).in_upload(upload)
    };
    add(catalogs, (0..OBJECTS).map(object)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_seen_whole_or_not_at_all() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (writer, reader) = (start(indices.settings()), start(indices.settings()));
    fill(&writer).await;
    let commits = tokio::spawn(async move { commit(&writer, "g2").await });
    let mut seen = vec![reader.count(&id(), Scope::default()).await.unwrap()];
    // Until it was seen, and as long as the index is swept after that.
    let mut left = 50;
    while left > 0 {
        seen.push(reader.count(&id(), Scope::default()).await.unwrap());
        left -= usize::from(commits.is_finished());
    }
    let outcome = commits.await.unwrap();
    assert_eq!(outcome, CommitOutcome::Deleted { count: OBJECTS / 2 });
    seen.dedup();
    let expected: &[u64] = if seen.len() == 1 {
        &[OBJECTS / 2]
    } else {
        &[OBJECTS, OBJECTS / 2]
    };
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn an_answer_does_not_hold_when_something_was_committed_meanwhile() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let (writer, reader) = (start(indices.settings()), start(indices.settings()));
    fill(&writer).await;
    let site = reader.site(&id()).unwrap();
    let mut moment = site.moment().await.unwrap();
    assert!(site.holds(&mut moment).await.unwrap());
    commit(&writer, "g2").await;
    assert!(!site.holds(&mut moment).await.unwrap(), "it is asked again");
    // The sweep is another change, of nothing that anybody sees.
    let again = site.holds(&mut moment).await.unwrap();
    assert!(again || site.holds(&mut moment).await.unwrap());
}

#[tokio::test]
async fn what_a_commit_deleted_leaves_the_index_and_what_came_after_stays() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    fill(&catalogs).await;
    commit(&catalogs, "g2").await;
    // Of the upload that was deleted, and sent after that.
    add(&catalogs, [product("p0").in_upload("g1"), product("late")]).await;
    let cluster = &catalogs.cluster;
    let all = serde_json::json!({ "match_all": {} });
    let is_swept = async || {
        let (control, _) = cluster.control(&id()).await.unwrap().unwrap();
        control.dead.is_empty()
    };
    eventually(is_swept).await;
    let alias = cluster.names.catalog(&id());
    cluster.refresh(&alias).await.unwrap();
    let there = cluster.count(&alias, &all).await.unwrap();
    assert_eq!(there, OBJECTS / 2 + 2, "nothing else lies in the index");
    let names = names(&catalogs).await;
    let last = &names[names.len() - 2..];
    assert_eq!(last, ["p0", "late"], "it is a new one, behind the others");
}

/// The sweep died with its process: the rule holds, and the next process sweeps.
#[tokio::test]
async fn what_one_process_did_not_sweep_another_one_does() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let first = start(indices.settings());
    add(
        &first,
        [product("a").in_upload("g1"), product("b").in_upload("g2")],
    )
    .await;
    let mut lease = crate::engine::opensearch::lease::Lease::new(
        first.cluster.clone(),
        id(),
        std::time::Duration::from_secs(30),
    );
    let mut held = lease.take().await.unwrap();
    held.control.dead.push(Dead {
        generation: Some("g2".to_owned()),
        among: Among::OfType {
            object_type: "product".to_owned(),
            keeps_refused: false,
        },
        upto: held.control.last_number(),
    });
    held.control.dead_changes += 1;
    lease.give_back(held).await.unwrap();
    assert_eq!(names(&first).await, ["b"]);
    let second = start(indices.settings());
    add(&second, [product("c")]).await;
    let is_swept = async || {
        let (control, _) = second.cluster.control(&id()).await.unwrap().unwrap();
        control.dead.is_empty()
    };
    eventually(is_swept).await;
    assert_eq!(names(&first).await, ["b", "c"]);
}

/// Before anybody has swept: by id as well as in a list.
#[tokio::test]
async fn what_a_source_left_out_cannot_be_changed_any_more() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let article = product("z").of_type("article");
    add(&catalogs, [product("x"), article]).await;
    let cluster = catalogs.cluster.clone();
    let patience = std::time::Duration::from_secs(30);
    let mut lease = crate::engine::opensearch::lease::Lease::new(cluster, id(), patience);
    let mut held = lease.take().await.unwrap();
    let upto = held.control.last_number();
    held.control.dead.push(Dead {
        generation: Some("g".to_owned()),
        among: Among::OfSource {
            source: "s".to_owned(),
            types: vec!["product".to_owned()],
            all_but: Some(vec!["other".to_owned()]),
        },
        upto,
    });
    held.control.dead_changes += 1;
    lease.give_back(held).await.unwrap();
    assert_eq!(names(&catalogs).await, ["z"]);
    let looked_at = catalogs.inspect(&id(), identity("x")).await.unwrap();
    assert!(looked_at.is_none());
    let changes = ["x", "z"].map(|name| setting(name, "color", Some("red".into())));
    let report = catalogs.patch(&id(), changes.to_vec()).await.unwrap();
    let expected = [Outcome::Refused(Refusal::NotFound), Outcome::Applied];
    assert_eq!(report.outcomes, expected);
}
