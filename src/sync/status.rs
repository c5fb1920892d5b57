//! What can be known of a source, for its administrator.

use std::time::Duration;

use super::bookmark::{Phase, RowError, Status};
use super::handle::Live;
use crate::config::product_sync::{AutoMode, SourceSettings};
use crate::domain::TrackerId;

/// What a worker counts since the server started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    pub rows_read: u64,
    pub rows_written: u64,
    pub rows_failed: u64,
    pub pages: u64,
    /// All pages together, reading and writing, in milliseconds.
    pub pages_ms: u64,
    pub slowest_page_ms: u64,
    pub last_page_ms: u64,
    /// Entries of the outbox that wait.
    pub pending: u64,
    /// How long the oldest of them has waited.
    pub lag_seconds: f64,
}

impl Numbers {
    pub(super) fn note_page(&mut self, rows: usize, took: Duration) {
        let took_ms = took.as_millis() as u64;
        self.rows_read += rows as u64;
        self.pages += 1;
        self.pages_ms += took_ms;
        self.last_page_ms = took_ms;
        self.slowest_page_ms = self.slowest_page_ms.max(took_ms);
    }
}

/// A source as it stands.
#[derive(Clone, Debug)]
pub struct SourceStatus {
    pub name: String,
    pub site: TrackerId,
    pub sync_id: Option<String>,
    pub status: Status,
    pub phase: Phase,
    pub generation: Option<String>,
    pub total: u64,
    pub indexed: u64,
    pub skipped: u64,
    pub failed: u64,
    pub deleted: u64,
    pub started_at_ms: Option<i64>,
    pub finished_at_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub last_success_at_ms: Option<i64>,
    pub last_error: Option<String>,
    pub errors: Vec<RowError>,
    pub mode: Option<AutoMode>,
    pub lag_seconds: f64,
    pub pending: u64,
    pub numbers: Numbers,
}

impl SourceStatus {
    pub(super) fn of(settings: &SourceSettings, live: &Live, away: Duration, now_ms: i64) -> Self {
        let bookmark = &live.bookmark;
        let end_ms = bookmark.finished_at_ms.unwrap_or(now_ms);
        Self {
            name: settings.name.to_string(),
            site: settings.tracker.clone(),
            sync_id: (!bookmark.sync_id.is_empty()).then(|| bookmark.sync_id.clone()),
            status: bookmark.status,
            phase: bookmark.phase,
            generation: bookmark.generation.clone(),
            total: bookmark.total.max(bookmark.indexed),
            indexed: bookmark.indexed,
            skipped: bookmark.skipped,
            failed: bookmark.failed,
            deleted: bookmark.deleted,
            started_at_ms: bookmark.started_at_ms,
            finished_at_ms: bookmark.finished_at_ms,
            duration_ms: bookmark
                .started_at_ms
                .map(|start| end_ms.saturating_sub(start)),
            last_success_at_ms: bookmark.last_success_at_ms,
            last_error: live.problem.clone().or_else(|| bookmark.last_error.clone()),
            errors: bookmark.errors.clone(),
            mode: live.mode,
            lag_seconds: live.numbers.lag_seconds.max(away.as_secs_f64()),
            pending: live.numbers.pending,
            numbers: live.numbers,
        }
    }
}
