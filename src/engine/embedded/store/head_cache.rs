//! Heads the writer need not look up again: a nightly upload asks for the same ones as the night
//! before. Invariant: what is known is what the transaction would read; after one that ended without
//! a commit nothing is.

use quick_cache::unsync::Cache;

use super::head::Head;
use crate::domain::Identity;

pub(super) struct HeadCache {
    pub(super) heads: Cache<Identity, Head>,
    /// Whether they are those of a transaction that has not committed.
    in_doubt: bool,
}

impl HeadCache {
    /// Room for so many heads.
    pub(super) fn new(count: usize) -> Self {
        Self {
            heads: Cache::new(count),
            in_doubt: false,
        }
    }

    /// Room for so many from now on.
    pub(super) fn fit(&mut self, count: usize) {
        self.heads.set_capacity(count as u64);
    }

    pub(super) fn begin(&mut self) {
        if self.in_doubt {
            self.heads.clear();
        }
        self.in_doubt = true;
    }

    pub(super) fn committed(&mut self) {
        self.in_doubt = false;
    }
}
