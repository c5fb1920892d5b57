//! How far a source has been read, as it is kept in the catalog with what was read. Invariant: it is
//! saved in the step that writes the rows it counts, so a crash never leaves it ahead of them.

use serde::{Deserialize, Serialize};

/// Row errors kept for people to look at; all are counted.
const ERRORS_KEPT: usize = 100;

/// A sync that is older than this is not gone on with by itself (docs/reference/11-product-sync.md §4).
const RESUMED_WITHIN_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Bookmark {
    pub(super) sync_id: String,
    pub(super) status: Status,
    pub(super) phase: Phase,
    pub(super) pass: Pass,
    /// Skips the shrink guard.
    pub(super) forced: bool,
    /// Of the sync that runs, or ran last.
    pub(super) generation: Option<String>,
    /// Of the last sync that completed.
    pub(super) committed: Option<String>,
    pub(super) last_key: Option<String>,
    /// Which query it was that has been read up to there.
    pub(super) query_hash: String,
    pub(super) total: u64,
    /// Rows handled: written, unchanged or failed.
    pub(super) indexed: u64,
    pub(super) skipped: u64,
    pub(super) failed: u64,
    pub(super) deleted: u64,
    /// Objects before the sync, for the guard.
    pub(super) objects_before: u64,
    pub(super) started_at_ms: Option<i64>,
    pub(super) finished_at_ms: Option<i64>,
    pub(super) last_success_at_ms: Option<i64>,
    pub(super) last_error: Option<String>,
    pub(super) errors: Vec<RowError>,
    /// Up to when changed rows were read, by the database's clock.
    pub(super) watermark: Option<String>,
    pub(super) keys_compared_at_ms: Option<i64>,
    /// End of the last sync that read all rows.
    pub(super) rows_read_at_ms: Option<i64>,
    /// The triggers that were there before the last sync that read all rows: what changed since is in
    /// the outbox.
    pub(super) triggers: Option<String>,
    /// Those that were there before the sync that runs, or failed.
    pub(super) triggers_at_start: Option<String>,
    /// Something happened that only a full sync can follow.
    pub(super) wants_full: bool,
    /// Who wrote it.
    pub(super) writer: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    #[default]
    Idle,
    Running,
    Complete,
    Failed,
    Cancelled,
    Interrupted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    #[default]
    Counting,
    Reading,
    Committing,
}

/// What a sync reads of every row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pass {
    #[default]
    Rows,
    /// Only whether it is there; what the catalog does not have is read.
    Keys,
}

/// A row that makes no object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    pub key: String,
    pub reason: String,
}

/// The bookmark of a catalog that was put back to what it was: the database has handed out changes since that the catalog
/// does not have, and does not hand them out twice, so all rows are to be read once.
pub fn of_restored(bookmark: &str) -> String {
    let restored = Bookmark {
        wants_full: true,
        ..Bookmark::read(bookmark)
    };
    restored.write()
}

