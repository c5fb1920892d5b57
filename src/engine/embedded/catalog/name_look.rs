//! When the names of a site are looked through for those that no object has, and what came of it. Invariant: a look
//! that did not come to its end is due again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a site is looked through, and what came of it.
#[derive(Debug)]
pub(in crate::engine::embedded) struct NameLook {
    state: Mutex<State>,
    ended: Condvar,
    /// Since the site was opened.
    freed: AtomicU64,
}

#[derive(Debug)]
struct State {
    is_running: bool,
    /// Objects may have gone since the last look began. Nobody knows of those that went before the start.
    is_due: bool,
    /// The opening of the site stands for a look that nobody saw.
    last_ended: Instant,
    last_took: Duration,
}

impl Default for NameLook {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                is_running: false,
                is_due: true,
                last_ended: Instant::now(),
                last_took: Duration::ZERO,
            }),
            ended: Condvar::new(),
            freed: AtomicU64::default(),
        }
    }
}

impl NameLook {
    /// Whether the caller is to look: something may be found, nobody looks yet, and the last look ended long enough
    /// ago, which is as many times as long as it took, and never less than that. Then it holds on to
    /// [`Self::running`] until the look is over.
    pub(in crate::engine::embedded) fn begin(&self, rests: u32, rest_min: Duration) -> bool {
        let mut state = self.lock();
        let rest = rest_min.max(state.last_took * rests);
        if !state.is_due || state.is_running || state.last_ended.elapsed() < rest {
            return false;
        }
        state.is_running = true;
        state.is_due = false;
        true
    }

    pub(in crate::engine::embedded) fn running(&self) -> Running<'_> {
        Running {
            look: self,
            took: Duration::ZERO,
            is_done: false,
        }
    }

    /// Names were given up.
    pub(in crate::engine::embedded) fn note_freed(&self, names: u64) {
        self.freed.fetch_add(names, Ordering::Relaxed);
    }

    /// To be told when contents went, once that is on the disk.
    pub(in crate::engine::embedded) fn note_gone(&self) {
        self.lock().is_due = true;
    }

    /// How many were given up since the site was opened.
    pub(in crate::engine::embedded) fn freed(&self) -> u64 {
        self.freed.load(Ordering::Relaxed)
    }

    pub(in crate::engine::embedded) fn is_running(&self) -> bool {
        self.lock().is_running
    }

    /// Waits until no look runs, or the deadline.
    pub(in crate::engine::embedded) fn wait_ended(&self, deadline: Instant) {
        let mut state = self.lock();
        while state.is_running && Instant::now() < deadline {
            let time_left = deadline.saturating_duration_since(Instant::now());
            let waited = self.ended.wait_timeout(state, time_left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the look, also by a panic.
pub(in crate::engine::embedded) struct Running<'a> {
    look: &'a NameLook,
    pub(in crate::engine::embedded) took: Duration,
    pub(in crate::engine::embedded) is_done: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.look.lock();
        state.is_running = false;
        state.is_due |= !self.is_done;
        state.last_ended = Instant::now();
        state.last_took = self.took;
        drop(state);
        self.look.ended.notify_all();
    }
}
