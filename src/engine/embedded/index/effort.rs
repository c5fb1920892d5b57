//! What a search may still do, and whether anybody still waits for it (docs/operations.md, Memory: bounded by
//! settings, not by traffic). A unit of work is what one document costs where one thing is looked at; every
//! walk over documents, values or words says what it is about to do, some thousands of units at a time.
//! Invariant: the work of a search is a function of the search and of one state of the index, so that one
//! that asks for too much is told so whatever else the machine does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tantivy::TantivyError;

/// Work that is done between two looks at what is left of it.
const BLOCK: u64 = 8_192;

/// The work of one search. One thread spends it; whoever waits for the search may take it away.
#[derive(Debug)]
pub struct Effort {
    work_max: u64,
    left: AtomicU64,
    is_exhausted: AtomicBool,
    is_abandoned: AtomicBool,
}

/// Why a search ends before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("the search asks for more work than one may")]
    Exhausted,
    #[error("nobody waits for the search any more")]
    Abandoned,
}

impl Effort {
    pub fn new(work_max: u64) -> Arc<Self> {
        Arc::new(Self {
            work_max,
            left: AtomicU64::new(work_max),
            is_exhausted: AtomicBool::new(false),
            is_abandoned: AtomicBool::new(false),
        })
    }

    /// For work of our own.
    pub fn unbounded() -> Arc<Self> {
        Self::new(u64::MAX)
    }

    /// To be asked before so much work is done.
    pub fn spend(&self, work: u64) -> Result<(), Stop> {
        if self.is_abandoned.load(Ordering::Relaxed) {
            return Err(Stop::Abandoned);
        }
        let left = self.left.load(Ordering::Relaxed);
        let Some(rest) = left.checked_sub(work) else {
            self.is_exhausted.store(true, Ordering::Relaxed);
            return Err(Stop::Exhausted);
        };
        self.left.store(rest, Ordering::Relaxed);
        Ok(())
    }

    /// The same where a column of so many documents is scanned for values, which a processor does many
    /// documents at a time.
    pub fn spend_scan(&self, docs: u64) -> Result<(), Stop> {
        /// Documents that cost together what one does by itself.
        const AT_ONCE: u64 = 8;
        self.spend(docs / AT_ONCE)
    }

    /// Nobody waits any more: the search ends at its next look.
    pub fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }

    /// Why the search ended early, if it did.
    pub fn stopped(&self) -> Option<Stop> {
        if self.is_abandoned.load(Ordering::Relaxed) {
            Some(Stop::Abandoned)
        } else if self.is_exhausted.load(Ordering::Relaxed) {
            Some(Stop::Exhausted)
        } else {
            None
        }
    }

    /// Work done so far.
    pub fn spent(&self) -> u64 {
        self.work_max - self.left.load(Ordering::Relaxed)
    }

    /// A walk whose every step is so much work.
    pub fn walk(&self, work_a_step: u64) -> Steps<'_> {
        let work_a_step = work_a_step.max(1);
        Steps {
            effort: self,
            work_a_step,
            block: BLOCK.div_ceil(work_a_step),
            taken: 0,
        }
    }
}

impl From<Stop> for TantivyError {
    fn from(stop: Stop) -> Self {
        Self::SystemError(stop.to_string())
    }
}

/// The steps of a walk, paid for by the block.
pub struct Steps<'a> {
    effort: &'a Effort,
    work_a_step: u64,
    /// Steps of a block.
    block: u64,
    /// Not paid for.
    taken: u64,
}

impl Steps<'_> {
    #[inline]
    pub fn take(&mut self) -> Result<(), Stop> {
        self.take_many(1)
    }

    #[inline]
    pub fn take_many(&mut self, steps: u64) -> Result<(), Stop> {
        self.taken += steps;
        if self.taken < self.block {
            return Ok(());
        }
        self.pay()
    }

    #[cold]
    fn pay(&mut self) -> Result<(), Stop> {
        let taken = std::mem::take(&mut self.taken);
        self.effort.spend(taken.saturating_mul(self.work_a_step))
    }

    /// The last block, which may not be full.
    pub fn finish(mut self) -> Result<(), Stop> {
        self.pay()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_to_the_last_step() {
        let effort = Effort::new(1_000_000);
        let mut steps = effort.walk(3);
        for _ in 0..10_000 {
            steps.take().expect("enough is left");
        }
        steps.finish().expect("enough is left");
        assert_eq!(effort.spent(), 30_000);
        assert_eq!(effort.stopped(), None);
    }

    #[test]
    fn nothing_is_done_beyond_what_is_left() {
        let effort = Effort::new(10);
        assert_eq!(effort.spend(10), Ok(()));
        assert_eq!(effort.spend(1), Err(Stop::Exhausted));
        assert_eq!(effort.stopped(), Some(Stop::Exhausted));
        assert_eq!(effort.spent(), 10);
    }

    #[test]
    fn a_search_nobody_waits_for_ends_within_a_block() {
        let effort = Effort::unbounded();
        let mut steps = effort.walk(1);
        effort.abandon();
        let ended = (0..=BLOCK).find(|_| steps.take().is_err());
        assert_eq!(ended, Some(BLOCK - 1));
        assert_eq!(effort.stopped(), Some(Stop::Abandoned));
    }
}
