//! A site falls asleep and wakes up, and what is told of one that is asleep. Invariant: it is served like any other, and
//! what is told of it is what was true when it fell asleep, or is now.

use std::sync::{MutexGuard, PoisonError, TryLockError};

use super::state::Catalog;
use crate::engine::embedded::store::StoreError;
use crate::engine::stats::StoreStats;

impl Catalog {
    /// Takes note that somebody uses the site; whether it was asleep.
    pub(in crate::engine::embedded) fn note_use(&self) -> bool {
        let was_asleep = self.presence.note_use(&self.budget.shared.wakefulness);
        if was_asleep {
            self.readers.keep(true);
        }
        was_asleep
    }

    pub(in crate::engine::embedded) fn fall_asleep(&self) {
        // In this order: who uses it from here on wakes it up again.
        self.readers.keep(false);
        self.presence.fall_asleep(&self.budget.shared.wakefulness);
    }

    /// Held by whoever opens or closes the index; `None` where somebody has it.
    pub(in crate::engine::embedded) fn try_opening(&self) -> Option<MutexGuard<'_, ()>> {
        match self.opening.try_lock() {
            Ok(opening) => Some(opening),
            Err(TryLockError::Poisoned(opening)) => Some(opening.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The same, waiting for it.
    pub(in crate::engine::embedded) fn opening(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Figures of the store; of a site that is asleep those that were looked up last, unless it was written since.
    pub(in crate::engine::embedded) fn store_stats(
        &self,
        look_up: impl FnOnce() -> Result<StoreStats, StoreError>,
    ) -> Result<StoreStats, StoreError> {
        if self.presence.is_awake() {
            return look_up();
        }
        if let Some(known) = *self.known_stats() {
            return Ok(known);
        }
        let found = look_up()?;
        *self.known_stats() = Some(found);
        Ok(found)
    }

    /// To be told whenever the store was written.
    pub(in crate::engine::embedded) fn forget_store_stats(&self) {
        *self.known_stats() = None;
    }

    fn known_stats(&self) -> MutexGuard<'_, Option<StoreStats>> {
        let known = self.known_stats.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }
}
