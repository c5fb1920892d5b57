//! The state of one site that is open: its store and its index, what waits to be done with them, and how it is.
//! Nothing here does any of it: what does takes a [`Catalog`] in its hand, and the threads it needs are started
//! by the [`Workers`] that whoever opened the site has named.
//!
//! | file | for |
//! |---|---|
//! | `state` | [`Catalog`]: all of it |
//! | `budget`, `shared` | what of the engine's settings one site may use, what all of them share |
//! | `wakefulness`, `asleep` | whether a site is awake, and what is known of one that is not |
//! | `visibility` | up to which write searches see, and what no reader needs any more |
//! | `health` | why a site does not do all it should |
//! | `task`, `request` | what may wait for the writer: edits, and whatever else runs in its transaction |
//! | `submit` | puts work into the queues |
//! | `index_work` | what may wait for the index |
//! | `backlog` | what of all sites waits for their indexes |
//! | `job_bells` | what wakes the workers of jobs |
//! | `files_due` | when the next file is to be fetched |
//! | `reindexing` | whether another index is being made, and what of the log it needs |
//! | `name_look` | when names that no object has are looked for |
//! | `receipt_counts` | receipts given out |

mod asleep;
mod backlog;
mod budget;
mod files_due;
mod health;
mod index_work;
mod job_bells;
mod name_look;
mod receipt_counts;
mod reindexing;
mod request;
mod shared;
mod state;
mod submit;
mod task;
mod visibility;
mod wakefulness;

#[cfg(test)]
pub(super) use backlog::OPERATIONS_MAX as BACKLOG_MAX;
pub(super) use backlog::Share;
pub(super) use budget::Budget;
pub(super) use health::Failure;
pub(super) use index_work::{IndexTask, Prepared, QUEUE_LIMIT};
pub(super) use job_bells::{Bell, Ring};
pub(super) use request::{Input, Request, kept};
pub(super) use shared::Shared;
pub(super) use state::{Catalog, Opened, Workers};
pub(super) use submit::{hand_over, hand_over_index, overloaded, submit};
pub(super) use task::Done;
pub(super) use wakefulness::{Asleep, Wakefulness};
