//! The file of a site's events. Days are those since the Unix epoch, UTC; times are milliseconds.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use super::keys::Secret;
use crate::domain::Timestamp;
use crate::engine::folder;
use crate::engine::sqlite::{StoreError, read_from, write_to};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What this program writes. Another format is refused, never guessed at.
const FORMAT: i64 = 1;

/// Page cache of the connection that writes; of one that reads.
pub(super) const WRITER_CACHE_BYTES: u64 = 8 << 20;
const READER_CACHE_BYTES: u64 = 512 << 10;

/// The log beside the file, in pages and in bytes: it is short, for strangers decide what is written.
const LOG_PAGES: i64 = 2_000;
const LOG_BYTES: i64 = 8 << 20;

const TABLES: &str = "
    CREATE TABLE about (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        format INTEGER NOT NULL,
        secret BLOB NOT NULL,
        -- The day of the last clearing up that was done with.
        cleared INTEGER NOT NULL
    ) STRICT;
    -- Numbers are never given twice: memory may still hold one that was given up.
    CREATE TABLE items (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        identity TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL
    ) STRICT;
    CREATE TABLE queries (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        folded TEXT NOT NULL UNIQUE,
        born INTEGER NOT NULL,
        -- The only client that searched for it and found something; none when there are more.
        first_client BLOB,
        is_shared INTEGER NOT NULL,
        -- Whether its last search found something.
        is_found INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX queries_by_birth ON queries (born);
    CREATE INDEX queries_by_client ON queries (first_client) WHERE first_client IS NOT NULL;
    CREATE TABLE spellings (
        query INTEGER NOT NULL,
        typed TEXT NOT NULL,
        times INTEGER NOT NULL,
        PRIMARY KEY (query, typed)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE item_days (
        day INTEGER NOT NULL,
        item INTEGER NOT NULL,
        -- 0 is none.
        list INTEGER NOT NULL,
        views INTEGER NOT NULL,
        shown INTEGER NOT NULL,
        clicks INTEGER NOT NULL,
        conversions INTEGER NOT NULL,
        transactions INTEGER NOT NULL,
        pieces INTEGER NOT NULL,
        PRIMARY KEY (day, item, list)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE query_days (
        day INTEGER NOT NULL,
        query INTEGER NOT NULL,
        searches INTEGER NOT NULL,
        empty INTEGER NOT NULL,
        typed INTEGER NOT NULL,
        clicks INTEGER NOT NULL,
        conversions INTEGER NOT NULL,
        transactions INTEGER NOT NULL,
        PRIMARY KEY (day, query)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE query_item_days (
        day INTEGER NOT NULL,
        query INTEGER NOT NULL,
        item INTEGER NOT NULL,
        clicks INTEGER NOT NULL,
        conversions INTEGER NOT NULL,
        transactions INTEGER NOT NULL,
        PRIMARY KEY (day, query, item)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE place_days (
        day INTEGER NOT NULL,
        place TEXT NOT NULL,
        shown INTEGER NOT NULL,
        clicks INTEGER NOT NULL,
        conversions INTEGER NOT NULL,
        transactions INTEGER NOT NULL,
        PRIMARY KEY (day, place)
    ) STRICT, WITHOUT ROWID;
    -- Events that were counted.
    CREATE TABLE counted (
        event BLOB PRIMARY KEY,
        day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sessions (
        client BLOB PRIMARY KEY,
        arrived INTEGER NOT NULL,
        last INTEGER NOT NULL,
        events INTEGER NOT NULL,
        typed TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lists (
        client BLOB NOT NULL,
        number INTEGER NOT NULL,
        at INTEGER NOT NULL,
        list INTEGER NOT NULL,
        query INTEGER,
        place TEXT,
        items BLOB NOT NULL,
        PRIMARY KEY (client, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE clients (
        client BLOB PRIMARY KEY,
        seen INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX clients_by_seen ON clients (seen);
    CREATE TABLE history (
        client BLOB NOT NULL,
        kind INTEGER NOT NULL,
        -- The number of an object, of a query for searches.
        what INTEGER NOT NULL,
        at INTEGER NOT NULL,
        times INTEGER NOT NULL,
        PRIMARY KEY (client, kind, what)
    ) STRICT, WITHOUT ROWID;
";

/// What is made of transactions, and what visits are told apart by: later than the rest. Files of before get it when
/// they are opened to be written.
const LATER_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS group_days (
        day INTEGER NOT NULL,
        -- 1 the variant of sessions, 2 of lists, 3 a pair of contexts.
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        shown INTEGER NOT NULL,
        clicks INTEGER NOT NULL,
        conversions INTEGER NOT NULL,
        transactions INTEGER NOT NULL,
        PRIMARY KEY (day, kind, name)
    ) STRICT, WITHOUT ROWID;
    -- Of sessions (-1) and of lists by their number.
    CREATE TABLE IF NOT EXISTS variants (
        client BLOB NOT NULL,
        number INTEGER NOT NULL,
        variant TEXT NOT NULL,
        PRIMARY KEY (client, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS baskets (
        item INTEGER NOT NULL,
        -- The same is the object itself; 0 and 0 are all transactions.
        other INTEGER NOT NULL,
        -- Since the epoch.
        week INTEGER NOT NULL,
        times INTEGER NOT NULL,
        PRIMARY KEY (item, other, week)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS companions (
        item INTEGER NOT NULL,
        other INTEGER NOT NULL,
        score REAL NOT NULL,
        -- Its support goes with this week.
        held_by INTEGER NOT NULL,
        PRIMARY KEY (item, other)
    ) STRICT, WITHOUT ROWID;
    -- Objects whose companions are to be looked for again.
    CREATE TABLE IF NOT EXISTS unlearnt (item INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS model (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        -- Rows of `baskets`.
        pairs INTEGER NOT NULL
    ) STRICT;
    INSERT OR IGNORE INTO model VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS horizon (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        -- As of when what is old is deleted.
        reached INTEGER NOT NULL
    ) STRICT;
    -- How far a log is followed that is kept elsewhere.
    CREATE TABLE IF NOT EXISTS followed (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        log TEXT NOT NULL,
        entry INTEGER NOT NULL,
        made TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        forgot INTEGER NOT NULL
    ) STRICT;
";

pub(in crate::engine) fn path(site_folder: &Path) -> PathBuf {
    site_folder.join("events.db")
}

/// Opens the file to write it, making it when there is none.
pub(super) fn open_or_make(
    site_folder: &Path,
    now: Timestamp,
) -> Result<(Connection, Secret), StoreError> {
    let path = path(site_folder);
    let is_new = !path.is_file();
    let mut connection = write_to(&path, OpenFlags::SQLITE_OPEN_CREATE, WRITER_CACHE_BYTES)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // In one transaction: a crash leaves an empty file, which the next start fills.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_empty(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.execute(
            "INSERT INTO about VALUES (1, ?1, ?2, 0)",
            rusqlite::params![FORMAT, Secret::random().bytes()],
        )?;
    }
    let secret = read_secret(&transaction)?;
    transaction.execute_batch(LATER_TABLES)?;
    // A file of before begins with the day that it was cleared up last.
    transaction.execute(
        "INSERT OR IGNORE INTO horizon SELECT 1, \
         CASE cleared WHEN 0 THEN ?1 ELSE min(cleared * ?2, ?1) END FROM about",
        [now.as_millis(), DAY_MS],
    )?;
    transaction.commit()?;
    if is_new {
        folder::sync_parent(&path)?;
    }
    Ok((connection, secret))
}

fn is_empty(file: &Connection) -> Result<bool, StoreError> {
    let mut tables = file.prepare("SELECT 1 FROM sqlite_schema LIMIT 1")?;
    Ok(!tables.exists([])?)
}

/// Opens the file to read it; `None` when there is none, or nothing in it yet.
pub(super) fn open_for_reading(site_folder: &Path) -> Result<Option<Connection>, StoreError> {
    let path = path(site_folder);
    if !path.is_file() {
        return Ok(None);
    }
    let connection = open_file_for_reading(&path)?;
    let is_empty = is_empty(&connection)?;
    Ok((!is_empty).then_some(connection))
}

pub(super) fn open_file_for_reading(path: &Path) -> Result<Connection, StoreError> {
    read_from(path, READER_CACHE_BYTES)
}

pub(super) fn read_secret(file: &Connection) -> Result<Secret, StoreError> {
    let is_ours = file
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'about'")?
        .exists([])?;
    if !is_ours {
        return Err(StoreError::Foreign);
    }
    let about = file
        .query_row("SELECT format, secret FROM about", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()?;
    let (format, secret) = about.ok_or(StoreError::Foreign)?;
    if format != FORMAT {
        return Err(StoreError::UnknownFormat {
            found: format,
            known: FORMAT,
        });
    }
    Secret::from_bytes(&secret)
        .ok_or_else(|| StoreError::Damaged("the secret of the events has another length".into()))
}
