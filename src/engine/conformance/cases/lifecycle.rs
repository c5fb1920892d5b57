//! Sites that come and go, how an engine is doing, and what is asked of a site that nobody knows.

use crate::domain::{
    AnswerMemory, Criteria, GenerationCommit, JobNumber, JobRequest, Language, Reach, Scan, Scope,
    Site, SourceCommit, SourceRows, TrackerId, UpdateByQuery, VariantMode,
};
use crate::engine::conformance::objects::{
    everything, generation, integer, object_type, product, site_of, source, tracker,
};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};
use crate::engine::{Capabilities, EngineError, Extraction, Made, Visibility};

on_every_backend![
    stored: a_site_that_is_closed_is_unknown_until_it_is_opened,
    everything_is_closed_at_the_end;
    found: sites_know_nothing_of_each_other,
    opening_a_site_again_changes_its_settings,
    every_door_that_is_there_is_told,
    an_unknown_site_is_told_whatever_is_asked,
    sites_are_made_and_removed_while_the_server_runs,
    stats_are_of_the_first_sites_by_name,
];

async fn sites_know_nothing_of_each_other<B: Backend>() {
    let shop = Shop::<B>::of_all(vec![site_of("one"), site_of("two")]);
    shop.add([product("a")]).await;
    let two = tracker("two");
    let found = shop.engine.search.search(&two, everything()).await.unwrap();
    assert_eq!(found.total_hits, 0);
    assert_eq!(
        shop.engine
            .reads
            .count(&two, Scope::default())
            .await
            .unwrap(),
        0
    );
}

#[expect(clippy::unused_async, reason = "every case is awaited")]
async fn every_door_that_is_there_is_told<B: Backend>() {
    let shop = Shop::<B>::open();
    let expected = Capabilities {
        product_sync: true,
        documents: true,
        events: B::COUNTS_EVENTS,
        files: true,
    };
    assert_eq!(shop.engine.capabilities(), expected);
}

async fn a_site_that_is_closed_is_unknown_until_it_is_opened<B: Backend>() {
    let shop = Shop::<B>::of_all(vec![site_of("one"), site_of("two")]);
    shop.add([product("a")]).await;
    let lifecycle = &shop.engine.lifecycle;
    assert_eq!(lifecycle.readiness().serving, 2);
    lifecycle.close_site(shop.id()).await;
    lifecycle.close_site(shop.id()).await;
    assert_eq!(lifecycle.readiness().serving, 1);
    let refused = shop.engine.search.search(shop.id(), everything()).await;
    assert!(
        matches!(refused, Err(EngineError::UnknownSite(_))),
        "{refused:?}"
    );
    lifecycle.open_site(site_of("one")).await;
    assert_eq!(lifecycle.readiness().serving, 2);
    assert!(lifecycle.readiness().problems.is_empty());
    assert_eq!(shop.names().await, ["a"]);
}

async fn opening_a_site_again_changes_its_settings<B: Backend>() {
    let shop = Shop::<B>::open();
    let title = [("title", "S".into())];
    shop.add([product("shirt").variant(title)]).await;
    assert_eq!(shop.find(&everything()).await, ["shirt"]);
    let site = Site {
        variants: VariantMode::Separate,
        ..shop.sites[0].clone()
    };
    shop.engine.lifecycle.open_site(site).await;
    assert_eq!(shop.engine.lifecycle.readiness().serving, 1);
    assert_eq!(shop.find(&everything()).await, ["shirt", "shirt-0"]);
}

/// Checks that all of these are refused for the same reason.
macro_rules! unknown {
    ($site:expr, $($answer:expr),+ $(,)?) => {
        $(match $answer {
            Err(EngineError::UnknownSite(told)) => assert_eq!(&told, $site),
            _ => panic!("`{}` knows the site", stringify!($answer)),
        })+
    };
}

async fn an_unknown_site_is_told_whatever_is_asked<B: Backend>() {
    let shop = Shop::<B>::open();
    let nobody: &TrackerId = &tracker("nobody-knows");
    let (engine, sources, documents) = (&shop.engine, shop.sources(), shop.documents());
    let of_type = || object_type("books");
    let commit = || GenerationCommit {
        object_type: of_type(),
        generation: generation("g"),
        must_exist: true,
        guard_percent: 0,
        keeps_refused: false,
    };
    let source_commit = || SourceCommit {
        source: source("s"),
        generation: generation("g"),
        object_type: None,
        reach: Reach::Own,
        at_least: 0,
    };
    let rows = SourceRows {
        source: source("s"),
        generation: None,
        rows: Vec::new(),
        bookmark: None,
    };
    let job = JobRequest::UpdateByQuery(UpdateByQuery {
        types: vec![of_type()],
        criteria: Criteria::new([("a", integer(1))].into_iter().collect()).unwrap(),
        fields: Vec::new(),
    });
    let scan = Scan {
        scope: Scope::default(),
        after: crate::domain::ScanPosition::default(),
        limit: 1,
    };
    let key = || crate::engine::DocumentKey("1".to_owned());
    unknown!(
        nobody,
        engine
            .writes
            .replace(nobody, Vec::new(), Extraction::Extract)
            .await,
        engine.writes.patch(nobody, Vec::new()).await,
        engine.writes.delete(nobody, Vec::new()).await,
        engine.writes.commit_generation(nobody, commit()).await,
        engine
            .writes
            .wait_visible(nobody, Visibility::default())
            .await,
        engine.reads.scan(nobody, scan.clone()).await,
        engine.reads.count(nobody, Scope::default()).await,
        engine.search.search(nobody, everything()).await,
        engine.jobs.submit_job(nobody, job.clone()).await,
        engine.jobs.job(nobody, JobNumber(1)).await,
        engine.jobs.job_refusals(nobody, JobNumber(1), 0, 1).await,
    );
    unknown!(
        nobody,
        sources.write_rows(nobody, rows).await,
        sources.bookmark(nobody, &source("s")).await,
        sources.survey_source(nobody, source_commit()).await,
        sources.commit_source(nobody, source_commit()).await,
        documents.card(nobody).await,
        documents.schema(nobody).await,
        documents
            .create_document_type(nobody, of_type(), String::new(), None)
            .await,
        documents.delete_document_type(nobody, of_type()).await,
        documents
            .write_documents(nobody, of_type().into(), Vec::new())
            .await,
        documents
            .submit_documents(nobody, of_type().into(), Vec::new())
            .await,
        documents.receipts(nobody, Vec::new()).await,
        documents.document(nobody, of_type(), key()).await,
        documents
            .documents(nobody, of_type(), 0, 1, AnswerMemory::default())
            .await,
        documents.last_write(nobody, None).await,
        documents.count_click(nobody, of_type(), 1).await,
        documents.clicks(nobody, None, 0, 1).await,
        documents.places(nobody, Vec::new()).await,
    );
}

