//! Does one job after the other, step by step. Invariant: a job that was submitted here is begun at once, one of another process
//! when it has stood still for so long that its process is given up; one that brings its worker down fails, and the others go
//! on.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::settle;
use crate::domain::{JobNumber, JobRequest, UpdateByQuery};
use crate::engine::opensearch::cluster::Place;
use crate::engine::opensearch::kept_job::{self, KeptJob};
use crate::engine::opensearch::site::{JobStep, JobWork, OpenSite};
use crate::engine::{EngineError, codec};

/// Pauses after a step that could not be done now.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Between two looks at a job that another process does.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// For searches to see what a job has changed, before it is called complete.
const VISIBLE_WITHIN: Duration = Duration::from_secs(10);

/// A job of another process, as it was seen first.
type Watched = Option<(JobNumber, Place, Instant)>;

/// Has somebody look whether there is a job, unless somebody is about to.
pub(in crate::engine::opensearch) fn ring(site: &Arc<OpenSite>) {
    site.at_work.is_rung.store(true, Ordering::SeqCst);
    if !site.at_work.is_worked.swap(true, Ordering::SeqCst) {
        tokio::spawn(work(Arc::clone(site)));
    }
}

async fn work(site: Arc<OpenSite>) {
    loop {
        site.at_work.is_rung.store(false, Ordering::SeqCst);
        work_through(&site).await;
        site.at_work.is_worked.store(false, Ordering::SeqCst);
        site.has_stopped();
        let is_rung = site.at_work.is_rung.load(Ordering::SeqCst);
        if site.is_leaving() || !is_rung || site.at_work.is_worked.swap(true, Ordering::SeqCst) {
            return;
        }
    }
}

/// Returns when no job is left, or the site is closed.
async fn work_through(site: &Arc<OpenSite>) {
    let (mut watched, mut patience) = (None, Patience::default());
    while !site.is_leaving() {
        let next = match next(site, &mut watched).await {
            Ok(Next::Nothing) => return,
            Ok(next) => next,
            Err(error) => {
                patience.wait(site, &error).await;
                continue;
            }
        };
        match next {
            Next::Mine(number) => run(site, number).await,
            Next::OfAnother | Next::Nothing => site.pause(LOOK_AGAIN).await,
        }
    }
}

enum Next {
    Nothing,
    Mine(JobNumber),
    OfAnother,
}

/// The first job that has not ended, and whose it is.
async fn next(site: &OpenSite, watched: &mut Watched) -> Result<Next, EngineError> {
    let book = site.job_book().await?;
    let Some(number) = book.open.first().copied().map(JobNumber) else {
        own(site).clear();
        return Ok(Next::Nothing);
    };
    if own(site).contains(&number.0) {
        return Ok(Next::Mine(number));
    }
    let (alias, id) = (site.cluster.names.control(), kept_job::id(&site.id, number));
    let Some((kept, place)) = site.cluster.get::<KeptJob>(&alias, &id).await? else {
        return Ok(Next::OfAnother);
    };
    if kept.is_left {
        tracing::info!(site.tracker_id = %site.id, job = number.0, "a job was left by its server and is gone on with");
        own(site).insert(number.0);
        return Ok(Next::Mine(number));
    }
    match watched {
        Some((known, at, since)) if *known == number && *at == place => {
            if since.elapsed() < site.patience() {
                return Ok(Next::OfAnother);
            }
            tracing::info!(site.tracker_id = %site.id, job = number.0, "a job stood still and is taken over");
            own(site).insert(number.0);
            Ok(Next::Mine(number))
        }
        _ => {
            *watched = Some((number, place, Instant::now()));
            Ok(Next::OfAnother)
        }
    }
}

