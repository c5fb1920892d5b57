//! What happened to events since their site was opened, and what is held of them now.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::EventLog;
use super::desk::Desk;
use super::live::{Live, Reported};
use crate::domain::{FaultKind, Faults, Recorded};
use crate::engine::stats::EventStats;

#[derive(Debug, Default)]
pub(super) struct Counts {
    counted: AtomicU64,
    repeated: AtomicU64,
    dropped: AtomicU64,
    over_session: AtomicU64,
    overload: AtomicU64,
    faults: [AtomicU64; FaultKind::COUNT],
}

/// How much is known of what goes with what.
#[derive(Debug, Default)]
pub(super) struct ModelFigures {
    rows: AtomicUsize,
    waiting: AtomicUsize,
    /// What the tables said when they were let go.
    without_results: AtomicUsize,
    without_clicks: AtomicUsize,
}

impl ModelFigures {
    pub(super) fn set_rows(&self, rows: usize) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    pub(super) fn note_reported(&self, reported: Option<Reported>) {
        if let Some(reported) = reported {
            let kept = Ordering::Relaxed;
            self.without_results.store(reported.without_results, kept);
            self.without_clicks.store(reported.without_clicks, kept);
        }
    }

    fn reported(&self) -> Reported {
        Reported {
            without_results: self.without_results.load(Ordering::Relaxed),
            without_clicks: self.without_clicks.load(Ordering::Relaxed),
        }
    }

    pub(super) fn set_waiting(&self, objects: usize) {
        self.waiting.store(objects, Ordering::Relaxed);
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl Counts {
    pub(super) fn note(&self, recorded: Recorded) {
        let count = match recorded {
            Recorded::Counted => &self.counted,
            Recorded::Repeated => &self.repeated,
            Recorded::Dropped => &self.dropped,
            Recorded::OverSession => &self.over_session,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_overload(&self, events: usize) {
        self.overload.fetch_add(events as u64, Ordering::Relaxed);
    }

    pub(super) fn note_faults(&self, faults: &Faults) {
        for (kind, count) in faults.iter() {
            self.faults[kind as usize].fetch_add(u64::from(count), Ordering::Relaxed);
        }
    }
}

impl EventLog {
    pub(in crate::engine) fn stats(&self) -> EventStats {
        let (queue, _) = self.queue.load();
        let told = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let faults = FaultKind::ALL.iter().copied();
        let live = self.live();
        let reported = live.as_ref().map(Live::reported);
        let reported = reported.unwrap_or_else(|| self.model.reported());
        // Not waited for: while a batch is written, what was there before it is told.
        let sessions = match self.desk.try_lock() {
            Ok(desk) => desk.as_ref().map_or(0, Desk::sessions),
            Err(_) => 0,
        };
        EventStats {
            behind: None,
            queue_requests: queue.entries,
            queue_bytes: queue.size,
            counted: told(&counts.counted),
            repeated: told(&counts.repeated),
            dropped: told(&counts.dropped),
            over_session: told(&counts.over_session),
            overload: told(&counts.overload),
            file_bytes: self.file_bytes(),
            faults: faults
                .map(|kind| (kind, told(&counts.faults[kind as usize])))
                .collect(),
            sessions,
            queries_without_results: reported.without_results,
            queries_without_clicks: reported.without_clicks,
            pairs: self.model.rows.load(Ordering::Relaxed),
            companions_waiting: self.model.waiting(),
        }
    }
}
