//! A full sync: every row, page by page in the order of keys, then the commit that deletes what no row
//! made. Invariant: nothing is deleted before the commit, and the commit deletes nothing when the guard
//! says that too little would stay.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{ClientWrapper, Object as Reader};

use super::super::bookmark::{Pass, Phase, RowError, Status};
use super::super::database::{DbError, RawRow, answered};
use super::writing::read_rows;
use super::{RETRY_PAUSE_FIRST, SyncError, Worker};
use crate::config::product_sync::{Consistency, OnRowError, Owner};
use crate::domain::{Reach, SourceCommit, SourceCommitOutcome, SourceSurvey};

/// How often a page is tried that the database refuses.
pub(super) const PAGE_TRIES: u32 = 5;
const PAGE_PAUSE_MAX: Duration = Duration::from_secs(10);

/// Changed keys that are remembered beside a snapshot; beyond, the rest is read without one.
const DRAINED_MAX: usize = 200_000;

/// The connection of a sync that reads all of it as of one moment.
struct Snapshot(ClientWrapper);

impl Worker {
    /// Goes on with the sync of the bookmark, to its end.
    pub(super) async fn sync(&mut self) -> Result<(), SyncError> {
        let outcome = self.run_sync().await;
        self.drained = None;
        let now_ms = self.now_ms();
        match outcome {
            Ok(()) => {
                self.bookmark.end(Status::Complete, None, now_ms);
                self.save().await?;
                self.log_completion();
            }
            Err(SyncError::Cancelled) => self.cancel_if_asked().await?,
            Err(SyncError::Database(error)) if error.is_disconnection() => {
                return Err(error.into());
            }
            Err(error @ (SyncError::Stopping | SyncError::Elsewhere)) => return Err(error),
            Err(error) => {
                // What the query returns may have changed: it is looked at again.
                self.link = None;
                let words = error.to_string();
                tracing::error!(source = self.source(), error = words, "product sync failed");
                self.bookmark.end(Status::Failed, Some(words), now_ms);
                self.save().await?;
            }
        }
        Ok(())
    }

    fn log_completion(&self) {
        let Self { bookmark, .. } = self;
        let began = bookmark.started_at_ms.unwrap_or_default();
        let duration_ms = bookmark.finished_at_ms.unwrap_or_default() - began;
        let (source, deleted) = (self.source(), bookmark.deleted);
        let (indexed, skipped, failed) = (bookmark.indexed, bookmark.skipped, bookmark.failed);
        let sync_id = bookmark.sync_id.as_str();
        match bookmark.pass {
            Pass::Rows => tracing::info!(
                source,
                sync_id,
                indexed,
                skipped,
                failed,
                deleted,
                duration_ms,
                "Product sync completed!"
            ),
            Pass::Keys => tracing::info!(source, indexed, deleted, duration_ms, "Keys compared"),
        }
    }

    async fn run_sync(&mut self) -> Result<(), SyncError> {
        if self.bookmark.phase == Phase::Counting {
            self.count_rows().await?;
        }
        if self.bookmark.phase == Phase::Reading {
            match self.bookmark.pass {
                Pass::Rows => self.read_all_rows().await?,
                Pass::Keys => self.read_all_keys().await?,
            }
            self.drain_before_commit().await?;
            self.bookmark.phase = Phase::Committing;
            self.save().await?;
        }
        self.commit().await
    }

    async fn count_rows(&mut self) -> Result<(), SyncError> {
        let mut tries = Tries::default();
        self.bookmark.total = loop {
            match self.ask_count().await {
                Ok(total) => break total,
                Err(error) => self.wait_for_database(&mut tries, error).await?,
            }
        };
        let triggers = self.link()?.triggers.clone();
        self.bookmark.triggers_at_start = triggers;
        self.note_watermark().await?;
        let survey = self.survey().await?;
        self.bookmark.objects_before = survey.leaving + survey.staying;
        self.bookmark.phase = Phase::Reading;
        self.save().await?;
        if self.bookmark.pass == Pass::Rows {
            let total = self.bookmark.total;
            let source = self.source();
            tracing::info!(source, total, "Found {total} product variants to index");
        }
        Ok(())
    }

    async fn ask_count(&self) -> Result<u64, SyncError> {
        let reader = self.database()?.reader().await?;
        Ok(self.link()?.statements.count(&reader).await?)
    }

