//! What takes what lies in a queue. Invariant: however it ends, the queue is told, so the next entry starts another one.

use std::sync::Arc;

use super::pool::{Job, Left, WorkerPool};
use super::work_queue::WorkQueue;

/// Starts the worker of a queue, on a thread of the pool. When it ends by a panic, or cannot start, what
/// waits goes to `leftover` and the next put starts another one.
pub(in crate::engine) fn start_worker<T, C>(
    pool: &Arc<WorkerPool>,
    context: C,
    queue: fn(&C) -> &WorkQueue<T>,
    work: fn(&C) -> Left,
    leftover: fn(&C, Vec<T>),
) where
    T: Send + 'static,
    C: Clone + Send + Sync + 'static,
{
    let mut worker = Worker {
        context: context.clone(),
        queue,
        leftover,
        left_in_order: false,
    };
    pool.start(Job {
        work: Box::new(move || worker.run(work)),
        nudge: Arc::new(move || queue(&context).nudge()),
    });
}

struct Worker<T, C> {
    context: C,
    queue: fn(&C) -> &WorkQueue<T>,
    leftover: fn(&C, Vec<T>),
    left_in_order: bool,
}

impl<T, C> Worker<T, C> {
    fn run(&mut self, work: fn(&C) -> Left) -> Left {
        let left = work(&self.context);
        self.left_in_order = left == Left::Done;
        left
    }
}

impl<T, C> Drop for Worker<T, C> {
    fn drop(&mut self) {
        if !self.left_in_order {
            let left = (self.queue)(&self.context).abandon();
            (self.leftover)(&self.context, left);
        }
    }
}
