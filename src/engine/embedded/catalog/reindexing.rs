//! Whether another index is being made beside the one that serves, and what of the log it still needs.
//! Invariant: whatever ends the making of one, the log is not kept for it any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::engine::embedded::ids::Sequence;

/// Whether a reindex runs, and what of the log it still needs.
#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Reindexing {
    /// Somebody wants another index, whatever the one is like that serves.
    is_asked_for: AtomicBool,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_running: bool,
    /// It does not wait for its turn any more.
    is_at_work: bool,
    /// Groups after this one stay in the log.
    needs_after: Option<Sequence>,
}

impl Reindexing {
    /// Whether the caller is to make another index: it is needed, and nobody does yet. Then it holds on to
    /// [`Self::running`] until that is over.
    pub(in crate::engine::embedded) fn begin(&self, is_needed: impl FnOnce() -> bool) -> bool {
        let mut state = self.lock();
        if state.is_running || !is_needed() {
            return false;
        }
        state.is_running = true;
        true
    }

    /// Whether nobody had asked for one before.
    pub(in crate::engine::embedded) fn ask_for(&self) -> bool {
        !self.is_asked_for.swap(true, Ordering::AcqRel)
    }

    pub(in crate::engine::embedded) fn is_asked_for(&self) -> bool {
        self.is_asked_for.load(Ordering::Acquire)
    }

    /// One was made.
    pub(in crate::engine::embedded) fn note_made(&self) {
        self.is_asked_for.store(false, Ordering::Release);
    }

    pub(in crate::engine::embedded) fn running(&self) -> Running<'_> {
        Running(self)
    }

    /// It was its turn.
    pub(in crate::engine::embedded) fn begin_work(&self) {
        self.lock().is_at_work = true;
    }

    pub(in crate::engine::embedded) fn is_at_work(&self) -> bool {
        self.lock().is_at_work
    }

    /// The last group that may leave the log, of those that otherwise may.
    pub(in crate::engine::embedded) fn bound(&self, prunable: Sequence) -> Sequence {
        let needed = self.lock().needs_after;
        needed.map_or(prunable, |needed| needed.min(prunable))
    }

    pub(in crate::engine::embedded) fn need_after(&self, group: Option<Sequence>) {
        self.lock().needs_after = group;
    }

    /// Waits until none runs, or the deadline.
    pub(in crate::engine::embedded) fn wait_ended(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.is_running && Instant::now() < deadline {
            let time_left = deadline.saturating_duration_since(Instant::now());
            let waited = self.ended.wait_timeout(state, time_left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.is_running
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the reindex, also by a panic.
pub(in crate::engine::embedded) struct Running<'a>(&'a Reindexing);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_running = false;
        state.is_at_work = false;
        state.needs_after = None;
        drop(state);
        self.0.ended.notify_all();
    }
}