impl Bookmark {
    /// A bookmark that cannot be read is that of another program: everything is read anew.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).expect("it has no keys but texts, and no numbers but integers")
    }

    pub(super) fn begin(&mut self, begun: Begun, now_ms: i64) {
        *self = Self {
            sync_id: begun.sync_id,
            status: Status::Running,
            pass: begun.pass,
            forced: begun.forced,
            generation: Some(begun.generation),
            query_hash: begun.query_hash,
            started_at_ms: Some(now_ms),
            committed: self.committed.take(),
            last_success_at_ms: self.last_success_at_ms,
            watermark: self.watermark.take(),
            keys_compared_at_ms: self.keys_compared_at_ms,
            rows_read_at_ms: self.rows_read_at_ms,
            triggers: self.triggers.take(),
            triggers_at_start: begun.triggers,
            ..Self::default()
        };
    }

    /// Reads everything again, in the same generation.
    pub(super) fn start_over(&mut self, query_hash: String) {
        self.query_hash = query_hash;
        self.last_key = None;
        self.phase = Phase::Counting;
        self.errors.clear();
        (self.indexed, self.skipped, self.failed, self.total) = (0, 0, 0, 0);
    }

    pub(super) fn end(&mut self, status: Status, error: Option<String>, now_ms: i64) {
        self.status = status;
        self.finished_at_ms = Some(now_ms);
        self.last_error = error;
        if status == Status::Complete {
            self.committed.clone_from(&self.generation);
            self.last_success_at_ms = Some(now_ms);
            self.keys_compared_at_ms = Some(now_ms);
            if self.pass == Pass::Rows {
                self.rows_read_at_ms = Some(now_ms);
                self.triggers = self.triggers_at_start.take();
            }
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// Whether it is to be gone on with, having been cut off.
    pub(super) fn is_resumable(&self, now_ms: i64) -> bool {
        let is_cut_off = matches!(self.status, Status::Running | Status::Interrupted);
        let age_ms = self
            .started_at_ms
            .map_or(i64::MAX, |at| now_ms.saturating_sub(at));
        is_cut_off && age_ms < RESUMED_WITHIN_MS
    }

    pub(super) fn note_error(&mut self, error: RowError) {
        self.failed += 1;
        if self.errors.len() < ERRORS_KEPT {
            self.errors.push(error);
        }
    }

    /// The marker of what is written now: an unmarked object would be deleted by the commit that comes.
    pub(super) fn marker(&self) -> Option<&str> {
        let marker = if self.is_running() {
            &self.generation
        } else {
            &self.committed
        };
        marker.as_deref()
    }
}

/// What a sync starts with.
pub(super) struct Begun {
    pub(super) sync_id: String,
    pub(super) generation: String,
    pub(super) pass: Pass,
    pub(super) forced: bool,
    pub(super) query_hash: String,
    pub(super) triggers: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(generation: &str) -> Begun {
        Begun {
            sync_id: "s1".to_owned(),
            generation: generation.to_owned(),
            pass: Pass::Rows,
            forced: false,
            query_hash: "q".to_owned(),
            triggers: Some(format!("t{generation}")),
        }
    }

    #[test]
    fn what_is_written_carries_the_running_generation_else_the_committed_one() {
        let mut bookmark = Bookmark::default();
        assert_eq!(bookmark.marker(), None);
        bookmark.begin(begun("1"), 0);
        assert_eq!(bookmark.marker(), Some("1"));
        bookmark.end(Status::Complete, None, 5);
        assert_eq!(bookmark.marker(), Some("1"));
        bookmark.begin(begun("2"), 10);
        assert_eq!(bookmark.marker(), Some("2"));
        bookmark.end(Status::Failed, Some("x".to_owned()), 11);
        assert_eq!(bookmark.marker(), Some("1"), "nothing of 2 was committed");
    }

    /// Only a sync that has read all rows makes up for what was changed before the triggers.
    #[test]
    fn the_triggers_of_the_last_whole_reading_are_known() {
        let mut bookmark = Bookmark::default();
        bookmark.begin(begun("1"), 0);
        bookmark.end(Status::Failed, None, 1);
        assert_eq!(bookmark.triggers, None);
        assert_eq!(bookmark.triggers_at_start.as_deref(), Some("t1"));
        bookmark.begin(begun("2"), 2);
        bookmark.end(Status::Complete, None, 3);
        assert_eq!(bookmark.triggers.as_deref(), Some("t2"));
        let pass = Pass::Keys;
        bookmark.begin(Begun { pass, ..begun("3") }, 4);
        bookmark.end(Status::Complete, None, 5);
        assert_eq!(bookmark.triggers.as_deref(), Some("t2"));
        assert_eq!(bookmark.rows_read_at_ms, Some(3));
    }

    #[test]
    fn it_reads_back_what_it_wrote_and_takes_nonsense_for_nothing() {
        let mut bookmark = Bookmark::default();
        bookmark.begin(begun("1"), 7);
        bookmark.last_key = Some("k".to_owned());
        for n in 0..200 {
            let key = n.to_string();
            let reason = "bad".to_owned();
            bookmark.note_error(RowError { key, reason });
        }
        let read = Bookmark::read(&bookmark.write());
        assert_eq!(read, bookmark);
        assert_eq!((read.failed, read.errors.len()), (200, ERRORS_KEPT));
        assert_eq!(Bookmark::read("{"), Bookmark::default());
    }

    #[test]
    fn a_sync_is_gone_on_with_for_a_day() {
        let mut bookmark = Bookmark::default();
        bookmark.begin(begun("1"), 0);
        assert!(bookmark.is_resumable(RESUMED_WITHIN_MS - 1));
        assert!(!bookmark.is_resumable(RESUMED_WITHIN_MS));
        bookmark.end(Status::Cancelled, None, 1);
        assert!(!bookmark.is_resumable(2));
    }
}
