//! What the thread that indexes does when the index cannot follow, or another takes its place. Invariant: a
//! whole index serves all the while; groups are in the log, so none is lost by letting it go.

use std::time::{Duration, Instant};

use super::damage;
use super::indexing::{Pending, RETRY_FIRST, Session};
use super::rebuild::{self, IndexingError, Trust};
use super::reindex;
use crate::engine::embedded::catalog::Prepared;
use crate::engine::embedded::ids::Sequence;

/// Longest pause between attempts.
const RETRY_MAX: Duration = Duration::from_secs(60);
/// Pause until a full disk is looked at again.
const RETRY_FULL: Duration = Duration::from_secs(2);

impl Session<'_> {
    /// `false` when the site is closed.
    fn sleep(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        // Others go on meanwhile.
        let places = &self.catalog.budget.shared.indexing;
        places.resting(|| self.catalog.groups.sleep_while_open(until))
    }

    /// A damaged index is written to no more: the one that is being made reads everything from the log.
    pub(super) fn is_abandoned(&self) -> bool {
        let index = self.catalog.index.load();
        index.as_ref().is_some_and(|index| index.damage().is_some())
    }

    pub(super) fn abandon(&mut self, reached: Sequence) {
        self.writer = None;
        self.applied = self.applied.max(reached);
        self.pending = Pending::default();
    }

    pub(super) fn exchange(&mut self, prepared: &Prepared) -> Result<(), IndexingError> {
        if !self.pending.is_empty() {
            self.commit()?;
        }
        // A merge must not end in a folder that another index has taken.
        self.rest();
        let was_abandoned = self.is_abandoned();
        let exchanged = reindex::exchange(self.catalog, prepared, self.applied);
        if let Ok(Some(at)) = exchanged {
            // It may hold groups that are still in the queue.
            self.applied = self.applied.max(at);
            if was_abandoned || at > self.catalog.visible() {
                self.catalog.publish(self.applied);
            }
            self.catalog.health.index_works();
        }
        exchanged.map(drop)
    }

    /// Brings the index back in step with the store: reopened first, since most errors are of the
    /// moment; made again from nothing when that does not help. On a full disk neither would, and it serves
    /// what it holds until there is room. One whose files are damaged is made again beside.
    pub(super) fn repair(&mut self) {
        /// Failures in a row after which the index is taken for damaged.
        const REOPENINGS: u32 = 3;
        self.writer = None;
        let mut pause = RETRY_FIRST;
        let mut failures = 0;
        loop {
            let repaired = if failures < REOPENINGS {
                rebuild::open_index(self.catalog, Trust::No)
            } else {
                rebuild::rebuild_index(self.catalog)
            };
            match repaired {
                Ok(applied) => {
                    self.applied = applied;
                    self.catalog.show(applied);
                    self.catalog.health.index_works();
                    damage::note_index(self.catalog);
                    reindex::start_if_needed(self.catalog);
                    break;
                }
                Err(error) if error.is_of_full_disk() || self.catalog.has_no_room() => {
                    tracing::warn!(
                        site.tracker_id = self.catalog.tracker_id.as_str(),
                        %error,
                        "no room for the index; going on when there is"
                    );
                    self.catalog.index_failed(&error);
                    pause = RETRY_FULL;
                }
                Err(error) => {
                    failures += 1;
                    tracing::error!(
                        site.tracker_id = self.catalog.tracker_id.as_str(),
                        %error,
                        retry_after_s = pause.as_secs(),
                        "the index cannot be repaired"
                    );
                    self.catalog.index_failed(&error);
                }
            }
            if !self.sleep(pause) {
                break;
            }
            // Without room there is no need to try.
            while self.catalog.has_no_room() {
                if !self.sleep(RETRY_FULL) {
                    break;
                }
            }
            pause = (pause * 2).min(RETRY_MAX);
        }
        self.pending = Pending::default();
    }
}
