//! Work for the writer that is no batch of a client: a step of a job, say. It runs in a write batch's
//! transaction like any request, so that what it reads nobody changes before it has written.
//! Invariant: what the work returned is handed out after the commit, or not at all.

use tokio::sync::oneshot;

use crate::engine::EngineError;
use crate::engine::embedded::batch::WriteBatch;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::store::StoreError;

/// What the writer knows of it.
pub(in crate::engine::embedded) trait Task: Send {
    /// Does the work; called once.
    fn run(&mut self, batch: &mut WriteBatch<'_>) -> Result<(), StoreError>;

    /// Answers, once what was done is on the disk or undone.
    fn finish(self: Box<Self>, written: Result<Sequence, EngineError>);
}

/// What the work returned, and the sequence it is visible with.
pub(in crate::engine::embedded) type Done<T> = Result<(T, Sequence), EngineError>;

pub(in crate::engine::embedded) fn task<T, W>(
    work: W,
) -> (Box<dyn Task>, oneshot::Receiver<Done<T>>)
where
    T: Send + 'static,
    W: FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError> + Send + 'static,
{
    let (answer, promise) = oneshot::channel();
    let task = Work {
        to_do: Some(work),
        returned: None,
        answer,
    };
    (Box::new(task), promise)
}

struct Work<W, T> {
    to_do: Option<W>,
    returned: Option<T>,
    answer: oneshot::Sender<Done<T>>,
}

impl<T, W> Task for Work<W, T>
where
    T: Send,
    W: FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, batch: &mut WriteBatch<'_>) -> Result<(), StoreError> {
        if let Some(work) = self.to_do.take() {
            self.returned = Some(work(batch)?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, written: Result<Sequence, EngineError>) {
        let done = match (written, self.returned) {
            (Ok(sequence), Some(returned)) => Ok((returned, sequence)),
            (Err(error), _) => Err(error),
            // Dropping the sender tells that the work did not run.
            (Ok(_), None) => return,
        };
        // Whoever asked may have gone; what was done stays.
        drop(self.answer.send(done));
    }
}
