//! Jobs of processes that die.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;

use super::cut::{Lost, Network};
use super::{add, eventually, id, start, stored};
use crate::domain::{
    Clock, Criteria, JobNumber, JobRequest, JobStatus, Object, Outcome, Timestamp, UpdateByQuery,
};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{integer, object_type, product, setting};
use crate::engine::opensearch::OpenSearchCatalogs;
use crate::engine::{CatalogWrites, Jobs};

/// Every red product gets this size.
fn sized(size: i64) -> JobRequest {
    let red = [("color", "red".into())].into_iter().collect();
    JobRequest::UpdateByQuery(UpdateByQuery {
        types: vec![object_type("product")],
        criteria: Criteria::new(red).unwrap(),
        fields: vec![("size".into(), Some(integer(size)))],
    })
}

fn red(count: usize) -> impl Iterator<Item = Object> {
    (0..count).map(|at| product(&format!("p{at}")).with("color", "red").object())
}

async fn applied(catalogs: &OpenSearchCatalogs, number: JobNumber) -> u64 {
    let status = async || {
        let job = catalogs.job(&id(), number).await.unwrap().unwrap();
        (job.status, job.applied, job.refused)
    };
    eventually(async || status().await.0 == JobStatus::Complete).await;
    let (_, applied, refused) = status().await;
    assert_eq!(refused, 0);
    applied
}

/// One that gives others up soon.
fn impatient(indices: &Indices) -> Arc<OpenSearchCatalogs> {
    let mut settings = indices.settings();
    settings.lease = Duration::from_millis(300);
    start(settings)
}

#[tokio::test]
async fn a_job_of_a_process_that_is_gone_is_done_by_another_one() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let dies = start(indices.settings());
    add(&dies, red(1_000)).await;
    let number = dies.submit_job(&id(), sized(4)).await.unwrap();
    drop(dies);
    let heir = impatient(&indices);
    heir.begin().await;
    assert_eq!(applied(&heir, number).await, 1_000);
    for object in stored(&heir).await {
        assert_eq!(object.fields.get("size"), Some(&integer(4)));
    }
    let next = heir.submit_job(&id(), sized(5)).await.unwrap();
    assert!(next > number);
    assert_eq!(applied(&heir, next).await, 1_000);
    assert_eq!(left_beside(&heir).await, 0, "what matched is not kept");
}

/// Pages of jobs that lie in the cluster.
async fn left_beside(catalogs: &OpenSearchCatalogs) -> usize {
    let cluster = &catalogs.cluster;
    let mut left = 0;
    for job in 1..=2 {
        let page =
            |page| crate::engine::opensearch::kept_job::page_id(&id(), JobNumber(job), 1, page);
        let ids: Vec<String> = (0..5).map(page).collect();
        let found = cluster.get_all(&cluster.names.control(), &ids).await;
        left += found.unwrap().iter().flatten().count();
    }
    left
}

/// The page is written, and nobody has said so: whoever does it again leaves alone what others wrote meanwhile.
#[tokio::test]
async fn a_step_that_is_done_again_changes_no_object_twice() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(3)).await;
    let dies = start(settings);
    add(&dies, red(3)).await;
    // It is queued, begun, its page kept, settled, the attribute and the objects written; how far it is, nobody hears.
    for _ in 0..6 {
        network.lose(Method::POST, "/_bulk", Lost::Nothing);
    }
    network.lose(Method::POST, "/_bulk", Lost::All);
    let number = dies.submit_job(&id(), sized(4)).await.unwrap();
    let heir = impatient(&indices);
    let is_written = async || {
        let stored = stored(&heir).await;
        let size = |object: &Object| object.fields.get("size") == Some(&integer(4));
        stored.iter().all(size)
    };
    eventually(is_written).await;
    let report = heir
        .patch(&id(), vec![setting("p1", "size", Some(integer(9)))])
        .await
        .unwrap();
    assert_eq!(report.outcomes, [Outcome::Applied]);
    drop(dies);
    heir.begin().await;
    assert_eq!(applied(&heir, number).await, 3, "each is counted once");
    let sizes = stored(&heir).await.into_iter();
    let sizes: Vec<_> = sizes
        .map(|object| object.fields.get("size").cloned())
        .collect();
    assert_eq!(sizes, [4, 9, 4].map(|size| Some(integer(size))));
}

/// The bug: whoever had waited for the job began to wait for the lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_waited_for_a_job_has_waited_for_its_lease_too() {
    check_how_long_an_heir_waits(false).await;
}

/// The bug: what the heir had last heard of the lease was taken for news of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wrote_the_site_before_waits_for_its_lease_no_longer() {
    check_how_long_an_heir_waits(true).await;
}

async fn check_how_long_an_heir_waits(has_written: bool) {
    let Some(indices) = Indices::new() else {
        return;
    };
    let patience = Duration::from_secs(5);
    let heir = {
        let mut settings = indices.settings();
        settings.lease = patience;
        start(settings)
    };
    if has_written {
        add(&heir, red(1)).await;
    }
    let mut settings = indices.settings();
    let network = Network::before(&mut settings, Duration::from_secs(60)).await;
    let dies = start(settings);
    add(&dies, red(3)).await;
    // It is queued; the next step is never heard of, and its process has the site.
    network.lose(Method::POST, "/_bulk", Lost::Nothing);
    network.lose(Method::POST, "/_bulk", Lost::All);
    let number = dies.submit_job(&id(), sized(4)).await.unwrap();
    let is_held = async || {
        let control = dies.cluster.control(&id()).await.unwrap();
        control.is_some_and(|(control, _)| control.holder.is_some())
    };
    eventually(is_held).await;
    let began = Instant::now();
    heir.begin().await;
    assert_eq!(applied(&heir, number).await, 3);
    let took = began.elapsed();
    assert!(took >= patience && took < 2 * patience, "{took:?}");
}

#[tokio::test]
async fn a_job_is_forgotten_a_week_after_its_end() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let now = Arc::new(std::sync::atomic::AtomicI64::new(1_700_000_000_000));
    let clock = {
        let now = Arc::clone(&now);
        Clock::new(move || Timestamp::from_millis(now.load(std::sync::atomic::Ordering::SeqCst)))
    };
    let catalogs = indices.process(vec![super::site()], clock);
    add(&catalogs, red(2)).await;
    let first = catalogs.submit_job(&id(), sized(4)).await.unwrap();
    applied(&catalogs, first).await;
    let week = 7 * 24 * 60 * 60 * 1_000;
    now.fetch_add(week, std::sync::atomic::Ordering::SeqCst);
    assert!(catalogs.job(&id(), first).await.unwrap().is_some());
    now.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(catalogs.job(&id(), first).await.unwrap(), None);
    let second = catalogs.submit_job(&id(), sized(5)).await.unwrap();
    applied(&catalogs, second).await;
    let listed = catalogs.latest_jobs(&id(), 9).await.unwrap();
    let listed: Vec<JobNumber> = listed.iter().map(|look| look.job.number).collect();
    assert_eq!(listed, [second]);
    // How a job is stands there a moment before what the site says of all.
    let is_forgotten = async || {
        let (control, _) = catalogs.cluster.control(&id()).await.unwrap().unwrap();
        (control.jobs.forgotten, control.jobs.complete) == (1, 1)
    };
    eventually(is_forgotten).await;
}
