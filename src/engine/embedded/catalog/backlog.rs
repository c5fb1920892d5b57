//! What all sites together have written and cannot be found yet. Each index keeps its own site from running ahead of it
//! (`index_work`); many sites that are written at once, each a little, would all the same be found later and later. Invariant:
//! who is to write more waits while this is full, but not for ever: an index that is stuck holds up no other site for good.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Operations of all sites. One site alone never has so many; two cores index them in about a second.
pub(in crate::engine::embedded) const OPERATIONS_MAX: usize = 8_000;

/// Longest wait of a batch for other sites.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Backlog {
    operations: Mutex<usize>,
    fell: Condvar,
}

/// So many operations of it, until this is dropped.
#[derive(Debug)]
pub(in crate::engine::embedded) struct Share {
    backlog: Arc<Backlog>,
    operations: usize,
}

impl Backlog {
    fn add(self: &Arc<Self>, operations: usize) -> Share {
        *self.lock() += operations;
        self.share(operations)
    }

    /// For what is to be written, if there is room.
    pub(in crate::engine::embedded) fn try_enter(
        self: &Arc<Self>,
        operations: usize,
    ) -> Option<Share> {
        let mut all = self.lock();
        if !has_room(*all, operations) {
            return None;
        }
        *all += operations;
        Some(self.share(operations))
    }

    /// The same, once there is room, or it has waited long enough.
    pub(in crate::engine::embedded) fn enter(self: &Arc<Self>, operations: usize) -> Share {
        let deadline = Instant::now() + PATIENCE;
        let mut all = self.lock();
        while !has_room(*all, operations) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.fell.wait_timeout(all, left);
            all = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *all += operations;
        drop(all);
        self.share(operations)
    }

    /// For what is written already. `before` was entered for it and gives its room away: nobody else comes in between.
    pub(super) fn add_for(self: &Arc<Self>, before: Option<Share>, operations: usize) -> Share {
        let Some(mut share) = before else {
            return self.add(operations);
        };
        let mut all = self.lock();
        *all = *all - share.operations + operations;
        share.operations = operations;
        drop(all);
        self.fell.notify_all();
        share
    }

    fn share(self: &Arc<Self>, operations: usize) -> Share {
        Share {
            backlog: Arc::clone(self),
            operations,
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A batch that is too large as such has its turn when nothing else is there.
fn has_room(all: usize, more: usize) -> bool {
    all == 0 || all + more <= OPERATIONS_MAX
}

impl Drop for Share {
    fn drop(&mut self) {
        *self.backlog.lock() -= self.operations;
        self.backlog.fell.notify_all();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_room_waits_until_there_is_some() {
        let backlog = Arc::<Backlog>::default();
        let first = backlog.add(OPERATIONS_MAX - 10);
        let second = backlog.try_enter(10).unwrap();
        assert!(backlog.try_enter(1).is_none());
        let waits = {
            let backlog = Arc::clone(&backlog);
            std::thread::spawn(move || backlog.enter(5))
        };
        drop(second);
        let third = waits.join().unwrap();
        assert_eq!(*backlog.lock(), OPERATIONS_MAX - 5);
        drop((first, third));
        assert_eq!(*backlog.lock(), 0);
    }

    #[test]
    fn what_was_written_has_the_room_of_who_wrote_it() {
        let backlog = Arc::<Backlog>::default();
        let entered = backlog.try_enter(OPERATIONS_MAX).unwrap();
        let waits = {
            let backlog = Arc::clone(&backlog);
            std::thread::spawn(move || backlog.enter(5))
        };
        // Fewer than were asked for.
        let written = backlog.add_for(Some(entered), OPERATIONS_MAX - 5);
        let last = waits.join().unwrap();
        assert_eq!(*backlog.lock(), OPERATIONS_MAX);
        let more = backlog.add_for(None, 3);
        assert_eq!(*backlog.lock(), OPERATIONS_MAX + 3);
        drop((written, last, more));
        assert_eq!(*backlog.lock(), 0);
    }

    #[test]
    fn a_batch_too_large_for_any_room_is_let_in_alone() {
        let backlog = Arc::<Backlog>::default();
        let large = backlog.try_enter(2 * OPERATIONS_MAX).unwrap();
        assert!(backlog.try_enter(1).is_none());
        drop(large);
        assert!(backlog.try_enter(1).is_some());
    }

    #[test]
    fn nobody_waits_for_ever_for_what_is_stuck() {
        let backlog = Arc::<Backlog>::default();
        let _stuck = backlog.add(OPERATIONS_MAX);
        drop(backlog.enter(1));
    }
}
