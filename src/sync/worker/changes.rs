//! What changed in the database, into the catalog: rows are read again by their keys, and a key without a row
//! is a deletion (docs/reference/11-product-sync.md §5). Invariant: an entry of the outbox is deleted after
//! what it led to is on disk; repeating it is harmless.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::bookmark::RowError;
use super::super::database::outbox::{self, FAN_OUT_MAX, OutboxEntry};
use super::super::database::{DbError, RawRow, WatermarkCursor, catalog};
use super::writing::read_rows;
use super::{LOOK_EVERY, SyncError, Worker};
use crate::config::product_sync::AutoMode;
use crate::domain::{RowState, SourceRow};

/// Keys that are read and written at once.
const KEYS_AT_ONCE: usize = 500;

/// Rows of one page of a poll by watermark.
const WATERMARK_PAGE: usize = 500;

/// Between two looks at the outbox while a sync runs and nobody wakes it.
const LOOK_WHILE_SYNCING: Duration = Duration::from_secs(1);

/// Before a commit the outbox is followed for at most so long: what comes in faster is written after it,
/// which loses nothing.
const DRAIN_BEFORE_COMMIT: Duration = Duration::from_secs(60);

/// A backlog this old is told, this often.
const LAG_WARNED_AT_S: f64 = 60.0;
const LAG_WARNED_EVERY: Duration = Duration::from_secs(60);

impl Worker {
    /// Follows everything there is to follow now.
    pub(super) async fn follow_changes(&mut self) -> Result<(), SyncError> {
        self.look_for_triggers().await?;
        match self.link()?.mode {
            AutoMode::Off | AutoMode::Compare => Ok(()),
            AutoMode::Outbox => {
                while self.drain_round().await? && !self.is_asked() {}
                self.measure_backlog().await
            }
            AutoMode::Watermark => self.poll_watermark().await,
        }
    }

    /// Between two pages of a sync: one round, so that the sync goes on however much comes in.
    pub(super) async fn changes_between_pages(&mut self) -> Result<(), SyncError> {
        self.look_for_triggers().await?;
        let link = self.link()?;
        let is_time = self
            .looked
            .is_none_or(|at| at.elapsed() >= LOOK_WHILE_SYNCING);
        match link.mode {
            AutoMode::Outbox if link.session.was_woken() || is_time => {
                self.drain_round().await?;
                self.measure_backlog().await
            }
            AutoMode::Watermark => self.poll_watermark().await,
            _ => Ok(()),
        }
    }

    pub(super) async fn drain_before_commit(&mut self) -> Result<(), SyncError> {
        self.looked = None;
        match self.link()?.mode {
            AutoMode::Off | AutoMode::Compare => Ok(()),
            AutoMode::Outbox => {
                let began = Instant::now();
                while self.drain_round().await? && began.elapsed() < DRAIN_BEFORE_COMMIT {
                    self.require_going_on()?;
                }
                Ok(())
            }
            AutoMode::Watermark => self.poll_watermark().await,
        }
    }

    /// Follows the oldest entries of the outbox; whether there may be more.
    async fn drain_round(&mut self) -> Result<bool, SyncError> {
        self.require_running()?;
        self.looked = Some(Instant::now());
        let link = self.link()?;
        let entries = outbox::oldest(link.session.client(), &self.handle.settings.name).await?;
        if entries.is_empty() {
            return Ok(false);
        }
        match self.keys_of(&entries).await? {
            Some(keys) => {
                let keys: Vec<String> = keys.into_iter().collect();
                for some in keys.chunks(KEYS_AT_ONCE) {
                    self.reread_and_write(some).await?;
                }
            }
            None => self.want_full_sync().await?,
        }
        let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
        outbox::delete(self.link()?.session.client(), &numbers).await?;
        Ok(entries.len() == outbox::ROUND)
    }

    /// The keys of the source that entries mean; `None`: too many, or all.
    async fn keys_of(
        &self,
        entries: &[OutboxEntry],
    ) -> Result<Option<BTreeSet<String>>, SyncError> {
        let settings = &self.handle.settings;
        let mut keys = BTreeSet::new();
        let affects = |table: &str| {
            let name = |other: &crate::config::product_sync::Affects| {
                format!("{}.{}", other.schema, other.table)
            };
            settings
                .affects
                .iter()
                .find(move |other| name(other) == table)
        };
        for entry in entries {
            let Some(key) = &entry.key else {
                return Ok(None);
            };
            if affects(&entry.table).is_none() {
                keys.insert(key.clone());
            }
        }
        for other in &settings.affects {
            let name = format!("{}.{}", other.schema, other.table);
            let of_table = entries.iter().filter(|entry| entry.table == name);
            let changed: BTreeSet<&String> =
                of_table.filter_map(|entry| entry.key.as_ref()).collect();
            if changed.is_empty() {
                continue;
            }
            let changed: Vec<String> = changed.into_iter().cloned().collect();
            let client = self.link()?.session.client();
            keys.extend(outbox::affected(client, &other.keys, &changed).await?);
            if keys.len() > FAN_OUT_MAX {
                return Ok(None);
            }
        }
        Ok(Some(keys))
    }

    /// Has a full sync run as soon as none does.
    async fn want_full_sync(&mut self) -> Result<(), SyncError> {
        tracing::info!(
            source = self.source(),
            "a change too large to follow: a full sync is due"
        );
        self.bookmark.wants_full = true;
        self.save().await
    }

