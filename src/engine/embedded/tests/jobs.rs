//! Jobs over the life of a server: ended in the middle, kept from writing, forgotten in the end. What
//! a job does is tested through HTTP.

use super::super::catalog::{Request, submit};
use super::*;
use crate::domain::{Criteria, Job, JobNumber, JobRequest, JobStatus, UpdateByQuery};

const OBJECTS: usize = 2_000;

fn update(new_title: &str) -> JobRequest {
    let criteria = [("title", "Old".into())].into_iter().collect();
    JobRequest::UpdateByQuery(UpdateByQuery {
        types: vec![ObjectType::new("product").unwrap()],
        criteria: Criteria::new(criteria).unwrap(),
        fields: vec![("title".into(), Some(new_title.into()))],
    })
}

async fn filled() -> Shop {
    let shop = Shop::open();
    let objects = (0..OBJECTS).map(|n| product(&format!("p{n}"), "Old"));
    assert!(all_applied(&shop.replace(objects.collect()).await));
    shop
}

async fn job(shop: &Shop, number: JobNumber) -> Option<Job> {
    shop.engine.job(&site(), number).await.unwrap()
}

/// Asks until the job is as wanted. Only a broken engine lets it wait that long.
async fn eventually(shop: &Shop, number: JobNumber, wanted: impl Fn(&Job) -> bool) -> Job {
    const PATIENCE: Duration = Duration::from_secs(20);
    let began = std::time::Instant::now();
    loop {
        let job = job(shop, number).await;
        if let Some(job) = job.as_ref().filter(|job| wanted(job)) {
            return job.clone();
        }
        let visible = shop.catalog().visible();
        assert!(began.elapsed() < PATIENCE, "{job:?}, {visible:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn ended(shop: &Shop, number: JobNumber) -> Job {
    let is_open = |job: &Job| matches!(job.status, JobStatus::Queued | JobStatus::Running);
    eventually(shop, number, |job| !is_open(job)).await
}

async fn has_begun_to_change(shop: &Shop, number: JobNumber) {
    eventually(shop, number, |job| job.applied > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_cut_off_by_the_end_of_the_server_goes_on_at_the_next_start() {
    let shop = filled().await;
    let number = shop
        .engine
        .submit_job(&site(), update("New"))
        .await
        .unwrap();
    has_begun_to_change(&shop, number).await;
    let began = std::time::Instant::now();
    shop.engine.close().await;
    assert!(began.elapsed() < CLOSE_WITHIN, "a job holds up the end");
    let shop = shop.reopen();
    let ended = ended(&shop, number).await;
    assert_eq!(ended.status, JobStatus::Complete);
    assert_eq!((ended.applied, ended.refused), (OBJECTS as u64, 0));
    assert!(shop.found().await.values().all(|title| title == "New"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_while_the_disk_is_full() {
    let shop = filled().await;
    let number = shop
        .engine
        .submit_job(&site(), update("New"))
        .await
        .unwrap();
    has_begun_to_change(&shop, number).await;
    shop.catalog().faults.fill_disk();
    tokio::time::sleep(Duration::from_millis(300)).await;
    shop.catalog().faults.free_disk();
    let ended = ended(&shop, number).await;
    assert_eq!(ended.status, JobStatus::Complete);
    assert_eq!((ended.applied, ended.refused), (OBJECTS as u64, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_forgotten_a_week_after_its_end() {
    let shop = Shop::open();
    let number = shop
        .engine
        .submit_job(&site(), update("New"))
        .await
        .unwrap();
    assert_eq!(ended(&shop, number).await.status, JobStatus::Complete);
    let forget_after = async |week: i64| {
        shop.now.store(NOW_MS + week, Ordering::SeqCst);
        let catalog = shop.catalog().clone();
        let forgotten =
            tokio::task::spawn_blocking(move || crate::engine::embedded::jobs::forget(&catalog));
        forgotten.await.unwrap().unwrap();
    };
    let week_ms = 7 * 24 * 60 * 60 * 1000;
    forget_after(week_ms).await;
    assert!(job(&shop, number).await.is_some());
    forget_after(week_ms + 1).await;
    assert_eq!(job(&shop, number).await, None);
    let next = shop
        .engine
        .submit_job(&site(), update("New"))
        .await
        .unwrap();
    assert_eq!(next, JobNumber(2), "numbers are never given twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_this_program_cannot_read_fails_and_the_next_one_runs() {
    let shop = filled().await;
    let catalog = shop.catalog().clone();
    let (request, promise) = Request::task(|batch| {
        let store = batch.transaction();
        store.execute_batch(
            "INSERT INTO jobs (kind, request) VALUES ('update_by_query', x'7b7d')",
        )?;
        Ok(())
    });
    submit(&catalog, request).unwrap();
    promise.await.unwrap().unwrap();
    let number = shop
        .engine
        .submit_job(&site(), update("New"))
        .await
        .unwrap();
    assert_eq!(ended(&shop, number).await.applied, OBJECTS as u64);
    let JobStatus::Failed { reason } = ended(&shop, JobNumber(1)).await.status else {
        panic!("it cannot have run");
    };
    assert!(reason.contains("cannot be read"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_though_nobody_waited_for_its_number() {
    let shop = filled().await;
    let site = site();
    let submitted = shop.engine.submit_job(&site, update("New"));
    // Looked at once, then given up, as when a client hangs up.
    drop(tokio::time::timeout(Duration::ZERO, submitted).await);
    assert_eq!(ended(&shop, JobNumber(1)).await.applied, OBJECTS as u64);
}
