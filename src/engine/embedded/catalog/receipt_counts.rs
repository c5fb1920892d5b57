//! Receipts given out since the site was opened. Invariant: a count never goes back.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{Receipt, ReceiptState};

/// Receipts given out since the site was opened.
#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct ReceiptCounts {
    /// Of documents that were written; complete as soon as they can be found.
    written: AtomicU64,
    failed: AtomicU64,
    /// As told last: a counter never goes back.
    complete: AtomicU64,
}

impl ReceiptCounts {
    /// To be told of every receipt once it is on the disk.
    pub(in crate::engine::embedded) fn note(&self, given: &[Receipt]) {
        let is_failed = |receipt: &&Receipt| matches!(receipt.state, ReceiptState::Failed(_));
        let failed = given.iter().filter(is_failed).count();
        self.failed.fetch_add(failed as u64, Ordering::Relaxed);
        let written = (given.len() - failed) as u64;
        self.written.fetch_add(written, Ordering::Relaxed);
    }

    /// Written ones that can be found, when this many cannot yet.
    pub(in crate::engine::embedded) fn complete_but(&self, pending: u64) -> u64 {
        let written = self.written.load(Ordering::Relaxed);
        let complete = written.saturating_sub(pending);
        let told = self.complete.fetch_max(complete, Ordering::Relaxed);
        told.max(complete)
    }

    pub(in crate::engine::embedded) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}
