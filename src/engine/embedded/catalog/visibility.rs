//! Up to which write searches see. Invariant: it never passes what the index has committed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::engine::embedded::ids::Sequence;

/// A search that began before a version left the index may still ask the store for it: this much
/// longer than a search may take, versions stay.
const READERS_GRACE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Visible {
    sequence: watch::Sender<Sequence>,
    /// When each of the last sequences became visible, until they may be pruned.
    shown: Mutex<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    waiting: VecDeque<(Sequence, Instant)>,
    /// No reader needs what groups up to here removed.
    prunable: Sequence,
    /// How often something was shown, and when last.
    times: u64,
    last: Option<Instant>,
}

impl Default for Visible {
    fn default() -> Self {
        Self {
            sequence: watch::Sender::new(Sequence::default()),
            shown: Mutex::default(),
        }
    }
}

impl Visible {
    pub(super) fn sequence(&self) -> Sequence {
        *self.sequence.borrow()
    }

    pub(super) fn publish(&self, sequence: Sequence) {
        self.sequence.send_replace(sequence);
        let (mut shown, now) = (self.shown(), Instant::now());
        shown.waiting.push_back((sequence, now));
        shown.times += 1;
        shown.last = Some(now);
    }

    /// How often something new was shown, and how long ago it last was.
    pub(super) fn commits(&self) -> (u64, Duration) {
        let shown = self.shown();
        let age = shown.last.map(|last| last.elapsed());
        (shown.times, age.unwrap_or_default())
    }

    /// `false` when nothing will be shown any more.
    pub(super) async fn wait_for(&self, sequence: Sequence) -> bool {
        let mut visible = self.sequence.subscribe();
        let waited = visible.wait_for(|visible| *visible >= sequence).await;
        waited.is_ok()
    }

    /// No search of an earlier process is still running.
    pub(super) fn has_no_readers_before(&self, sequence: Sequence) {
        self.shown().prunable = sequence;
    }

    /// Versions removed by groups up to here are out of every reader's reach, when a search takes this long at most.
    pub(super) fn prunable(&self, search_timeout: Duration) -> Sequence {
        let readers_gone_after = search_timeout + READERS_GRACE;
        let mut shown = self.shown();
        while let Some(&(sequence, since)) = shown.waiting.front() {
            if since.elapsed() < readers_gone_after {
                break;
            }
            shown.prunable = sequence;
            shown.waiting.pop_front();
        }
        shown.prunable
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