    async fn read_all_rows(&mut self) -> Result<(), SyncError> {
        let batch = self.handle.settings.batch;
        let mut snapshot = match self.handle.settings.consistency {
            Consistency::Keyset => None,
            Consistency::Snapshot => Some(self.open_snapshot().await?),
        };
        loop {
            self.require_going_on()?;
            let began = Instant::now();
            let page = self.page(snapshot.as_ref(), batch).await?;
            let is_last = page.len() < batch;
            if !page.is_empty() {
                self.take_page(&page).await?;
                let took = began.elapsed();
                self.handle.live().numbers.note_page(page.len(), took);
            }
            if is_last {
                break;
            }
            self.changes_between_pages().await?;
            if self
                .drained
                .as_ref()
                .is_some_and(|keys| keys.len() > DRAINED_MAX)
            {
                // From here on each page is read as it is then, which needs no memory.
                snapshot = None;
                self.drained = None;
            }
            self.throttle(page.len(), began.elapsed()).await;
        }
        Ok(())
    }

    async fn open_snapshot(&mut self) -> Result<Snapshot, SyncError> {
        let reader = self.database()?.reader().await?;
        // Out of the pool: its end is the end of the transaction.
        let reader = Reader::take(reader);
        let begin = "begin isolation level repeatable read read only";
        answered(reader.batch_execute(begin)).await?;
        self.drained = Some(HashSet::new());
        Ok(Snapshot(reader))
    }

    async fn page(
        &self,
        snapshot: Option<&Snapshot>,
        batch: usize,
    ) -> Result<Vec<RawRow>, SyncError> {
        let after = self.bookmark.last_key.as_deref();
        if let Some(Snapshot(reader)) = snapshot {
            // An error ends the transaction, and with it the snapshot: nothing to try again.
            return Ok(self.link()?.statements.page(reader, after, batch).await?);
        }
        let mut tries = Tries::default();
        loop {
            match self.ask_page(after, batch).await {
                Ok(page) => return Ok(page),
                Err(error) => self.wait_for_database(&mut tries, error).await?,
            }
        }
    }

    async fn ask_page(&self, after: Option<&str>, batch: usize) -> Result<Vec<RawRow>, SyncError> {
        let reader = self.database()?.reader().await?;
        Ok(self.link()?.statements.page(&reader, after, batch).await?)
    }

    async fn take_page(&mut self, page: &[RawRow]) -> Result<(), SyncError> {
        let reader = Arc::clone(&self.link()?.rows);
        let generation = self.generation();
        let errors = read_rows(&reader, page, generation.as_ref()).errors;
        self.note_row_errors(errors)?;
        self.bookmark.indexed += page.len() as u64;
        let last_key = page.iter().rev().find_map(|row| row.key.clone());
        self.bookmark.last_key = last_key.or(self.bookmark.last_key.take());
        // What changed since the snapshot has been written as it is now.
        let drained = self.drained.as_ref();
        let is_stale = |key: &String| drained.is_some_and(|keys| keys.contains(key));
        let keys = page.iter().filter_map(|row| row.key.as_ref());
        let stale: HashSet<String> = keys.filter(|key| is_stale(key)).cloned().collect();
        let written = self.write(|| {
            let mut read = read_rows(&reader, page, generation.as_ref());
            read.rows.retain(|row| !stale.contains(&row.key));
            read
        });
        let written = written.await?;
        self.bookmark.skipped += written.unchanged;
        self.note_row_errors(written.refused)?;
        self.log_progress();
        Ok(())
    }

    fn log_progress(&self) {
        let indexed = self.bookmark.indexed;
        let total = self.bookmark.total.max(indexed);
        let (source, failed) = (self.source(), self.bookmark.failed);
        tracing::info!(source, failed, "Indexed {indexed}/{total} variants");
    }

