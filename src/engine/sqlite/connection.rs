//! Connections to such files. Invariant: what one that writes has committed is on the disk.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// How long a connection waits for another process that holds the file (a backup, an operator).
pub(in crate::engine) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a file of a site to write it: what is committed is on the disk.
pub(in crate::engine) fn write_to(
    file: &Path,
    more_flags: OpenFlags,
    cache_bytes: u64,
) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more_flags;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: the log is synced at every commit. An acknowledgement means no less.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // In pages. Larger: a checkpoint comes seldom (it takes 60 to 90 ms); smaller: less to recover.
    connection.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    // A mass deletion grows the log once; afterwards it shrinks to this, in bytes.
    connection.pragma_update(None, "journal_size_limit", 64_i64 << 20)?;
    set_up(&connection, cache_bytes)?;
    Ok(connection)
}

/// Opens a file of a site to read it.
pub(in crate::engine) fn read_from(
    file: &Path,
    cache_bytes: u64,
) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    set_up(&connection, cache_bytes)?;
    Ok(connection)
}

/// Sets how much of the file a connection keeps in memory, from now on.
pub(in crate::engine) fn fit_cache(
    connection: &Connection,
    cache_bytes: u64,
) -> Result<(), StoreError> {
    /// Less than this makes every lookup read the file again, in KiB.
    const CACHE_KIB_MIN: i64 = 256;
    let cache_kib = CACHE_KIB_MIN.max((cache_bytes / 1024) as i64);
    // Negative: in KiB instead of pages.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    Ok(())
}

fn set_up(connection: &Connection, cache_bytes: u64) -> Result<(), StoreError> {
    fit_cache(connection, cache_bytes)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A page whose cells lie outside of it is damage, before anything is read out of it.
    connection.pragma_update(None, "cell_size_check", true)?;
    // The file may have been made by somebody else: its views and triggers may call no functions.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}
