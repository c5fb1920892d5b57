//! A write batch: edits made ready for the writer, and what a batch of them does to the store. What it does,
//! [`crate::engine::plan`] decides. Invariant: nothing here knows who writes, or when.
//!
//! | file | for |
//! |---|---|
//! | `prepare` | edits made ready outside of the writer |
//! | `fingerprint_cache` | what words came to before, so that the same ones need no reading |
//! | `write_batch`, `heads` | executes a plan in one transaction, and answers what that asks |
//! | `documents` | looks up keys of documents, reads back what was written, keeps receipts |
//! | `files` | rows of files follow their objects; what was fetched is taken over |
//! | `refused_uploads` | uploads that were refused, noted for commits that keep their objects |
//! | `kept` | what comes as another backend has kept it |
//! | `give_up` | gives up names that nobody has |
//! | `changes`, `new_version` | what the index has to be told of a batch, and how much of it is kept in memory |

mod changes;
mod documents;
mod files;
mod fingerprint_cache;
mod give_up;
mod heads;
mod kept;
mod new_version;
pub(super) mod prepare;
mod refused_uploads;
mod write_batch;

pub(super) use changes::{FileWork, IndexGroup};
pub(super) use fingerprint_cache::FingerprintCache;
pub(super) use write_batch::{Committed, Given, WriteBatch};