pub(in crate::engine::opensearch) fn own(site: &OpenSite) -> MutexGuard<'_, BTreeSet<u64>> {
    let own = &site.at_work.own;
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does a job to its end, or until it is left to others.
async fn run(site: &Arc<OpenSite>, number: JobNumber) {
    let mut patience = Patience::default();
    while !site.is_leaving() {
        // A job that brings its task down would do so again at every start.
        let mine = Arc::clone(site);
        let tried = tokio::spawn(async move { try_run(&mine, number).await });
        let failure = match tried.await {
            Ok(Ok(None)) if site.is_leaving() => return,
            Ok(Ok(None)) => break,
            Ok(Ok(Some(reason))) => reason,
            Ok(Err(error)) => {
                patience.wait(site, &error).await;
                continue;
            }
            Err(_) => "ended unexpectedly".to_owned(),
        };
        tracing::error!(site.tracker_id = %site.id, job = number.0, reason = failure, "job failed");
        match site.step(JobWork::End(number, Some(failure)), 1).await {
            Ok(_) => break,
            Err(error) => patience.wait(site, &error).await,
        }
    }
    if !site.is_leaving() {
        own(site).remove(&number.0);
    }
}

/// From wherever it is to its end; a reason when trying again would end the same way.
async fn try_run(site: &Arc<OpenSite>, number: JobNumber) -> Result<Option<String>, EngineError> {
    let update = match asked_for(site, number).await? {
        Ok(update) => Arc::new(update),
        Err(reason) => return Ok(Some(reason)),
    };
    loop {
        if site.is_leaving() {
            return Ok(None);
        }
        let change = JobWork::Change(number, Arc::clone(&update));
        match site.step(change, 1).await? {
            JobStep::More => {}
            JobStep::Through => break,
            JobStep::Ended => return Ok(None),
            JobStep::Lost if is_settled(site, number).await? => {
                return Ok(Some("what matches is not there any more".to_owned()));
            }
            _ => match site.step(JobWork::Begin(number), 1).await? {
                JobStep::Begun(attempt) => {
                    let set = settle::settle(site, number, attempt, &update).await?;
                    site.step(JobWork::Settle(number, set), 1).await?;
                }
                _ => return Ok(None),
            },
        }
    }
    let seen = site.cluster.refresh(&site.alias);
    if let Ok(Err(error)) = tokio::time::timeout(VISIBLE_WITHIN, seen).await {
        return Err(error.into());
    }
    site.step(JobWork::End(number, None), 1).await?;
    Ok(None)
}

/// What the job is to do, or why nobody can tell.
async fn asked_for(
    site: &OpenSite,
    number: JobNumber,
) -> Result<Result<UpdateByQuery, String>, EngineError> {
    let ids = [kept_job::request_id(&site.id, number)];
    let control = site.cluster.names.control();
    let found = site.cluster.get_all(&control, &ids).await?.pop().flatten();
    let Some(request) = found else {
        return Ok(Err("what was asked for is not there any more".to_owned()));
    };
    let kind = crate::domain::JobKind::UpdateByQuery;
    Ok(
        match codec::decode_request(kind, request.get().as_bytes()) {
            Ok(JobRequest::UpdateByQuery(update)) => Ok(update),
            Err(error) => Err(format!("cannot be read: {error}")),
        },
    )
}

async fn is_settled(site: &OpenSite, number: JobNumber) -> Result<bool, EngineError> {
    let (alias, id) = (site.cluster.names.control(), kept_job::id(&site.id, number));
    let kept = site.cluster.get::<KeptJob>(&alias, &id).await?;
    Ok(kept.is_some_and(|(kept, _)| kept.set.is_some()))
}

/// How long to wait before something is tried again.
struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(PAUSE_FIRST)
    }
}

impl Patience {
    async fn wait(&mut self, site: &OpenSite, error: &EngineError) {
        if site.is_leaving() {
            return;
        }
        if self.0 > PAUSE_FIRST || !matches!(error, EngineError::Overloaded { .. }) {
            tracing::warn!(site.tracker_id = %site.id, %error, "a job waits");
        }
        site.pause(self.0).await;
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}
