//! What is done to all sites now and then, a thread each. Invariant: it gives way to whoever wants to write, and there
//! is always a next time.
//!
//! | file | for |
//! |---|---|
//! | `purge` | deletes what expired, jobs that ended and old receipts |
//! | `examination` | looks whether the stores are what was written |
//! | `sleep` | puts sites to sleep that nobody uses |

pub(super) mod examination;
pub(super) mod purge;
mod sleep;

pub(super) use examination::Examiner;
pub(super) use purge::Purger;
pub(super) use sleep::Sleeper;
