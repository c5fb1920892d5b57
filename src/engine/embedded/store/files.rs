//! Files of a site as rows: what is to be fetched, when, and what came of the last try
//! (docs/reference/02-content.md §8). Invariant: a row stands for an object that is there and was sent as a file with
//! this URL; it is written in the transaction that writes the object, and goes in the one that takes it away.
//!
//! Programs that do not know the table leave it as it is. What they do to an object meanwhile is found out when
//! something was brought for it: the object itself says whether it is a file, and of which URL.

use rusqlite::{Connection, Row, params};

use super::StoreError;
use crate::domain::{
    FileCounts, FileLook, FileState, FileTask, FileTicket, Identity, Timestamp, Validators, host_of,
};
use crate::engine::plan::FileRow;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS files (
        -- AUTOINCREMENT: what is brought late for one that is gone is not taken for another one.
        ticket INTEGER PRIMARY KEY AUTOINCREMENT,
        identity TEXT NOT NULL UNIQUE,
        url TEXT NOT NULL,
        host TEXT NOT NULL,
        state TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        asked_at INTEGER NOT NULL,
        -- NULL: not by itself any more.
        due_at INTEGER,
        changed_at INTEGER NOT NULL,
        fetched_at INTEGER,
        bytes INTEGER,
        etag TEXT,
        last_modified TEXT,
        reason TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS files_by_due ON files (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS files_by_change ON files (changed_at);
    CREATE INDEX IF NOT EXISTS files_by_state ON files (state);
";

const COLUMNS: &str = "ticket, identity, url, state, tries, asked_at, due_at, changed_at, fetched_at, bytes, etag, \
                       last_modified, reason";

pub(in crate::engine::embedded) fn any(store: &Connection) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM files LIMIT 1")?
        .exists([])?)
}

/// Has the file of an object fetched, unless that was asked for before and nothing is `new` about it; whether it was
/// not.
pub(in crate::engine::embedded) fn ask(
    store: &Connection,
    identity: &Identity,
    url: &str,
    now: Timestamp,
    is_new: bool,
) -> Result<bool, StoreError> {
    let known = row(store, identity)?;
    if known
        .as_ref()
        .is_some_and(|row| row.stands_for(url, is_new))
    {
        return Ok(false);
    }
    // Another row and so another ticket.
    if known.is_some() {
        forget(store, identity)?;
    }
    let asked = FileRow::asked(FileTicket(0), url, now);
    store
        .prepare_cached(
            "INSERT INTO files (identity, url, host, state, asked_at, due_at, changed_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            identity.as_str(),
            asked.url,
            host_of(url),
            asked.state.as_str(),
            asked.asked_at.as_millis(),
            asked.due.map(Timestamp::as_millis),
            asked.changed_at.as_millis(),
        ])?;
    Ok(true)
}

/// Has a file fetched again that was asked for before; whether there is one.
pub(in crate::engine::embedded) fn ask_again(
    store: &Connection,
    identity: &Identity,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(mut row) = row(store, identity)? else {
        return Ok(false);
    };
    row.ask_again(now);
    keep(store, identity, &row)?;
    Ok(true)
}

/// The object is gone, or is no file any more; whether it was one.
pub(in crate::engine::embedded) fn forget(
    store: &Connection,
    identity: &Identity,
) -> Result<bool, StoreError> {
    let deleted = store
        .prepare_cached("DELETE FROM files WHERE identity = ?1")?
        .execute([identity.as_str()])?;
    Ok(deleted > 0)
}

/// Many objects are gone.
pub(in crate::engine::embedded) fn forget_gone(store: &Connection) -> Result<bool, StoreError> {
    let deleted = store
        .prepare_cached(
            "DELETE FROM files WHERE NOT EXISTS \
             (SELECT 1 FROM heads WHERE heads.identity = files.identity)",
        )?
        .execute([])?;
    Ok(deleted > 0)
}

/// What is known of the file of an object.
pub(in crate::engine::embedded) fn row(
    store: &Connection,
    identity: &Identity,
) -> Result<Option<FileRow>, StoreError> {
    let mut statement =
        store.prepare_cached(&format!("SELECT {COLUMNS} FROM files WHERE identity = ?1"))?;
    let mut rows = statement.query([identity.as_str()])?;
    let found = rows.next()?.map(read).transpose()?;
    Ok(found.map(|(_, row)| row))
}

