//! Rows into the catalog. Invariant: the bookmark is saved in the step of the rows that it counts, and a
//! catalog that cannot take them now is asked again until it can.

use std::time::Duration;

use super::super::bookmark::{Bookmark, RowError, Status};
use super::super::database::{DbError, RawRow};
use super::super::row::{ReadRow, RowReader};
use super::{RETRY_PAUSE_FIRST, SyncError, Worker};
use crate::config::product_sync::OnRowError;
use crate::domain::{
    Generation, RefusedLately, RefusedObject, RefusedOfRequest, RowOutcome, RowState,
    SourceBookmark, SourceRow, SourceRows, refusal_reason,
};
use crate::engine::{EngineError, RowsReport};

/// While the catalog is full or away, it is asked again after pauses up to this.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Rows as they are to be written, and what is wrong with some.
#[derive(Default)]
pub(super) struct Read {
    pub(super) rows: Vec<SourceRow>,
    pub(super) errors: Vec<RowError>,
}

/// What became of rows that were written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) unchanged: u64,
    pub(super) refused: Vec<RowError>,
    /// Keys of rows that are to stay, and of which the catalog has nothing.
    pub(super) unknown: Vec<String>,
}

/// Reads rows; one that makes no object keeps what it was.
pub(super) fn read_rows(
    reader: &RowReader,
    raw: &[RawRow],
    generation: Option<&Generation>,
) -> Read {
    let mut read = Read::default();
    for row in raw {
        let Some(key) = &row.key else {
            read.errors.push(RowError {
                key: String::new(),
                reason: "key: is null".to_owned(),
            });
            continue;
        };
        let state = match reader.read(key, &row.json, generation) {
            Ok(ReadRow::Is(object)) => RowState::Is(object),
            Ok(ReadRow::Deleted) => RowState::Gone,
            Err(reason) => {
                read.errors.push(RowError {
                    key: key.clone(),
                    reason,
                });
                RowState::Stays
            }
        };
        read.rows.push(SourceRow {
            key: key.clone(),
            state,
        });
    }
    read
}

impl Worker {
    /// Where the source was left; whether that is news. Waits for the catalog to be there.
    pub(super) async fn read_bookmark(&mut self) -> Result<bool, SyncError> {
        let settings = &self.handle.settings;
        let mut pause = RETRY_PAUSE_FIRST;
        let text = loop {
            match self
                .catalogs
                .bookmark(&settings.tracker, &settings.name)
                .await
            {
                Ok(text) => break text,
                Err(error) => self.wait_for_catalog(&mut pause, &error).await?,
            }
        };
        let is_news = text != self.kept;
        if is_news {
            self.bookmark = text.as_deref().map(Bookmark::read).unwrap_or_default();
            self.kept = text;
            self.is_taken_up = false;
            self.publish();
        }
        Ok(is_news)
    }

    /// Goes on where the source was left, by whichever server had it before. Only whoever has the source does so.
    pub(super) async fn take_up(&mut self) -> Result<(), SyncError> {
        if self.read_bookmark().await? {
            // What this server knows of the source is older.
            self.drained = None;
        }
        if std::mem::replace(&mut self.is_taken_up, true) {
            return Ok(());
        }
        if !self.bookmark.is_resumable(self.now_ms()) {
            if self.bookmark.is_running() {
                self.bookmark.status = Status::Interrupted;
                self.save().await?;
            }
            return Ok(());
        }
        let hash = self.query_hash();
        if self.bookmark.query_hash != hash {
            self.bookmark.start_over(hash);
        }
        self.bookmark.status = Status::Running;
        self.bookmark.finished_at_ms = None;
        self.publish();
        let (source, generation) = (self.source(), self.bookmark.generation.as_deref());
        let last_key = self.bookmark.last_key.as_deref();
        tracing::info!(source, generation, last_key, "Resuming product sync");
        Ok(())
    }

    /// Everybody who asks sees the bookmark as it is now.
    pub(super) fn publish(&self) {
        self.handle.live().bookmark = self.bookmark.clone();
    }

