//! Another index, made beside the one that serves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::cut::{Lost, Network};
use super::{add, commit, eventually, id, names, start, stored, told};
use crate::domain::{Clock, Language, Object, Outcome, Site};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{integer, key, narrow, product, setting};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::opensearch::client::{Call, Method};
use crate::engine::opensearch::layout::names::Names;
use crate::engine::opensearch::site::{Done, OpenSite, RebuildStep, RebuildWork, Work};
use crate::engine::{CatalogWrites, Lifecycle, Search};

async fn has_ended(catalogs: &OpenSearchCatalogs) -> bool {
    let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
    control.rebuild.is_none()
}

/// Indices of the catalog, whether they serve or not.
async fn indices_of(catalogs: &OpenSearchCatalogs) -> Vec<String> {
    let alias = catalogs.cluster.names.catalog(&id());
    let told = told(catalogs, format!("/{alias}+*/_alias")).await;
    let all: Vec<String> = told.as_object().unwrap().keys().cloned().collect();
    let number = |name: &String| name.rsplit_once('+').unwrap().1.to_owned();
    all.iter().map(number).collect()
}

/// Takes one step.
async fn rebuilt(site: &Arc<OpenSite>, work: RebuildWork) -> RebuildStep {
    match site.write(Work::Rebuild(work), 1).await.unwrap() {
        (Done::Rebuild(step), _) => step,
        (other, _) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_while_another_index_is_made_is_in_it() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let all = (0..2_500).map(|at| product(&format!("p{at}")).in_upload("g1"));
    add(&catalogs, all).await;
    // Searches and what comes later do not see these any more.
    add(
        &catalogs,
        (0..50).map(|at| product(&format!("p{at}")).in_upload("g2")),
    )
    .await;
    assert!(catalogs.rebuild_index(&id()).await.unwrap());
    assert!(
        !catalogs.rebuild_index(&id()).await.unwrap(),
        "one at a time"
    );
    let mut expected: BTreeSet<String> = (0..50).map(|at| format!("p{at}")).collect();
    let mut rounds = 0;
    while !has_ended(&catalogs).await || rounds < 3 {
        let (new, changed, gone) = (
            format!("new{rounds}"),
            format!("p{}", rounds % 40),
            format!("p{}", 49 - rounds % 9),
        );
        add(&catalogs, [product(&new).in_upload("g2")]).await;
        expected.insert(new);
        if expected.contains(&changed) {
            let change = setting(&changed, "size", Some(integer(rounds)));
            let report = catalogs.patch(&id(), vec![change]).await.unwrap();
            assert_eq!(report.outcomes, [Outcome::Applied]);
        }
        let report = catalogs.delete(&id(), vec![key(&gone, "product")]).await;
        report.unwrap();
        expected.remove(&gone);
        if rounds == 1 {
            commit(&catalogs, "g2").await;
        }
        rounds += 1;
    }
    eventually(async || indices_of(&catalogs).await == ["2"]).await;
    let there: BTreeSet<String> = names(&catalogs).await.into_iter().collect();
    assert_eq!(there, expected);
    let changed = |object: &Object| object.fields.contains("size");
    assert!(stored(&catalogs).await.iter().any(changed));
    let is_swept = async || {
        let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
        control.dead.is_empty()
    };
    eventually(is_swept).await;
    let alias = catalogs.cluster.names.catalog(&id());
    catalogs.cluster.refresh(&alias).await.unwrap();
    let everything = serde_json::json!({ "match_all": {} });
    let lies_there = catalogs.cluster.count(&alias, &everything).await.unwrap();
    assert_eq!(lies_there, expected.len() as u64, "nothing else lies in it");
    add(&catalogs, [product("late")]).await;
    assert!(names(&catalogs).await.contains(&"late".to_owned()));
}

#[tokio::test]
async fn another_process_goes_on_with_an_index_that_stands_still() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let dies = start(indices.settings());
    add(&dies, (0..700).map(|at| product(&format!("p{at}")))).await;
    let site = dies.site(&id()).unwrap();
    for work in [RebuildWork::Begin, RebuildWork::Copy] {
        site.write(Work::Rebuild(work), 1).await.unwrap();
    }
    drop((dies, site));
    let mut settings = indices.settings();
    settings.lease = Duration::from_millis(300);
    let heir = start(settings);
    add(&heir, [product("new")]).await;
    heir.begin().await;
    eventually(async || indices_of(&heir).await == ["2"]).await;
    assert_eq!(names(&heir).await.len(), 701);
}