/// Writes down what is known of a file that was asked for before.
pub(in crate::engine::embedded) fn keep(
    store: &Connection,
    identity: &Identity,
    row: &FileRow,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "UPDATE files SET state = ?2, tries = ?3, asked_at = ?4, due_at = ?5, changed_at = ?6, fetched_at = ?7, \
             bytes = ?8, etag = ?9, last_modified = ?10, reason = ?11 WHERE identity = ?1",
        )?
        .execute(params![
            identity.as_str(),
            row.state.as_str(),
            row.tries,
            row.asked_at.as_millis(),
            row.due.map(Timestamp::as_millis),
            row.changed_at.as_millis(),
            row.fetched_at.map(Timestamp::as_millis),
            row.bytes.map(|bytes| bytes as i64),
            row.validators.etag,
            row.validators.last_modified,
            row.reason,
        ])?;
    Ok(())
}

/// Rows whose objects are not there, of a store that knows of files.
pub(in crate::engine::embedded) fn count_strays(store: &Connection) -> Result<u64, StoreError> {
    let knows_files = store
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'files'")?
        .exists([])?;
    if !knows_files {
        return Ok(0);
    }
    let count: i64 = store.query_row(
        "SELECT count(*) FROM files WHERE NOT EXISTS \
         (SELECT 1 FROM heads WHERE heads.identity = files.identity)",
        [],
        |row| row.get(0),
    )?;
    Ok(count as u64)
}

/// When the next file is to be fetched.
pub(in crate::engine::embedded) fn next_due(
    store: &Connection,
) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = store
        .prepare_cached("SELECT min(due_at) FROM files WHERE due_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(due.map(Timestamp::from_millis))
}

/// Files that are to be fetched by now, those that have waited longest first, at most `limit` and none of the hosts
/// that are busy.
pub(in crate::engine::embedded) fn due(
    store: &Connection,
    now: Timestamp,
    busy_hosts: &[String],
    limit: usize,
) -> Result<Vec<FileTask>, StoreError> {
    let busy = serde_json::to_string(busy_hosts).unwrap_or_default();
    let mut statement = store.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM files \
         WHERE due_at <= ?1 AND host NOT IN (SELECT value FROM json_each(?2)) \
         ORDER BY due_at, ticket LIMIT ?3"
    ))?;
    let mut rows = statement.query(params![now.as_millis(), busy, limit as i64])?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        let (identity, row) = read(row)?;
        tasks.push(row.into_task(identity));
    }
    Ok(tasks)
}

pub(in crate::engine::embedded) fn counts(store: &Connection) -> Result<FileCounts, StoreError> {
    let mut statement = store.prepare_cached("SELECT state, count(*) FROM files GROUP BY state")?;
    let mut rows = statement.query([])?;
    let mut counts = FileCounts::default();
    while let Some(row) = rows.next()? {
        counts.add(state(row, 0)?, row.get::<_, i64>(1)? as u64);
    }
    Ok(counts)
}

/// Those that something happened to last.
pub(in crate::engine::embedded) fn latest(
    store: &Connection,
    limit: usize,
) -> Result<Vec<FileLook>, StoreError> {
    let mut statement = store.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM files ORDER BY changed_at DESC, ticket DESC LIMIT ?1"
    ))?;
    let mut rows = statement.query([limit as i64])?;
    let mut listed = Vec::new();
    while let Some(row) = rows.next()? {
        let (identity, row) = read(row)?;
        listed.push(row.into_look(identity));
    }
    Ok(listed)
}

fn read(row: &Row<'_>) -> Result<(Identity, FileRow), StoreError> {
    let instant = |at: usize| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_millis))
    };
    let read = FileRow {
        ticket: FileTicket(row.get::<_, i64>(0)? as u64),
        url: row.get(2)?,
        state: state(row, 3)?,
        tries: row.get(4)?,
        asked_at: Timestamp::from_millis(row.get(5)?),
        due: instant(6)?,
        changed_at: Timestamp::from_millis(row.get(7)?),
        fetched_at: instant(8)?,
        bytes: row.get::<_, Option<i64>>(9)?.map(|bytes| bytes as u64),
        validators: Validators {
            etag: row.get(10)?,
            last_modified: row.get(11)?,
        },
        reason: row.get(12)?,
    };
    Ok((identity(row, 1)?, read))
}

fn identity(row: &Row<'_>, at: usize) -> Result<Identity, StoreError> {
    let text: String = row.get(at)?;
    Identity::new(&text).map_err(|_| StoreError::Damaged("file without an identity".into()))
}

fn state(row: &Row<'_>, at: usize) -> Result<FileState, StoreError> {
    let name: String = row.get(at)?;
    FileState::from_name(&name).ok_or_else(|| StoreError::Damaged(format!("file state `{name}`")))
}
