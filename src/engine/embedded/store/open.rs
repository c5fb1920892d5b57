//! Opens a store, making it where there is none, and gives one of an earlier program what it lacks. Invariant: a crash
//! leaves an empty file or a whole store.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::connection::open_for_writing;
use super::meta::{Counters, FORMAT, Meta, read_meta};
use super::{
    StoreError, attributes, clicks, documents, engines, expiry, files, jobs, last_writes, receipts,
    refused, refused_uploads, sources, sums, upgrade, versions, wal,
};
use crate::domain::Timestamp;
use crate::engine::embedded::ids::Sequence;

pub(super) const TABLES: &str = "
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

/// Makes the store when there is none, and reads what it says of itself.
pub(in crate::engine::embedded) fn open_or_create(
    site_folder: &Path,
    now: Timestamp,
) -> Result<Meta, StoreError> {
    open_or_make(site_folder, now, None)
}

/// Makes the store of an engine that no configuration names.
pub(in crate::engine::embedded) fn make(
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
        refused::TABLES,
        refused_uploads::TABLES,
        clicks::TABLES,
        last_writes::TABLES,
        expiry::TABLES,
        files::TABLES,
    ] {
        transaction.execute_batch(tables)?;
    }
    engines::ensure(&transaction, now, made)?;
    sources::prepare(&transaction)?;
    sums::prepare(&transaction)?;
    versions::prepare(&transaction)?;
    declare_updated_at(&transaction)?;
    upgrade::upgrade(&transaction)?;
    transaction.commit()?;
    Ok(meta)
}

/// Moves what the write-ahead log holds into the store, where nobody else has it open.
pub(in crate::engine::embedded) fn fold_log(site_folder: &Path) -> Result<(), StoreError> {
    let log = wal::path(site_folder);
    if std::fs::metadata(log).map_or(0, |log| log.len()) > 0 {
        let connection = open_for_writing(site_folder, OpenFlags::empty(), 0)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(())
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

/// Gives document types what those have that are made now: an attribute for the last writes of their
/// documents. What the index holds of them it gets when it is made anew.
fn declare_updated_at(store: &Connection) -> Result<(), StoreError> {
    let types_without = "SELECT type FROM document_types WHERE type NOT IN \
         (SELECT type FROM document_fields WHERE name = 'updated_at') ORDER BY position";
    let words = store
        .prepare(types_without)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    if words.is_empty() {
        return Ok(());
    }
    let mut schema = attributes::load(store)?;
    let known = schema.next_number();
    for word in words {
        let object_type = documents::object_type(&word)?;
        if let Some(field) = schema.declare_updated_at(&object_type) {
            documents::add_field(store, &object_type, &field)?;
        }
    }
    for (number, name, kind) in schema.added_since(known) {
        attributes::add(store, number, name, kind)?;
    }
    Ok(())
}
