//! The truth of one site: a `SQLite` file, and all SQL there is. One writer at a time, any number of
//! readers; what [`Transaction::commit`] returned from is on the disk.
//!
//! | table | content |
//! |---|---|
//! | `meta` | one row: format, store id, counters |
//! | `heads` | what each identity is now ([`heads`], [`head_row`]) |
//! | `versions` | immutable contents ([`versions`]), read back by [`contents`] |
//! | `log` | what the index has yet to commit, and versions to delete ([`log`]) |
//! | `schema`, `attribute_numbers` | attribute types and the numbers of attributes ([`attributes`]) |
//! | `jobs`, `job_pages`, `job_refusals` | background work ([`jobs`]) |
//! | `engine` | what the site is as an engine of documents ([`engines`]) |
//! | `document_types`, `document_fields`, `documents` | what documents declared, when each was created ([`documents`]) |
//! | `clicks` | how often results were clicked ([`clicks`]) |
//! | `expiry` | how far the deletion of expired objects has come ([`expiry`]) |
//! | `last_writes` | when each type was written to last ([`last_writes`]) |
//! | `receipts` | what became of documents accepted for later ([`receipts`]) |
//! | `sources` | how far sources have been read ([`sources`]) |

pub(super) mod attributes;
pub(super) mod clicks;
pub(super) mod codec;
pub(super) mod contents;
mod damaged;
pub(super) mod documents;
pub(super) mod engines;
mod error;
mod examine;
pub(super) mod expiry;
mod extent;
#[cfg(test)]
pub(super) mod faults;
pub(super) mod head_row;
pub(super) mod heads;
pub(super) mod jobs;
mod known_heads;
mod known_mentions;
pub(super) mod last_writes;
mod leb128;
pub(super) mod listing;
pub(super) mod log;
pub(super) mod preview;
mod reader;
pub(super) mod receipts;
pub(super) mod sources;
mod sums;
pub(super) mod versions;
pub(super) mod wal;
mod weight;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

pub(super) use contents::StoredObject;
pub(super) use damaged::Damaged;
pub(super) use error::{Severity, StoreError};
pub(super) use examine::{examine, findings};
pub(super) use extent::require_whole;
pub(super) use reader::{Reader, Readers};
pub(super) use writer::{Counters, Transaction, Writer};

use super::ids::StoreId;
use crate::domain::Timestamp;
use crate::engine::embedded::ids::Sequence;
use crate::engine::plan::ContentHash;

/// What this program writes. Another format is refused, never guessed at.
const FORMAT: i64 = 1;

/// How long a connection waits for another process that holds the file (a backup, an operator).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const TABLES: &str = "
    CREATE TABLE meta (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        format INTEGER NOT NULL,
        store_id BLOB NOT NULL,
        last_sequence INTEGER NOT NULL,
        next_version INTEGER NOT NULL,
        next_first_seen INTEGER NOT NULL,
        pruned_to INTEGER NOT NULL
    ) STRICT;
    -- By first appearance, not by identity: a nightly upload comes in about the same order every
    -- time, so it moves the heads of a few pages a batch to its generation, not one page a head.
    CREATE TABLE heads (
        first_seen INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        generation TEXT,
        version INTEGER NOT NULL,
        hash BLOB NOT NULL,
        active_from INTEGER,
        active_to INTEGER
    ) STRICT;
    CREATE INDEX heads_by_end ON heads (active_to) WHERE active_to IS NOT NULL;
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY,
        body BLOB NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE log (
        sequence INTEGER PRIMARY KEY,
        operations BLOB NOT NULL
    ) STRICT;
    CREATE TABLE schema (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL
    ) STRICT;
";

/// What a store says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    pub id: StoreId,
    pub counters: Counters,
    /// Groups up to here may be gone from the log: an index that is behind this cannot catch up.
    pub pruned_to: Sequence,
}

/// The file of the store in the folder of a site.
pub(super) fn path(site_folder: &Path) -> PathBuf {
    site_folder.join("store.db")
}

/// Makes the store when there is none, and reads what it says of itself.
pub(super) fn open_or_create(site_folder: &Path, now: Timestamp) -> Result<Meta, StoreError> {
    open_or_make(site_folder, now, None)
}

/// Makes the store of an engine that no configuration names.
pub(super) fn make(
    site_folder: &Path,
    now: Timestamp,
    engine: &engines::NewEngine,
) -> Result<(), StoreError> {
    open_or_make(site_folder, now, Some(engine)).map(drop)
}

