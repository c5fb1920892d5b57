//! A file of a site copied while somebody writes to it. Invariant: a copy is the file as of one moment, with every
//! transaction that was committed before it, whole, and with none that came after.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use crate::engine::sqlite::read_from;

/// Page cache while a file is copied, in bytes: every page is read once.
const CACHE_BYTES: u64 = 2 << 20;

/// The moment as of which a file is copied; held as long as this lives. What is committed meanwhile stays in the
/// write-ahead log, beside what is copied, and no write waits.
pub(in crate::engine::embedded) struct Moment {
    connection: Connection,
}

impl Moment {
    /// Now.
    pub(in crate::engine::embedded) fn of(file: &Path) -> Result<Self, StoreError> {
        let connection = read_from(file, CACHE_BYTES)?;
        connection.execute_batch("BEGIN")?;
        // It is the first read that a transaction begins with.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Self { connection })
    }

    /// Writes the file as it was then to a new place, without a log beside it. It is for the caller to have it on the
    /// disk.
    pub(in crate::engine::embedded) fn copy_to(self, place: &Path) -> Result<(), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(place, flags)?;
        // A copy that is not finished is thrown away.
        copy.pragma_update(None, "journal_mode", "OFF")?;
        copy.pragma_update(None, "synchronous", "OFF")?;
        // In one step: the transaction that reads is this connection's own, so nothing makes it begin again.
        match Backup::new(&self.connection, &mut copy)?.step(-1)? {
            StepResult::Done => {}
            step => return Err(StoreError::Damaged(format!("a copy ended with {step:?}"))),
        }
        drop(copy);
        // It says of itself that it has a write-ahead log, as its original does.
        let copy = Connection::open_with_flags(place, flags)?;
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::super::{Writer, open_or_create, path, read_meta};
    use super::*;
    use crate::domain::Timestamp;

    fn last_sequence(file: &Path) -> u64 {
        let store = read_from(file, 0).unwrap();
        read_meta(&store).unwrap().counters.last_sequence.0
    }

    #[test]
    fn a_copy_has_what_was_committed_before_its_moment_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        open_or_create(folder.path(), Timestamp::from_millis(0)).unwrap();
        let mut writer = Writer::open(folder.path(), 0, 0, std::sync::Arc::default()).unwrap();
        let mut write = || {
            let mut transaction = writer.begin().unwrap();
            transaction.counters.last_sequence.0 += 1;
            transaction.commit().unwrap();
        };
        write();
        let moment = Moment::of(&path(folder.path())).unwrap();
        // Neither waits for the moment to be over.
        write();
        let place = folder.path().join("copy.db");
        moment.copy_to(&place).unwrap();
        assert_eq!(last_sequence(&place), 1);
        assert_eq!(last_sequence(&path(folder.path())), 2);
        for log in ["copy.db-wal", "copy.db-journal"] {
            assert!(!folder.path().join(log).exists(), "{log}");
        }
    }
}
