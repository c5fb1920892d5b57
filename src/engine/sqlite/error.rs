//! What can go wrong in a store, and how bad it is. Invariant: anything that puts what the disk
//! holds in doubt is [`Severity::Final`].

use crate::domain::NoAnswerMemory;
use rusqlite::ffi;

#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum StoreError {
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),

    #[error("store folder: {0}")]
    Io(#[from] std::io::Error),

    /// One content is not what was written; the others are none the worse for it.
    #[error("a content is damaged: {0}")]
    Content(&'static str),

    /// A group in the log is not what was written; the heads say what the store holds.
    #[error("group {0} of the log is damaged")]
    LogEntry(u64),

    /// Something that was written reads back as nonsense.
    #[error("store is damaged: {0}")]
    Damaged(String),

    #[error(
        "store has format {found}; this program reads formats up to {known}: use a version that is as new as the one \
         that wrote it"
    )]
    UnknownFormat { found: i64, known: i64 },

    /// What came of it is not what it should be.
    #[error(
        "the upgrade from format {from} failed ({reason}); the store is as it was: use the program that wrote it"
    )]
    Upgrade { from: i64, reason: String },

    #[error("disk is full: {free} bytes are free, {reserve} are kept in reserve")]
    DiskReserve { free: u64, reserve: u64 },

    #[error(
        "the file of events takes {bytes} bytes, {max} are allowed (`[events] file_bytes_max`)"
    )]
    FileFull { bytes: u64, max: u64 },

    #[error("the file is not a vetrina store")]
    Foreign,

    /// There was one.
    #[error(
        "`store.db` is missing or empty, {}: put it back, or take {} away to begin with an empty catalog",
        if *.group > 0 { format!("while an index holds group {group} of it") } else { "beside a write-ahead log".to_owned() },
        match (*.group > 0, .has_log) {
            (true, true) => "`index`, `index.ahead` and `store.db-wal`",
            (true, false) => "`index` and `index.ahead`",
            _ => "`store.db-wal`",
        }
    )]
    Gone { group: u64, has_log: bool },

    /// Nothing is wrong with what is stored.
    #[error("the objects of an answer find no room")]
    NoRoom,
}

impl From<NoAnswerMemory> for StoreError {
    fn from(_: NoAnswerMemory) -> Self {
        Self::NoRoom
    }
}

/// What an error means for the writes that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Severity {
    /// The write batch was rolled back; the next one may well succeed.
    Passing,
    /// As passing, and it will fail until there is space again.
    DiskFull,
    /// Nobody can say any more what is on the disk: no writes until an operator has looked.
    Final,
}

impl StoreError {
    /// Whether a page of the file cannot be read, or is no page.
    pub(in crate::engine) fn is_of_a_page(&self) -> bool {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                failure.extended_code & 0xff == ffi::SQLITE_CORRUPT
                    || failure.extended_code == ffi::SQLITE_IOERR_READ
                    || failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ
            }
            // A column of another type than the table has.
            Self::Sqlite(
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..),
            ) => true,
            _ => false,
        }
    }

    pub(in crate::engine) fn severity(&self) -> Severity {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                severity_of(failure.extended_code)
            }
            Self::Damaged(_)
            | Self::UnknownFormat { .. }
            | Self::Upgrade { .. }
            | Self::Foreign
            | Self::Gone { .. } => Severity::Final,
            Self::DiskReserve { .. } | Self::FileFull { .. } => Severity::DiskFull,
            Self::Sqlite(_) | Self::Io(_) | Self::Content(_) | Self::LogEntry(_) | Self::NoRoom => {
                Severity::Passing
            }
        }
    }
}

/// After a failed fsync the kernel may have dropped the unwritten pages and report success the next
/// time, so no later commit proves anything. A failed write or read is told at once and the
/// transaction is rolled back, so it is not final.
fn severity_of(extended_code: i32) -> Severity {
    match extended_code {
        ffi::SQLITE_FULL => Severity::DiskFull,
        ffi::SQLITE_IOERR_FSYNC
        | ffi::SQLITE_IOERR_DIR_FSYNC
        | ffi::SQLITE_IOERR_DATA
        | ffi::SQLITE_IOERR_CORRUPTFS
        | ffi::SQLITE_NOTADB => Severity::Final,
        code if code & 0xff == ffi::SQLITE_CORRUPT => Severity::Final,
        _ => Severity::Passing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(extended_code: i32) -> StoreError {
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(
            ffi::Error::new(extended_code),
            None,
        ))
    }

    #[test]
    fn only_doubt_about_the_disk_is_final() {
        for code in [
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_DIR_FSYNC,
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_CORRUPT_INDEX,
            ffi::SQLITE_NOTADB,
        ] {
            assert_eq!(sqlite(code).severity(), Severity::Final, "{code}");
        }
        for code in [
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_READ,
            ffi::SQLITE_BUSY,
            ffi::SQLITE_NOMEM,
        ] {
            assert_eq!(sqlite(code).severity(), Severity::Passing, "{code}");
        }
        assert_eq!(sqlite(ffi::SQLITE_FULL).severity(), Severity::DiskFull);
    }
}