fn open_or_make(
    site_folder: &Path,
    now: Timestamp,
    made: Option<&engines::NewEngine>,
) -> Result<Meta, StoreError> {
    let mut connection = open_for_writing(site_folder, OpenFlags::SQLITE_OPEN_CREATE, 0)?;
    // In one transaction: a crash leaves an empty file, which the next start fills.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let empty = !transaction
        .prepare("SELECT 1 FROM sqlite_schema LIMIT 1")?
        .exists([])?;
    if empty {
        transaction.execute_batch(TABLES)?;
        transaction.execute(
            "INSERT INTO meta VALUES (1, ?1, ?2, 0, 1, 1, 0)",
            params![FORMAT, &uuid::Uuid::new_v4().as_bytes()[..]],
        )?;
        attributes::note_all_known(&transaction)?;
    }
    // Nothing is added to a file that is not ours.
    raise_counters(&transaction)?;
    let meta = read_meta(&transaction)?;
    for tables in [
        attributes::TABLES,
        jobs::TABLES,
        engines::TABLES,
        documents::TABLES,
        receipts::TABLES,
        clicks::TABLES,
        last_writes::TABLES,
        expiry::TABLES,
    ] {
        transaction.execute_batch(tables)?;
    }
    engines::ensure(&transaction, now, made)?;
    sources::prepare(&transaction)?;
    sums::prepare(&transaction)?;
    versions::prepare(&transaction)?;
    documents::declare_updated_at(&transaction)?;
    transaction.commit()?;
    Ok(meta)
}

/// Reads what a store says of itself, refusing files of another format.
pub(super) fn read_meta(store: &Connection) -> Result<Meta, StoreError> {
    let is_ours = store
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'")?
        .exists([])?;
    if !is_ours {
        return Err(StoreError::Foreign);
    }
    // The format first: the other columns are this format's.
    let format: i64 = store
        .query_row("SELECT format FROM meta", [], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Foreign)?;
    if format != FORMAT {
        return Err(StoreError::UnknownFormat {
            found: format,
            known: FORMAT,
        });
    }
    let (id, counters, pruned_to) = store.query_row(
        "SELECT store_id, last_sequence, next_version, next_first_seen, pruned_to FROM meta",
        [],
        |row| {
            let counters = Counters {
                last_sequence: Sequence(row.get::<_, i64>(1)? as u64),
                next_version: row.get::<_, i64>(2)? as u64,
                next_first_seen: row.get::<_, i64>(3)? as u64,
            };
            let pruned_to = Sequence(row.get::<_, i64>(4)? as u64);
            Ok((row.get::<_, Vec<u8>>(0)?, counters, pruned_to))
        },
    )?;
    let id = uuid::Uuid::from_slice(&id)
        .map_err(|_| StoreError::Damaged("store id that is no UUID".into()))?;
    Ok(Meta {
        id: StoreId(id),
        counters,
        pruned_to,
    })
}

/// Numbers that were given out are not given out again, whatever a disk did to the row that says so.
fn raise_counters(store: &Connection) -> Result<(), StoreError> {
    let found = read_meta(store)?.counters;
    let last = |sql: &str| -> Result<u64, StoreError> {
        Ok(store
            .query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?
            .unwrap_or_default() as u64)
    };
    let after = |last: u64| last.saturating_add(1).min(i64::MAX as u64);
    let raised = Counters {
        last_sequence: found
            .last_sequence
            .max(Sequence(last("SELECT max(sequence) FROM log")?)),
        next_version: found
            .next_version
            .max(after(last("SELECT max(id) FROM versions")?)),
        next_first_seen: found
            .next_first_seen
            .max(after(last("SELECT max(first_seen) FROM heads")?)),
    };
    if raised != found {
        tracing::error!(
            ?found,
            ?raised,
            "counters of a store are damaged and were raised"
        );
        store.execute(
            "UPDATE meta SET last_sequence = ?1, next_version = ?2, next_first_seen = ?3",
            params![
                raised.last_sequence.0 as i64,
                raised.next_version as i64,
                raised.next_first_seen as i64,
            ],
        )?;
    }
    Ok(())
}

/// Moves what the write-ahead log holds into the store, where nobody else has it open.
pub(super) fn fold_log(site_folder: &Path) -> Result<(), StoreError> {
    let log = wal::path(site_folder);
    if std::fs::metadata(log).map_or(0, |log| log.len()) > 0 {
        let connection = open_for_writing(site_folder, OpenFlags::empty(), 0)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(())
}

fn open_for_writing(
    site_folder: &Path,
    more_flags: OpenFlags,
    cache_bytes: u64,
) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more_flags;
    let connection = Connection::open_with_flags(path(site_folder), flags)?;
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

fn open_for_reading(site_folder: &Path, cache_bytes: u64) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path(site_folder), flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    set_up(&connection, cache_bytes)?;
    Ok(connection)
}

fn set_up(connection: &Connection, cache_bytes: u64) -> Result<(), StoreError> {
    /// Less than this makes every lookup read the file again, in KiB.
    const CACHE_KIB_MIN: i64 = 256;
    let cache_kib = CACHE_KIB_MIN.max((cache_bytes / 1024) as i64);
    // Negative: in KiB instead of pages.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A page whose cells lie outside of it is damage, before anything is read out of it.
    connection.pragma_update(None, "cell_size_check", true)?;
    // The file may have been made by somebody else: its views and triggers may call no functions.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}