    /// Saves the bookmark alone.
    pub(super) async fn save(&mut self) -> Result<(), SyncError> {
        self.write(Read::default).await.map(drop)
    }

    pub(super) fn generation(&self) -> Option<Generation> {
        let marker = self.bookmark.marker()?;
        Generation::new(marker).ok()
    }

    /// Writes rows and saves the bookmark. `rows` is asked again when it has to be tried again.
    pub(super) async fn write(&mut self, rows: impl Fn() -> Read) -> Result<Written, SyncError> {
        let settings = &self.handle.settings;
        let mut pause = RETRY_PAUSE_FIRST;
        self.bookmark.writer.clone_from(&self.name);
        let bookmark = self.bookmark.write();
        let (keys, report) = loop {
            self.require_still_here()?;
            let read = rows();
            let keys: Vec<String> = read.rows.iter().map(|row| row.key.clone()).collect();
            let rows = SourceRows {
                source: settings.name.clone(),
                generation: self.generation(),
                rows: read.rows,
                bookmark: Some(SourceBookmark {
                    text: bookmark.clone(),
                    before: self.kept.clone(),
                }),
            };
            match self.catalogs.write_rows(&settings.tracker, rows).await {
                // Another server has had the source since this one lost it.
                Ok(report) if report.is_outrun => return Err(SyncError::Elsewhere),
                Ok(report) => break (keys, report),
                Err(error) => self.wait_for_catalog(&mut pause, &error).await?,
            }
        };
        self.kept = Some(bookmark);
        let written = self.count(keys, report);
        self.handle.live().problem = None;
        self.publish();
        if let (OnRowError::Abort, Some(error)) = (settings.on_row_error, written.refused.first())
            && self.bookmark.is_running()
        {
            let RowError { key, reason } = error;
            return Err(SyncError::Failed(format!("row `{key}`: {reason}")));
        }
        Ok(written)
    }

    /// A catalog that others write, too, is written only with the lock, whatever had to be waited for.
    fn require_still_here(&self) -> Result<(), SyncError> {
        let link = self.link.as_ref();
        let is_lost = link.is_some_and(|link| link.session.is_lost());
        if is_lost && self.catalogs.are_shared() {
            return Err(DbError::Lost.into());
        }
        Ok(())
    }

    fn count(&self, keys: Vec<String>, report: RowsReport) -> Written {
        let mut written = Written::default();
        let mut changed = 0;
        for (key, outcome) in keys.into_iter().zip(report.outcomes) {
            match outcome {
                RowOutcome::Written | RowOutcome::Deleted => changed += 1,
                RowOutcome::Unchanged => written.unchanged += 1,
                RowOutcome::Kept => {}
                RowOutcome::Unknown => written.unknown.push(key),
                RowOutcome::Refused(refusal) => written.refused.push(RowError {
                    key,
                    reason: refusal_reason(&refusal),
                }),
            }
        }
        let mut live = self.handle.live();
        live.numbers.rows_written += changed;
        live.numbers.rows_failed += written.refused.len() as u64;
        written
    }

    /// Tells people of the shop which rows made no object.
    pub(super) fn tell_refused(&self, errors: &[RowError]) {
        let source = self.source();
        let told = errors.iter().take(RefusedLately::KEPT_MAX);
        let told =
            told.map(|error| RefusedObject::of_row(source, &error.key, error.reason.clone()));
        let refused = RefusedOfRequest {
            count: errors.len() as u64,
            told: told.collect(),
        };
        self.catalogs
            .note_refused(&self.handle.settings.tracker, refused);
    }

    /// Waits for a catalog that cannot do something now.
    pub(super) async fn wait_for_catalog(
        &self,
        pause: &mut Duration,
        error: &EngineError,
    ) -> Result<(), SyncError> {
        self.require_running()?;
        if !matches!(error, EngineError::Overloaded { .. }) {
            let source = self.source();
            tracing::warn!(source, %error, "the catalog cannot be written; trying again");
            self.handle.live().problem = Some(error.to_string());
        }
        self.pause(*pause).await;
        *pause = (*pause * 2).min(PAUSE_MAX);
        self.require_running()
    }
}