    /// Reads rows by their keys, where the outbox was read, and writes them; what is not there is deleted.
    pub(super) async fn reread_and_write(&mut self, keys: &[String]) -> Result<(), SyncError> {
        if keys.is_empty() {
            return Ok(());
        }
        let link = self.link()?;
        let client = link.session.client();
        match link.statements.reread(client, keys).await {
            Ok(raw) => self.write_reread(keys, &raw).await,
            Err(error) if error.is_about_data() => self.reread_one_by_one(keys, error).await,
            Err(error) => Err(error.into()),
        }
    }

    /// One bad value must not keep the others waiting for ever.
    async fn reread_one_by_one(
        &mut self,
        keys: &[String],
        error: DbError,
    ) -> Result<(), SyncError> {
        for key in keys {
            let one = std::slice::from_ref(key);
            let link = self.link()?;
            match link.statements.reread(link.session.client(), one).await {
                Ok(raw) => self.write_reread(one, &raw).await?,
                Err(error) if error.is_about_data() => {
                    let (source, error) = (self.source(), error.to_string());
                    tracing::warn!(source, key, error, "a changed row cannot be read");
                    self.handle.live().numbers.rows_failed += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        tracing::debug!(source = self.source(), %error, "rows were read one by one");
        Ok(())
    }

    async fn write_reread(&mut self, keys: &[String], raw: &[RawRow]) -> Result<(), SyncError> {
        let reader = Arc::clone(&self.link()?.rows);
        let generation = self.generation();
        let found: BTreeSet<&str> = raw.iter().filter_map(|row| row.key.as_deref()).collect();
        let gone: Vec<&String> = keys
            .iter()
            .filter(|key| !found.contains(key.as_str()))
            .collect();
        if let Some(drained) = &mut self.drained {
            drained.extend(keys.iter().cloned());
        }
        let errors = read_rows(&reader, raw, generation.as_ref()).errors;
        let written = self.write(|| {
            let mut read = read_rows(&reader, raw, generation.as_ref());
            let deleted = |key: &&String| SourceRow {
                key: (*key).clone(),
                state: RowState::Gone,
            };
            read.rows.extend(gone.iter().map(deleted));
            read
        });
        let refused = written.await?.refused;
        self.handle.live().numbers.rows_read += keys.len() as u64;
        self.note_change_errors(errors.into_iter().chain(refused).collect())
    }

    /// While a sync runs they are counted as its own.
    fn note_change_errors(&mut self, errors: Vec<RowError>) -> Result<(), SyncError> {
        if self.bookmark.is_running() {
            return self.note_row_errors(errors);
        }
        self.tell_refused(&errors);
        self.handle.live().numbers.rows_failed += errors.len() as u64;
        for RowError { key, reason } in errors {
            tracing::warn!(
                source = self.source(),
                key,
                reason,
                "a changed row makes no object"
            );
        }
        Ok(())
    }

    async fn measure_backlog(&mut self) -> Result<(), SyncError> {
        let client = self.link()?.session.client();
        let backlog = outbox::backlog(client, &self.handle.settings.name).await?;
        {
            let mut live = self.handle.live();
            live.numbers.pending = backlog.entries;
            live.numbers.lag_seconds = backlog.lag_seconds;
        }
        let is_told = self
            .warned_of_lag
            .is_some_and(|at| at.elapsed() < LAG_WARNED_EVERY);
        if backlog.lag_seconds >= LAG_WARNED_AT_S && !is_told {
            self.warned_of_lag = Some(Instant::now());
            let (outbox_rows, outbox_lag_seconds) = (backlog.entries, backlog.lag_seconds);
            let source = self.source();
            tracing::warn!(
                source,
                outbox_rows,
                outbox_lag_seconds,
                "the outbox is behind"
            );
        }
        Ok(())
    }

    /// What is changed from now on is read again, whatever the sync reads.
    pub(super) async fn note_watermark(&mut self) -> Result<(), SyncError> {
        let link = self.link()?;
        if link.mode == AutoMode::Watermark {
            self.bookmark.watermark = Some(catalog::now(link.session.client()).await?);
        }
        Ok(())
    }

    /// Reads what changed since the last poll, and some time before it: a transaction shows its rows when
    /// it ends, with the time it began.
    async fn poll_watermark(&mut self) -> Result<(), SyncError> {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let now = catalog::now(self.link()?.session.client()).await?;
        let Some(since) = self.bookmark.watermark.clone() else {
            self.bookmark.watermark = Some(now);
            return self.save().await;
        };
        let overlap = self.handle.settings.watermark_overlap;
        let client = self.link()?.session.client();
        let at = catalog::earlier(client, &since, overlap).await?;
        let mut mark = Some(WatermarkCursor { at, key: None });
        while let Some(from) = mark {
            self.require_running()?;
            let link = self.link()?;
            let client = link.session.client();
            let (raw, next) = link
                .statements
                .changed_since(client, &from, WATERMARK_PAGE)
                .await?;
            let keys: Vec<String> = raw.iter().filter_map(|row| row.key.clone()).collect();
            if !keys.is_empty() {
                self.write_reread(&keys, &raw).await?;
            }
            mark = next;
        }
        self.bookmark.watermark = Some(now);
        self.save().await?;
        let mut live = self.handle.live();
        (live.numbers.pending, live.numbers.lag_seconds) = (0, 0.0);
        Ok(())
    }
}
