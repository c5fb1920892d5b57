//! Work that is done after its request was answered (docs/reference/03-update-by-query-and-generations.md §1, §2).

use crate::domain::{
    Criteria, FieldValue, Fields, Job, JobKind, JobNumber, JobRequest, JobStatus, Outcome, Refusal,
    UpdateByQuery,
};
use crate::engine::conformance::objects::{
    Draft, everything, integer, key, object_type, product, texts,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    stored: an_update_changes_what_matches_and_says_how_many,
    criteria_ask_for_all_they_name,
    what_cannot_be_changed_is_told_page_by_page,
    jobs_are_numbered_and_remembered,
    jobs_are_listed_the_last_first;
    found: a_job_that_is_complete_can_be_found,
];

fn update(
    types: &[&str],
    wanted: impl IntoIterator<Item = (&'static str, FieldValue)>,
    fields: &[(&str, Option<FieldValue>)],
) -> JobRequest {
    let wanted: Fields = wanted.into_iter().collect();
    let fields = fields.iter().cloned();
    JobRequest::UpdateByQuery(UpdateByQuery {
        types: types.iter().map(|name| object_type(name)).collect(),
        criteria: Criteria::new(wanted).unwrap(),
        fields: fields.map(|(name, value)| (name.into(), value)).collect(),
    })
}

fn complete(job: &Job) -> (u64, u64) {
    assert_eq!(job.status, JobStatus::Complete);
    assert_eq!(job.kind, JobKind::UpdateByQuery);
    (job.applied, job.refused)
}

async fn an_update_changes_what_matches_and_says_how_many<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").with("color", "red").with("size", integer(1)),
        product("b").with("color", "blue"),
        product("c").with("color", "red").of_type("article"),
        product("d").with("color", texts(&["red", "green"])),
    ])
    .await;
    let change = [("size", None), ("sale", Some(FieldValue::Bool(true)))];
    let job = shop
        .run(update(&["product"], [("color", "red".into())], &change))
        .await;
    assert_eq!(complete(&job), (2, 0));
    let sale = FieldValue::Bool(true);
    let expected = [
        product("a").with("color", "red").with("sale", sale.clone()),
        product("b").with("color", "blue"),
        product("c").with("color", "red").of_type("article"),
        product("d")
            .with("color", texts(&["red", "green"]))
            .with("sale", sale),
    ];
    assert_eq!(shop.stored().await, expected.map(Draft::object));
    let job = shop
        .run(update(&["product"], [("color", "no".into())], &change))
        .await;
    assert_eq!(complete(&job), (0, 0));
}

async fn criteria_ask_for_all_they_name<B: Backend>() {
    let inner = |material: &str| {
        let map = [("material", material.into())].into_iter().collect();
        FieldValue::Map(map)
    };
    let shop = Shop::<B>::with([
        product("a")
            .with("size", integer(1))
            .with("special", inner("silk")),
        product("b")
            .with("size", integer(1))
            .with("color", texts(&["red", "blue"])),
        product("c").with("size", integer(2)).with("color", "red"),
    ])
    .await;
    let red_and_blue = texts(&["blue", "red"]);
    for (at, (wanted, applied)) in [
        (vec![("size", integer(1))], 2),
        (vec![("size", FieldValue::from("1"))], 0),
        (vec![("size", integer(1)), ("color", "red".into())], 1),
        (vec![("color", red_and_blue)], 1),
        (vec![("special", inner("silk"))], 1),
        (vec![("unknown", "x".into())], 0),
        (vec![("title", "c".into())], 1),
    ]
    .into_iter()
    .enumerate()
    {
        let change = [("seen", Some(integer(at as i64)))];
        let job = shop
            .run(update(&["product"], wanted.clone(), &change))
            .await;
        assert_eq!(complete(&job), (applied, 0), "{wanted:?}");
    }
}

async fn what_cannot_be_changed_is_told_page_by_page<B: Backend>() {
    let names = ["e", "d", "c", "b", "a"];
    let shop = Shop::<B>::with(names.map(|name| product(name).with("color", "red"))).await;
    let change = [("boost", Some("much".into()))];
    let job = shop
        .run(update(&["product"], [("color", "red".into())], &change))
        .await;
    assert_eq!(complete(&job), (0, 5));
    let mut told = Vec::new();
    for (after, limit, count) in [(0, 2, 2), (2, 2, 2), (4, 2, 1), (5, 2, 0)] {
        let page = shop
            .engine
            .jobs
            .job_refusals(shop.id(), job.number, after, limit);
        let page = page.await.unwrap();
        assert_eq!(page.len(), count, "behind {after}");
        told.extend(page);
    }
    for (at, refusal) in told.iter().enumerate() {
        assert_eq!(refusal.position, at as u64 + 1);
        assert_eq!(refusal.identity.as_str(), names[at]);
        assert!(matches!(refusal.refusal, Refusal::SchemaMismatch(_)));
    }
    let stored = shop.stored_as("a").await;
    assert_eq!(stored, Some(product("a").with("color", "red").object()));
}

async fn jobs_are_numbered_and_remembered<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("color", "red")]).await;
    let mut jobs = Vec::new();
    for size in [1, 2] {
        let change = [("size", Some(integer(size)))];
        let request = update(&["product"], [("color", "red".into())], &change);
        jobs.push(shop.run(request).await);
    }
    assert!(jobs[0].number < jobs[1].number);
    let shop = shop.restart();
    for job in jobs {
        let known = shop.engine.jobs.job(shop.id(), job.number).await.unwrap();
        assert_eq!(known, Some(job));
    }
    let unknown = JobNumber(99);
    assert_eq!(
        shop.engine.jobs.job(shop.id(), unknown).await.unwrap(),
        None
    );
    let refusals = shop
        .engine
        .jobs
        .job_refusals(shop.id(), unknown, 0, 9)
        .await;
    assert!(refusals.unwrap().is_empty());
}

async fn jobs_are_listed_the_last_first<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("color", "red"), product("b")]).await;
    let jobs = &shop.engine.jobs;
    assert_eq!(jobs.latest_jobs(shop.id(), 9).await.unwrap(), []);
    let mut numbers = Vec::new();
    for color in ["red", "blue", "red"] {
        let change = [("seen", Some("x".into()))];
        let request = update(&["product"], [("color", color.into())], &change);
        numbers.push(shop.run(request).await.number);
        shop.advance(1_000);
    }
    let told = jobs.latest_jobs(shop.id(), 2).await.unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|look| (look.job.number, look.matched, look.ended_at))
        .collect();
    let ended = |seconds: i64| {
        let at = shop.now().as_millis() - seconds * 1_000;
        Some(crate::domain::Timestamp::from_millis(at))
    };
    let expected = [
        (numbers[2], Some(1), ended(1)),
        (numbers[1], Some(0), ended(2)),
    ];
    assert_eq!(told, expected);
}

async fn a_job_that_is_complete_can_be_found<B: Backend>() {
    let shop = Shop::<B>::with([product("a").with("color", "red"), product("b")]).await;
    let outcome = shop.delete(key("b", "product")).await;
    assert_eq!(outcome, Outcome::Applied);
    let change = [("boost", Some(integer(1)))];
    shop.run(update(&["product"], [("color", "red".into())], &change))
        .await;
    let found = shop
        .engine
        .search
        .search(shop.id(), everything())
        .await
        .unwrap();
    assert_eq!(identities(&found), ["a"]);
    let shown = found.hits[0].object.shown();
    assert!(shown.fields().contains("boost"));
}
