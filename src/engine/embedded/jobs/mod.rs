//! Background work of a site, kept in its store: queued in the transaction that its request is
//! answered for, done in steps that are each saved with what they changed, gone on with after a
//! restart. Each kind has a thread of its own while there is work, and does one job at a time.
//! Invariant: a step is saved whole or not at all, so a job that is cut off does nothing twice and
//! leaves nothing out.
//!
//! | file | for |
//! |---|---|
//! | `update` | an update by query: settles what matches, changes it page by page |
//! | `matching` | which objects match, as of one moment |

mod matching;
mod update;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::catalog::Catalog;
use super::inbox::{Entry, Inbox, Load, Put, start_attendant};
use super::index::IndexError;
use super::internal;
use super::store::jobs::OpenJob;
use super::store::{Severity, StoreError, jobs};
use super::task::Done;
use super::write::{self, Request, WriteBatch};
use crate::domain::{JobKind, JobNumber, JobRequest};
use crate::engine::EngineError;
use crate::engine::embedded::ids::Sequence;

/// Jobs of one kind that may wait on one site, the running one included.
const OPEN_MAX: usize = 100;
/// Seconds until a full queue of jobs is worth another try.
const QUEUE_RETRY_S: u32 = 10;

/// How long an ended job can be asked about (docs/reference/03-update-by-query-and-generations.md §2).
pub(super) const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Pauses after a step that could not be done now: the write queue is full, the disk is full.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Rings for the thread of a kind. What is to do lies in the store; a bell says only that it is worth
/// a look.
pub(super) type Bell = Inbox<Ring>;

/// Somebody rang.
#[derive(Debug)]
pub(super) struct Ring;

impl Entry for Ring {
    fn size(&self) -> usize {
        0
    }
}

/// Rings before anybody looks are as good as one.
const RINGS: Load = Load {
    entries: 16,
    size: 0,
};

/// One bell a kind.
pub(super) struct Bells([Bell; JobKind::ALL.len()]);

impl Default for Bells {
    fn default() -> Self {
        Self(JobKind::ALL.map(|_| Bell::new(RINGS)))
    }
}

impl Bells {
    fn of(&self, kind: JobKind) -> &Bell {
        match kind {
            JobKind::UpdateByQuery => &self.0[0],
        }
    }

    /// Ends every job after the step it is at.
    pub(super) fn close(&self) {
        for bell in &self.0 {
            bell.close();
        }
    }

    pub(super) fn wait_unattended(&self, deadline: Instant) {
        for bell in &self.0 {
            bell.wait_unattended(deadline);
        }
    }
}

/// Queues a job; durable when it returns.
pub(super) async fn submit(
    catalog: &Arc<Catalog>,
    request: JobRequest,
) -> Result<JobNumber, EngineError> {
    let kind = request.kind();
    let (request, promise) = Request::task(move |batch| {
        let store = batch.transaction();
        if jobs::count_open(store, kind)? >= OPEN_MAX {
            return Ok(None);
        }
        jobs::add(store, &request).map(Some)
    });
    write::submit(catalog, request)?;
    let catalog = catalog.clone();
    // On its own: whoever asked may go before the answer comes, and the job is there all the same.
    let queued = tokio::spawn(async move {
        let (number, _) = super::kept(promise).await?;
        ring(&catalog, kind);
        Ok(number)
    });
    let queued: Result<_, EngineError> = queued
        .await
        .map_err(|error| internal("a job could not be queued", error))?;
    queued?.ok_or(EngineError::Overloaded {
        retry_after_s: QUEUE_RETRY_S,
    })
}

/// Goes on with what an earlier process left.
pub(super) fn resume(catalog: &Arc<Catalog>) {
    for kind in JobKind::ALL {
        ring(catalog, kind);
    }
}

fn ring(catalog: &Arc<Catalog>, kind: JobKind) {
    // Refused: somebody is on the way already, or the site is being closed and the next start rings.
    if let Ok(Put::Unattended) = catalog.bells.of(kind).put(Ring) {
        match kind {
            JobKind::UpdateByQuery => start_attendant(
                &format!("jobs {}", catalog.tracker_id),
                catalog.clone(),
                |catalog| catalog.bells.of(JobKind::UpdateByQuery),
                |catalog| attend(catalog, JobKind::UpdateByQuery),
                |_, _| {},
            ),
        }
    }
}

fn attend(catalog: &Arc<Catalog>, kind: JobKind) {
    let bell = catalog.bells.of(kind);
    loop {
        // First the bell, then the store: a job that comes in between rings again.
        while bell.take_if(|_| true).is_some() {}
        let mut patience = Patience::default();
        while is_open(bell) {
            match first_open(catalog, kind) {
                Ok(Some(job)) => run(catalog, bell, job),
                Ok(None) => break,
                Err(error) => patience.wait(catalog, bell, &error),
            }
        }
        if bell.try_leave() {
            return;
        }
    }
}

fn first_open(catalog: &Catalog, kind: JobKind) -> Result<Option<OpenJob>, JobError> {
    Ok(catalog
        .readers
        .with(|reader| jobs::first_open(reader, kind))?)
}

