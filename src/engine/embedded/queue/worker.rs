//! The thread that takes what lies in a queue. Invariant: however it ends, the queue is told, so the next entry
//! starts another one.

use super::work_queue::WorkQueue;

/// Starts the worker of a queue. When the thread ends by a panic, or cannot start, what
/// waits goes to `leftover` and the next put starts another one.
pub(in crate::engine::embedded) fn start_worker<T, C>(
    name: &str,
    context: C,
    queue: fn(&C) -> &WorkQueue<T>,
    work: fn(&C),
    leftover: fn(&C, Vec<T>),
) where
    T: Send + 'static,
    C: Send + 'static,
{
    let worker = Worker {
        context,
        queue,
        leftover,
        left_in_order: false,
    };
    let spawned = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || worker.run(work));
    if let Err(error) = spawned {
        tracing::error!(%error, thread = name, "cannot start a thread");
    }
}

struct Worker<T, C> {
    context: C,
    queue: fn(&C) -> &WorkQueue<T>,
    leftover: fn(&C, Vec<T>),
    left_in_order: bool,
}

impl<T, C> Worker<T, C> {
    fn run(mut self, work: fn(&C)) {
        work(&self.context);
        self.left_in_order = true;
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