async fn sites_are_made_and_removed_while_the_server_runs<B: Backend>() {
    let shop = Shop::<B>::open();
    let made = Site {
        language: Language::Any,
        ..Site::of_documents(tracker("made"))
    };
    let make_as = |name: &str| shop.documents().make_site(made.clone(), name.to_owned());
    assert_eq!(make_as("Made").await.unwrap(), Made::New);
    assert_eq!(make_as("Other").await.unwrap(), Made::Exists);
    let taken = shop
        .documents()
        .make_site(site_of("shop-1"), "Mine".to_owned());
    assert_eq!(taken.await.unwrap(), Made::Exists);
    let card = shop.documents().card(&made.tracker_id).await.unwrap();
    assert_eq!(
        (card.name.as_deref(), card.created_at),
        (Some("Made"), shop.now())
    );
    assert_eq!(shop.documents().card(shop.id()).await.unwrap().name, None);
    let shop = shop.restart();
    assert_eq!(
        shop.documents().card(&made.tracker_id).await.unwrap(),
        card,
        "also the key"
    );
    let sites = shop.documents().made_sites().await.unwrap();
    let ids: Vec<&TrackerId> = sites.iter().map(|site| &site.tracker_id).collect();
    assert_eq!(ids, [&made.tracker_id]);
    assert!(
        shop.documents()
            .made_site(&made.tracker_id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        shop.documents()
            .made_site(shop.id())
            .await
            .unwrap()
            .is_none()
    );
    shop.documents()
        .remove_site(&made.tracker_id)
        .await
        .unwrap();
    assert!(shop.documents().made_sites().await.unwrap().is_empty());
    unknown!(
        &made.tracker_id,
        shop.documents().card(&made.tracker_id).await
    );
    let again = shop.documents().make_site(made.clone(), "Again".to_owned());
    assert_eq!(again.await.unwrap(), Made::New);
}

async fn stats_are_of_the_first_sites_by_name<B: Backend>() {
    let shop = Shop::<B>::of_all(vec![site_of("b"), site_of("c"), site_of("a")]);
    shop.add([product("1").with("size", integer(1)), product("2")])
        .await;
    shop.replace([product("3").with("size", "big")]).await;
    let criteria = Criteria::new([("size", integer(1))].into_iter().collect()).unwrap();
    shop.run(JobRequest::UpdateByQuery(UpdateByQuery {
        types: vec![object_type("product")],
        criteria,
        fields: vec![("size".into(), Some(integer(2)))],
    }))
    .await;
    shop.settle().await;
    let lifecycle = &shop.engine.lifecycle;
    let stats = lifecycle.stats(2).await;
    assert_eq!(stats.sites, 3);
    let names: Vec<&str> = stats.by_site.iter().map(|one| one.site.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(stats.by_site.iter().all(|one| one.is_well));
    let open = stats.by_site[1].open.as_ref().unwrap();
    let schema = shop.documents().schema(shop.id()).await.unwrap();
    assert_eq!(open.names, schema.len());
    assert!(open.names < open.names_max);
    assert_eq!(open.misfits_kept, 1);
    assert_eq!(open.index.unwrap().documents, 3);
    let store = open.store.unwrap();
    assert_eq!(store.written, open.visible);
    assert_eq!((store.jobs.complete, store.jobs.failed), (1, 0));
    let empty = stats.by_site[0].open.as_ref().unwrap();
    assert_eq!((empty.names, empty.index.unwrap().documents), (0, 0));
}

async fn everything_is_closed_at_the_end<B: Backend>() {
    let shop = Shop::<B>::with([product("a")]).await;
    shop.engine.lifecycle.close().await;
    let refused = shop
        .engine
        .writes
        .replace(
            shop.id(),
            vec![product("b").object().into()],
            Extraction::Extract,
        )
        .await;
    assert!(refused.is_err(), "{refused:?}");
    let shop = shop.restart();
    shop.engine.lifecycle.open_site(site_of("shop-1")).await;
    assert_eq!(shop.names().await, ["a"]);
}
