//! The worker of one kind of jobs. Invariant: a job that brings its worker down fails, and the others go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::step::{JobError, Step, Work, in_batch};
use super::update::Update;
use crate::domain::{JobKind, JobNumber, JobRequest};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::{Bell, Catalog};
use crate::engine::embedded::store::Severity;
use crate::engine::embedded::store::jobs::{self, OpenJob};
use crate::engine::queue::Left;

/// Pauses after a step that could not be done now: the write queue is full, the disk is full.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A job whose place is wanted by others goes on in its turn after so long.
const TURN: Duration = Duration::from_secs(1);

pub(super) fn work(catalog: &Arc<Catalog>, kind: JobKind) -> Left {
    let bell = catalog.bells.of(kind);
    loop {
        // First the bell, then the store: a job that comes in between rings again.
        while bell.take_if(|_| true).is_some() {}
        let mut patience = Patience::default();
        while is_open(bell) {
            match first_open(catalog, kind) {
                Ok(Some(job)) => {
                    if run(catalog, bell, job) == Left::Again {
                        return Left::Again;
                    }
                }
                Ok(None) => break,
                Err(error) => patience.wait(catalog, bell, &error),
            }
        }
        if bell.try_leave() {
            return Left::Done;
        }
    }
}

fn first_open(catalog: &Catalog, kind: JobKind) -> Result<Option<OpenJob>, JobError> {
    Ok(catalog
        .readers
        .with(|reader| jobs::first_open(reader, kind))?)
}

/// Runs a job to its end, or until the site is closed or others want to work.
fn run(catalog: &Arc<Catalog>, bell: &Bell, job: OpenJob) -> Left {
    let began = Instant::now();
    let number = job.number;
    let mut work: Box<dyn Work> = match job.request {
        Ok(JobRequest::UpdateByQuery(update)) => {
            Box::new(Update::new(number, update, job.is_settled))
        }
        Err(error) => Box::new(Failing(number, format!("cannot be read: {error}"))),
    };
    let mut patience = Patience::default();
    while is_open(bell) {
        // A job that brings its thread down would do so again at every start.
        let stepped = catch_unwind(AssertUnwindSafe(|| work.step(catalog)))
            .unwrap_or_else(|_| Err(JobError::Hopeless("ended unexpectedly".to_owned())));
        match stepped {
            Ok(Step::Done) => return Left::Done,
            Ok(Step::More) => {
                patience = Patience::default();
                // Each step is saved with how far it came.
                if catalog.budget.shared.jobs.is_wanted() && began.elapsed() >= TURN {
                    return Left::Again;
                }
            }
            Err(JobError::Hopeless(reason)) => {
                let site = catalog.tracker_id.as_str();
                tracing::error!(site.tracker_id = site, job = number.0, reason, "job failed");
                work = Box::new(Failing(number, reason));
            }
            Err(error) => patience.wait(catalog, bell, &error),
        }
    }
    Left::Done
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
        // Others go on meanwhile.
        let places = &catalog.budget.shared.jobs;
        places.resting(|| bell.sleep_while_open(Instant::now() + self.0));
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

fn is_open(bell: &Bell) -> bool {
    bell.sleep_while_open(Instant::now())
}
