//! Queues of work, each with a worker of its own. Invariant: what waits is bounded, in entries and in size.
//!
//! | file | for |
//! |---|---|
//! | `work_queue` | what waits, what is being worked on, and who may still come |
//! | `pool` | the threads that the workers of all sites share |
//! | `worker` | what takes it, which exists only while there is work |

mod pool;
mod work_queue;
mod worker;

#[cfg(test)]
mod tests;

pub(super) use pool::{Left, WorkerPool};
pub(super) use work_queue::{Load, Put, Queued, Refused, Room, Taken, WorkQueue};
pub(super) use worker::start_worker;
