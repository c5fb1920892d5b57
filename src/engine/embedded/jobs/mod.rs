//! Background work of a site, kept in its store: queued in the transaction that its request is
//! answered for, done in steps that are each saved with what they changed, gone on with after a
//! restart. Each kind has a worker of its own while there is work, and does one job at a time.
//! Invariant: a step is saved whole or not at all, so a job that is cut off does nothing twice and
//! leaves nothing out.
//!
//! | file | for |
//! |---|---|
//! | `queue` | jobs that wait |
//! | `worker` | does one job after the other, step by step |
//! | `update` | an update by query: settles what matches, changes it page by page |
//! | `matching` | which objects match, as of one moment |
//! | `step` | what a step is, and what it may ask of the writer and of the index |
//! | `ended` | how long an ended job can be asked about |

mod ended;
mod matching;
mod queue;
mod step;
mod update;
mod worker;

pub(super) use ended::forget;
pub(super) use queue::{resume, submit};
