//! The one connection of a site that writes, and its transactions.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::connection::open_for_writing;
use super::head_cache::HeadCache;
use super::known_mentions::KnownMentions;
use super::meta::{Counters, read_meta};
use super::written_types::WrittenTypes;
use super::{StoreError, files, refused_uploads};
use crate::engine::plan::ContentHash;
use crate::engine::sqlite::{BUSY_TIMEOUT, fit_cache};

pub(in crate::engine::embedded) struct Writer {
    connection: Connection,
    counters: Counters,
    heads: HeadCache,
    mentions: KnownMentions,
    /// Whether there may be notes of refused uploads: most sites never have one.
    has_refused_uploads: bool,
    /// Whether there may be files.
    has_files: bool,
    /// What it was told to keep of the file.
    cache_bytes: u64,
    #[cfg(test)]
    faults: std::sync::Arc<super::faults::Faults>,
}

impl Writer {
    pub(in crate::engine::embedded) fn open(
        site_folder: &Path,
        cache_bytes: u64,
        heads_known: usize,
        #[cfg(test)] faults: std::sync::Arc<super::faults::Faults>,
    ) -> Result<Self, StoreError> {
        let connection = open_for_writing(site_folder, OpenFlags::empty(), cache_bytes)?;
        let counters = read_meta(&connection)?.counters;
        let has_refused_uploads = refused_uploads::any(&connection)?;
        let has_files = files::any(&connection)?;
        Ok(Self {
            connection,
            counters,
            has_refused_uploads,
            has_files,
            heads: HeadCache::new(heads_known),
            mentions: KnownMentions::new(),
            cache_bytes,
            #[cfg(test)]
            faults,
        })
    }

    /// Changes how much of the file and how many heads it keeps at hand, from now on.
    pub(in crate::engine::embedded) fn fit(
        &mut self,
        cache_bytes: u64,
        heads_known: usize,
    ) -> Result<(), StoreError> {
        if cache_bytes != self.cache_bytes {
            self.heads.fit(heads_known);
            fit_cache(&self.connection, cache_bytes)?;
            self.cache_bytes = cache_bytes;
        }
        Ok(())
    }

    /// Moves what the write-ahead log holds into the database and gives its disk space back; whether it
    /// could. It waits for nobody: a reader may stay as long as a whole catalog takes to read, and
    /// writes would wait behind.
    pub(in crate::engine::embedded) fn empty_log_file(&self) -> Result<bool, StoreError> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let is_blocked = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, bool>(0)
            });
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(!is_blocked?)
    }

    pub(in crate::engine::embedded) fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        #[cfg(test)]
        self.faults.limit_file(&self.connection)?;
        self.heads.begin();
        Ok(Transaction {
            inner: self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?,
            counters: self.counters,
            committed: &mut self.counters,
            heads: &mut self.heads,
            mentions: &mut self.mentions,
            has_refused_uploads: &mut self.has_refused_uploads,
            has_files: &mut self.has_files,
            written: WrittenTypes::default(),
            #[cfg(test)]
            faults: &self.faults,
        })
    }
}

impl Deref for Writer {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Dropped without [`Self::commit`], it leaves nothing behind, its counters included.
/// What it does to heads is in `known_heads`, what it writes down of types in `last_writes`.
pub(in crate::engine::embedded) struct Transaction<'w> {
    inner: rusqlite::Transaction<'w>,
    pub(in crate::engine::embedded) counters: Counters,
    committed: &'w mut Counters,
    pub(super) heads: &'w mut HeadCache,
    pub(super) mentions: &'w mut KnownMentions,
    has_refused_uploads: &'w mut bool,
    has_files: &'w mut bool,
    pub(super) written: WrittenTypes,
    #[cfg(test)]
    faults: &'w super::faults::Faults,
}

impl Transaction<'_> {
    /// Whether the content is known to stay as it is when the other one mentions it.
    pub(in crate::engine::embedded) fn is_told_by(
        &self,
        content: ContentHash,
        mention: ContentHash,
    ) -> bool {
        self.mentions.is_told_by(content, mention)
    }

    pub(in crate::engine::embedded) fn note_told(
        &mut self,
        content: ContentHash,
        mention: ContentHash,
    ) {
        self.mentions.note_told(content, mention);
    }

    pub(in crate::engine::embedded) fn has_refused_uploads(&self) -> bool {
        *self.has_refused_uploads
    }

    /// There may be some from now on.
    pub(in crate::engine::embedded) fn notes_refused_uploads(&mut self) {
        *self.has_refused_uploads = true;
    }

    pub(in crate::engine::embedded) fn has_files(&self) -> bool {
        *self.has_files
    }

    /// There may be some from now on.
    pub(in crate::engine::embedded) fn notes_files(&mut self) {
        *self.has_files = true;
    }

    /// Everything is on the disk when this returns.
    pub(in crate::engine::embedded) fn commit(self) -> Result<(), StoreError> {
        if self.counters != *self.committed {
            self.inner
                .prepare_cached(
                    "UPDATE meta SET last_sequence = ?1, next_version = ?2, next_first_seen = ?3",
                )?
                .execute(params![
                    self.counters.last_sequence.0 as i64,
                    self.counters.next_version as i64,
                    self.counters.next_first_seen as i64,
                ])?;
        }
        #[cfg(test)]
        self.faults.fail_sync()?;
        self.inner.commit()?;
        *self.committed = self.counters;
        self.heads.committed();
        Ok(())
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.inner
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::super::{Reader, heads, open_or_create, path};
    use super::*;
    use crate::domain::{Identity, Timestamp};

    #[test]
    fn a_log_that_is_being_read_is_emptied_another_time() {
        let folder = tempfile::tempdir().unwrap();
        open_or_create(folder.path(), Timestamp::from_millis(0)).unwrap();
        let writer = Writer::open(folder.path(), 0, 0, std::sync::Arc::default()).unwrap();
        let write = || writer.execute_batch("UPDATE meta SET pruned_to = pruned_to + 1");
        write().unwrap();
        let reader = Reader::open(folder.path(), 0).unwrap();
        let snapshot = reader.snapshot().unwrap();
        let anybody = Identity::new("p1").unwrap();
        heads::find(&snapshot, &anybody).unwrap();
        write().unwrap();
        assert!(!writer.empty_log_file().unwrap());
        drop(snapshot);
        assert!(writer.empty_log_file().unwrap());
        let log = path(folder.path()).with_extension("db-wal");
        assert_eq!(std::fs::metadata(log).unwrap().len(), 0);
    }
}
