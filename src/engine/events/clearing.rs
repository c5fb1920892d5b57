//! Turns in which goes what has to go, between the events. Invariants: a turn is a transaction of its own and takes a
//! bounded time and a bounded part of the disk, which is there before it begins; no request waits for more than one.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::desk::Desk;
use super::slices::ROWS_AT_ONCE;
use super::{EventLog, Surroundings, lock, room};
use crate::domain::Timestamp;
use crate::engine::sqlite::StoreError;

/// Events that come meanwhile wait no longer than this, and one step.
const TURN: Duration = Duration::from_millis(50);

/// How far the horizon may move before it is written down: what a crash forgets is waited for again.
const HORIZON_KEPT_MS: i64 = 10 * 60 * 1000;

impl EventLog {
    /// Begins a round, if none goes on.
    pub(in crate::engine) fn begin_clearing(&self) {
        self.has_to_clear.store(true, Ordering::Relaxed);
    }

    /// Whether a round goes on.
    pub(in crate::engine) fn has_to_clear(&self) -> bool {
        self.has_to_clear.load(Ordering::Relaxed)
    }

    /// What may be believed of the wall clock.
    pub(super) fn believed(&self, clock: Timestamp) -> Timestamp {
        lock(&self.horizon).believed(clock)
    }

    /// One turn. What went wrong is told, and tried again with the next round.
    pub(in crate::engine) fn clear(&self, site: &str, around: &Surroundings<'_>) {
        if let Err(error) = around.ensure_room_to_clear() {
            tracing::warn!(site.tracker_id = site, %error, "old counters of events are deleted when there is room");
            self.has_to_clear.store(false, Ordering::Relaxed);
            return;
        }
        let mut desk = lock(&self.desk);
        let done = desk.as_mut().map(|desk| desk.clear(self, around));
        let goes_on = match done {
            Some(Ok(goes_on)) => goes_on,
            Some(Err(error)) => {
                tracing::warn!(site.tracker_id = site, %error, "old counters of events cannot be deleted");
                // What failed half way is made again from the file.
                *desk = None;
                false
            }
            None => false,
        };
        self.has_to_clear.store(goes_on, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(in crate::engine) fn let_pass(&self, passed: Duration) {
        lock(&self.horizon).let_pass(passed);
    }
}

impl Desk {
    /// Whether there is more to do.
    fn clear(&mut self, log: &EventLog, around: &Surroundings<'_>) -> Result<bool, StoreError> {
        let until = Instant::now() + TURN;
        let now = log.believed(around.now);
        let transaction = self.connection.unchecked_transaction()?;
        let (mut rows, mut is_name_gone) = (0, false);
        let goes_on = loop {
            let step =
                { &mut self.round }.step(&transaction, &mut self.clients, &log.settings, now)?;
            rows += step.rows;
            is_name_gone |= step.is_name_gone;
            if step.is_last {
                break false;
            }
            if rows >= ROWS_AT_ONCE || Instant::now() >= until {
                break true;
            }
        };
        if now.as_millis() - self.horizon_kept > HORIZON_KEPT_MS {
            { &transaction }.execute("UPDATE horizon SET reached = ?1", [now.as_millis()])?;
            self.horizon_kept = now.as_millis();
        }
        transaction.commit()?;
        if is_name_gone {
            // Some of what is remembered is no more.
            self.numbers.forget_all();
        }
        log.set_file_bytes(room::used_bytes(&self.connection)?);
        Ok(goes_on)
    }
}
