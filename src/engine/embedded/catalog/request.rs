//! What may wait for the writer. Invariant: a request knows how much room it takes, and is answered however it ends.

use tokio::sync::oneshot;

use super::task::{Done, Task, task};
use crate::domain::Outcome;
use crate::engine::embedded::batch::{WriteBatch, prepare};
use crate::engine::embedded::error::internal;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::store::StoreError;
use crate::engine::plan::Edit;
use crate::engine::queue::Queued;
use crate::engine::{EngineError, WriteReport};

type ReplyTo<T> = oneshot::Sender<Result<T, EngineError>>;
type Promise<T> = oneshot::Receiver<Result<T, EngineError>>;

/// Work for the writer, what came of it, and where to say so.
pub(in crate::engine::embedded) enum Request {
    Edit {
        edits: Vec<Edit>,
        outcomes: Vec<Outcome>,
        answer: ReplyTo<WriteReport>,
    },
    /// Whatever else is done in the transaction of a write batch.
    Task { task: Box<dyn Task>, weight: Weight },
}

/// What a task means to the writer: the edits it makes, and about how much memory it takes while it
/// waits, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Weight {
    edits: usize,
    bytes: usize,
}

/// Work that needs nothing but what is in the store.
impl Input for () {
    fn edits(&self) -> usize {
        0
    }

    fn bytes(&self) -> usize {
        0
    }
}

/// What tasks are given to work on. It knows its own weight: nobody else says how much room a task takes.
pub(in crate::engine::embedded) trait Input: Send + 'static {
    fn edits(&self) -> usize;

    /// About how much memory it takes while it waits.
    fn bytes(&self) -> usize;
}

/// In bytes.
impl Queued for Request {
    fn size(&self) -> usize {
        match self {
            Self::Edit { edits, .. } => edits.iter().map(prepare::bytes).sum(),
            Self::Task { weight, .. } => weight.bytes,
        }
    }
}

impl Request {
    pub(in crate::engine::embedded) fn edit(edits: Vec<Edit>) -> (Self, Promise<WriteReport>) {
        let (answer, promise) = oneshot::channel();
        let outcomes = Vec::with_capacity(edits.len());
        let request = Self::Edit {
            edits,
            outcomes,
            answer,
        };
        (request, promise)
    }

    /// Work that runs in the transaction of a batch, and needs nothing that takes memory.
    pub(in crate::engine::embedded) fn task<T: Send + 'static>(
        work: impl FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Done<T>>) {
        let (task, promise) = task(work);
        let weight = Weight::default();
        (Self::Task { task, weight }, promise)
    }

    /// The same, on what was made ready for it.
    pub(in crate::engine::embedded) fn task_on<I: Input, T: Send + 'static>(
        input: I,
        work: impl FnOnce(&mut WriteBatch<'_>, I) -> Result<T, StoreError> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Done<T>>) {
        let weight = Weight {
            edits: input.edits(),
            bytes: input.bytes(),
        };
        let (task, promise) = task(move |batch: &mut WriteBatch<'_>| work(batch, input));
        (Self::Task { task, weight }, promise)
    }

    /// How much of a batch it fills.
    pub(in crate::engine::embedded) fn weight(&self) -> usize {
        match self {
            Self::Edit { edits, .. } => edits.len(),
            Self::Task { weight, .. } => weight.edits,
        }
    }

    pub(in crate::engine::embedded) fn run(
        &mut self,
        batch: &mut WriteBatch<'_>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Edit {
                edits, outcomes, ..
            } => {
                for edit in &*edits {
                    outcomes.push(batch.apply(edit)?);
                }
            }
            Self::Task { task, .. } => task.run(batch)?,
        }
        Ok(())
    }

    /// Answers. Whoever asked may have gone; what was done stays.
    pub(in crate::engine::embedded) fn finish(self, written: Result<Sequence, EngineError>) {
        match self {
            Self::Edit {
                outcomes, answer, ..
            } => drop(answer.send(written.map(|sequence| WriteReport {
                outcomes,
                visibility: sequence.into(),
            }))),
            Self::Task { task, .. } => task.finish(written),
        }
    }
}

/// The answer of the writer. It always answers, unless it panicked.
pub(in crate::engine::embedded) async fn kept<T>(
    promise: oneshot::Receiver<Result<T, EngineError>>,
) -> Result<T, EngineError> {
    promise
        .await
        .map_err(|error| internal("the writer ended unexpectedly", error))?
}