/// It was said that the other index serves, and nobody heard that it was.
#[tokio::test]
async fn writes_go_on_where_a_process_died_right_after_the_exchange() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let dies = start(indices.settings());
    add(&dies, [product("a")]).await;
    let site = dies.site(&id()).unwrap();
    for work in [RebuildWork::Begin, RebuildWork::Copy] {
        site.write(Work::Rebuild(work), 1).await.unwrap();
    }
    dies.cluster.serve_next(&site.alias, 2).await.unwrap();
    drop((dies, site));
    let mut settings = indices.settings();
    settings.lease = Duration::from_millis(300);
    let heir = start(settings);
    add(&heir, [product("b")]).await;
    heir.begin().await;
    eventually(async || has_ended(&heir).await).await;
    eventually(async || indices_of(&heir).await == ["2"]).await;
    add(&heir, [product("c")]).await;
    assert_eq!(names(&heir).await, ["a", "b", "c"]);
}

/// Both names that a document is written under are of the new index by then, and only the first document of a number stays.
#[tokio::test]
async fn what_is_written_right_after_the_exchange_is_made_as_the_new_index_is() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let in_language = |language: Language, lease: Duration| {
        let mut settings = indices.settings();
        settings.lease = lease;
        let site = Site {
            language,
            ..super::site()
        };
        Arc::new(OpenSearchCatalogs::new(settings, vec![site], Clock::system()).unwrap())
    };
    let before = in_language(Language::Czech, Duration::from_secs(10));
    add(&before, [product("a").titled("H\u{e4}user")]).await;
    let dies = in_language(Language::German, Duration::from_secs(10));
    let site = dies.site(&id()).unwrap();
    for work in [RebuildWork::Begin, RebuildWork::Copy] {
        site.write(Work::Rebuild(work), 1).await.unwrap();
    }
    dies.cluster.serve_next(&site.alias, 2).await.unwrap();
    drop((before, dies, site));
    let heir = in_language(Language::German, Duration::from_millis(300));
    add(&heir, [product("b").titled("H\u{e4}user")]).await;
    heir.begin().await;
    eventually(async || has_ended(&heir).await).await;
    let alias = heir.cluster.names.catalog(&id());
    heir.cluster.refresh(&alias).await.unwrap();
    let found = heir.search(&id(), narrow("haus")).await.unwrap();
    assert_eq!(found.total_hits, 2, "as those are that were copied");
}

/// It was copied before it was deleted.
#[tokio::test]
async fn what_a_commit_deletes_is_deleted_in_both_indices() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let objects = [product("a").in_upload("g1"), product("b").in_upload("g2")];
    add(&catalogs, objects).await;
    let site = catalogs.site(&id()).unwrap();
    let step = async |work| rebuilt(&site, work).await;
    assert_eq!(step(RebuildWork::Begin).await, RebuildStep::Begun);
    assert_eq!(step(RebuildWork::Copy).await, RebuildStep::More);
    commit(&catalogs, "g2").await;
    let is_swept = async || {
        let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
        control.dead.is_empty()
    };
    eventually(is_swept).await;
    assert_eq!(step(RebuildWork::Copy).await, RebuildStep::Through);
    assert_eq!(step(RebuildWork::Switch).await, RebuildStep::Switched);
    assert_eq!(names(&catalogs).await, ["b"]);
}