    /// Counts rows that make no object. With `on_row_error = "abort"` the first ends the sync.
    pub(super) fn note_row_errors(&mut self, errors: Vec<RowError>) -> Result<(), SyncError> {
        self.tell_refused(&errors);
        self.handle.live().numbers.rows_failed += errors.len() as u64;
        let aborts = self.handle.settings.on_row_error == OnRowError::Abort;
        for error in errors {
            let words = format!("row `{}`: {}", error.key, error.reason);
            tracing::debug!(
                source = self.source(),
                error = words,
                "a row makes no object"
            );
            self.bookmark.note_error(error);
            if aborts {
                return Err(SyncError::Failed(words));
            }
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), SyncError> {
        let commit = self.source_commit(self.at_least())?;
        let mut pause = RETRY_PAUSE_FIRST;
        let outcome = loop {
            self.require_going_on()?;
            let tracker = &self.handle.settings.tracker;
            match self.catalogs.commit_source(tracker, commit.clone()).await {
                Ok(outcome) => break outcome,
                Err(error) => self.wait_for_catalog(&mut pause, &error).await?,
            }
        };
        match outcome {
            SourceCommitOutcome::Deleted { count } => {
                self.bookmark.deleted += count;
                Ok(())
            }
            SourceCommitOutcome::TooFew { staying: 0 } => Err(SyncError::Failed(
                "no row made an object: nothing was deleted".to_owned(),
            )),
            SourceCommitOutcome::TooFew { staying } => Err(SyncError::Failed(format!(
                "of {} objects only {staying} would stay: nothing was deleted \
                 (`shrink_guard`; `?force=1` skips it)",
                self.bookmark.objects_before
            ))),
        }
    }

    /// How many objects a commit must leave.
    fn at_least(&self) -> u64 {
        let guard = u64::from(self.handle.settings.shrink_guard);
        if self.bookmark.forced || guard == 0 {
            return 1;
        }
        let kept = self.bookmark.objects_before.saturating_mul(100 - guard);
        kept.div_ceil(100).max(1)
    }

    fn source_commit(&self, at_least: u64) -> Result<SourceCommit, SyncError> {
        let settings = &self.handle.settings;
        let no_generation = || SyncError::Failed("the sync has no generation".to_owned());
        Ok(SourceCommit {
            source: settings.name.clone(),
            generation: self.generation().ok_or_else(no_generation)?,
            object_type: settings.object_type.clone(),
            reach: match settings.owner {
                Owner::Source => Reach::AllBut(self.others.clone()),
                Owner::Shared => Reach::Own,
            },
            at_least,
        })
    }

    async fn survey(&self) -> Result<SourceSurvey, SyncError> {
        let commit = self.source_commit(0)?;
        let tracker = &self.handle.settings.tracker;
        let mut pause = RETRY_PAUSE_FIRST;
        loop {
            match self.catalogs.survey_source(tracker, commit.clone()).await {
                Ok(survey) => return Ok(survey),
                Err(error) => self.wait_for_catalog(&mut pause, &error).await?,
            }
        }
    }

    /// Between two pages: whether the sync goes on at all.
    pub(super) fn require_going_on(&self) -> Result<(), SyncError> {
        self.require_running()?;
        if self.handle.live().cancel {
            return Err(SyncError::Cancelled);
        }
        if self.link()?.session.is_lost() {
            return Err(DbError::Lost.into());
        }
        Ok(())
    }

    /// Waits before something is asked of the database again, or gives up.
    pub(super) async fn wait_for_database(
        &self,
        tries: &mut Tries,
        error: SyncError,
    ) -> Result<(), SyncError> {
        tries.made += 1;
        let is_worth_it = match &error {
            SyncError::Database(error) => !error.is_disconnection() && tries.made < PAGE_TRIES,
            _ => false,
        };
        if !is_worth_it {
            return Err(error);
        }
        let words = error.to_string();
        tracing::warn!(
            source = self.source(),
            error = words,
            "a page cannot be read; trying again"
        );
        self.handle.live().problem = Some(words);
        // Up to half as long again, so that several do not come at the same time.
        let jitter = uuid::Uuid::new_v4().as_u128() % 500;
        self.pause(tries.pause.mul_f64(1.0 + jitter as f64 / 1_000.0))
            .await;
        tries.pause = (tries.pause * 2).min(PAGE_PAUSE_MAX);
        self.require_going_on()
    }

    /// Keeps to so many rows a second.
    async fn throttle(&self, rows: usize, took: Duration) {
        if let Some(most) = self.handle.settings.throttle {
            let due = Duration::from_secs_f64(rows as f64 / f64::from(most.get()));
            self.pause(due.saturating_sub(took)).await;
        }
    }
}

/// How often something has been asked of the database.
pub(super) struct Tries {
    made: u32,
    pause: Duration,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            made: 0,
            pause: RETRY_PAUSE_FIRST,
        }
    }
}