/// What a job of one kind does between two looks at the world.
trait Work {
    fn step(&mut self, catalog: &Arc<Catalog>) -> Result<Step, JobError>;
}

enum Step {
    More,
    Done,
}

#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The thread stood still for so long that what the index showed is gone from the store.
    #[error("the store has moved on")]
    Outrun,
    /// Trying again would end the same way.
    #[error("{0}")]
    Hopeless(String),
}

/// Runs a job to its end, or until the site is closed.
fn run(catalog: &Arc<Catalog>, bell: &Bell, job: OpenJob) {
    let number = job.number;
    let mut work: Box<dyn Work> = match job.request {
        Ok(JobRequest::UpdateByQuery(update)) => {
            Box::new(update::Update::new(number, update, job.is_settled))
        }
        Err(error) => Box::new(Failing(number, format!("cannot be read: {error}"))),
    };
    let mut patience = Patience::default();
    while is_open(bell) {
        // A job that brings its thread down would do so again at every start.
        let stepped = catch_unwind(AssertUnwindSafe(|| work.step(catalog)))
            .unwrap_or_else(|_| Err(JobError::Hopeless("ended unexpectedly".to_owned())));
        match stepped {
            Ok(Step::Done) => return,
            Ok(Step::More) => patience = Patience::default(),
            Err(JobError::Hopeless(reason)) => {
                let site = catalog.tracker_id.as_str();
                tracing::error!(site.tracker_id = site, job = number.0, reason, "job failed");
                work = Box::new(Failing(number, reason));
            }
            Err(error) => patience.wait(catalog, bell, &error),
        }
    }
}

/// A job that cannot run: all that is left to do is to say so.
struct Failing(JobNumber, String);

impl Work for Failing {
    fn step(&mut self, catalog: &Arc<Catalog>) -> Result<Step, JobError> {
        let (number, reason) = (self.0, self.1.clone());
        let now = catalog.clock.now();
        in_batch(catalog, move |batch| {
            jobs::end(batch.transaction(), number, now, Some(&reason))
        })?;
        Ok(Step::Done)
    }
}

/// Has the writer do something in its next write batch, and waits for it.
fn in_batch<T: Send + 'static>(
    catalog: &Arc<Catalog>,
    work: impl FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<(T, Sequence), JobError> {
    let (request, promise) = Request::task(work);
    write::submit(catalog, request)?;
    kept(promise)
}

fn kept<T>(promise: oneshot::Receiver<Done<T>>) -> Result<(T, Sequence), JobError> {
    match promise.blocking_recv() {
        Ok(done) => Ok(done?),
        // The writer answers whatever happens, unless it panicked over this.
        Err(_) => Err(JobError::Hopeless(
            "the writer ended unexpectedly".to_owned(),
        )),
    }
}

fn is_open(bell: &Bell) -> bool {
    bell.sleep_while_open(Instant::now())
}

/// Waits until the index shows the sequence, the time is over, or the site is closed.
fn wait_visible(catalog: &Catalog, sequence: Sequence, within: Duration) {
    const LOOK_EVERY: Duration = Duration::from_millis(10);
    let late = Instant::now() + within;
    let bell = catalog.bells.of(JobKind::UpdateByQuery);
    while catalog.visible() < sequence && Instant::now() < late {
        if !bell.sleep_while_open(Instant::now() + LOOK_EVERY) {
            return;
        }
    }
}

/// How long to wait before something is tried again.
struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(PAUSE_FIRST)
    }
}

impl Patience {
    /// Takes note of the error and waits, or less when the site is closed.
    fn wait(&mut self, catalog: &Catalog, bell: &Bell, error: &JobError) {
        let site = catalog.tracker_id.as_str();
        if let JobError::Store(error) = error
            && error.severity() == Severity::Final
        {
            catalog.health.store_failed(site, error);
        }
        if self.0 > PAUSE_FIRST
            || !matches!(error, JobError::Engine(EngineError::Overloaded { .. }))
        {
            tracing::warn!(site.tracker_id = site, %error, "a job waits");
        }
        bell.sleep_while_open(Instant::now() + self.0);
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

/// Forgets jobs that ended longer than [`KEPT_FOR`] ago, bit by bit.
pub(super) fn forget(catalog: &Arc<Catalog>) -> Result<(), EngineError> {
    /// Rows of one write batch, so that writes in between do not wait long.
    const SLICE: usize = 2_000;
    let kept_ms = KEPT_FOR.as_millis() as i64;
    let now = catalog.clock.now().as_millis();
    let before = crate::domain::Timestamp::from_millis(now.saturating_sub(kept_ms));
    let store_failed = |error| internal("ended jobs cannot be looked up", error);
    while catalog
        .readers
        .with(|reader| jobs::any_ended(reader, before))
        .map_err(store_failed)?
    {
        let (request, promise) =
            Request::task(move |batch| jobs::forget_ended(batch.transaction(), before, SLICE));
        write::submit(catalog, request)?;
        match promise.blocking_recv() {
            Ok(done) => drop(done?),
            Err(error) => return Err(internal("the writer ended unexpectedly", error)),
        }
    }
    Ok(())
}
