//! A step of a job, and what it may ask of the writer and of the index. Invariant: a step is saved whole or not at all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::domain::JobKind;
use crate::engine::EngineError;
use crate::engine::embedded::batch::WriteBatch;
use crate::engine::embedded::catalog::{Catalog, Done, Request, submit};
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::index::IndexError;
use crate::engine::embedded::store::StoreError;

/// Objects changed in one step: about what a batch of other writes holds.
pub(super) const PAGE_OBJECTS: usize = 400;

/// What a job of one kind does between two looks at the world.
pub(super) trait Work {
    fn step(&mut self, catalog: &Arc<Catalog>) -> Result<Step, JobError>;
}

pub(super) enum Step {
    More,
    Done,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
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

/// Has the writer do something in its next batch, and waits for it.
pub(super) fn in_batch<T: Send + 'static>(
    catalog: &Arc<Catalog>,
    work: impl FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<(T, Sequence), JobError> {
    let (request, promise) = Request::task(work);
    submit(catalog, request)?;
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

/// Waits until the index shows the sequence, the time is over, or the site is closed.
pub(super) fn wait_visible(catalog: &Catalog, sequence: Sequence, within: Duration) {
    const LOOK_EVERY: Duration = Duration::from_millis(10);
    let late = Instant::now() + within;
    let bell = catalog.bells.of(JobKind::UpdateByQuery);
    while catalog.visible() < sequence && Instant::now() < late {
        if !bell.sleep_while_open(Instant::now() + LOOK_EVERY) {
            return;
        }
    }
}