/// Two servers with two configurations, which are started in turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_do_not_agree_have_an_index_made_twice_each_and_no_more() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let in_language = async |language: Language| {
        let site = Site {
            language,
            ..super::site()
        };
        let catalogs = indices.process(vec![site], Clock::system());
        catalogs.begin().await;
        catalogs
    };
    let first = in_language(Language::Czech).await;
    add(&first, [product("a")]).await;
    drop(first);
    let made = async |catalogs: &OpenSearchCatalogs| {
        let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
        (
            control.rebuild.is_none(),
            control.made.unwrap().language,
            control.turns.len(),
        )
    };
    let turns = [
        Language::Polish,
        Language::Czech,
        Language::Polish,
        Language::Czech,
    ];
    for (at, language) in turns.into_iter().enumerate() {
        let catalogs = in_language(language).await;
        let wanted = (true, language.code().to_owned(), at + 1);
        eventually(async || made(&catalogs).await == wanted).await;
    }
    let catalogs = in_language(Language::Polish).await;
    let site = catalogs.site(&id()).unwrap();
    let step = site
        .write(Work::Rebuild(RebuildWork::Follow), 1)
        .await
        .unwrap();
    assert!(
        matches!(step, (Done::Rebuild(RebuildStep::Contested), _)),
        "{step:?}"
    );
    eventually(async || site.is_followed.load(Ordering::Acquire)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(made(&catalogs).await, (true, "cs".to_owned(), 4));
    let told = catalogs.examine().await.unwrap();
    assert!(told.sites[0].is_made_otherwise);
    // Whoever asks for another one gets it.
    assert!(catalogs.rebuild_index(&id()).await.unwrap());
    eventually(async || made(&catalogs).await == (true, "pl".to_owned(), 4)).await;
}

#[tokio::test]
async fn an_index_that_does_not_hold_the_same_never_serves() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    add(&catalogs, [product("a"), product("b")]).await;
    let site = catalogs.site(&id()).unwrap();
    let step = async |work| rebuilt(&site, work).await;
    assert_eq!(step(RebuildWork::Begin).await, RebuildStep::Begun);
    assert_eq!(step(RebuildWork::Copy).await, RebuildStep::More);
    let next = Names::next(&site.alias);
    let strange = Call::repeatable(Method::PUT, format!("/{next}/_doc/strange"));
    let strange = strange.with_json(&serde_json::json!({ "identity": "strange" }));
    catalogs.cluster.client.call(&strange).await.unwrap();
    for _ in 0..2 {
        let differs = RebuildStep::Differs { has: 2, copied: 3 };
        assert_eq!(step(RebuildWork::Switch).await, differs);
        // All of it again.
        assert_eq!(step(RebuildWork::Copy).await, RebuildStep::More);
        assert_eq!(step(RebuildWork::Copy).await, RebuildStep::Through);
    }
    for work in [RebuildWork::GiveUp, RebuildWork::Clean] {
        assert_eq!(step(work).await, RebuildStep::Nothing);
    }
    assert_eq!(indices_of(&catalogs).await, ["1"]);
    assert_eq!(names(&catalogs).await, ["a", "b"]);
}

/// The bug: it was gone on with as if the other index had them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_does_not_take_the_fields_is_not_begun() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(2)).await;
    let catalogs = start(settings);
    add(&catalogs, [product("a"), product("b")]).await;
    network.lose(Method::PUT, "_mapping", Lost::All);
    assert!(catalogs.rebuild_index(&id()).await.is_err());
    network.heal();
    assert!(has_ended(&catalogs).await, "none is being made");
    assert!(catalogs.rebuild_index(&id()).await.unwrap());
    eventually(async || has_ended(&catalogs).await).await;
    assert_eq!(names(&catalogs).await, ["a", "b"]);
}
