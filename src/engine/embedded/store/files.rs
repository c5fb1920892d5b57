//! Files of a site as rows: what is to be fetched, when, and what came of the last try
//! (docs/reference/02-content.md §8). Invariant: a row stands for an object that is there and was sent as a file with
//! this URL; it is written in the transaction that writes the object, and goes in the one that takes it away.
//!
//! Programs that do not know the table leave it as it is. What they do to an object meanwhile is found out when
//! something was brought for it: the object itself says whether it is a file, and of which URL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::StoreError;
use crate::domain::{
    FileCounts, FileLook, FileState, FileTask, FileTicket, Identity, Timestamp, Validators, host_of,
};

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

/// What came of a try, as its row keeps it.
pub(in crate::engine::embedded) struct Tried<'a> {
    pub state: FileState,
    pub due: Option<Timestamp>,
    pub reason: Option<&'a str>,
    /// Of what is there of it now; `None` leaves what is known.
    pub fetched: Option<(&'a Validators, u64)>,
    /// Nothing is there of it any more.
    pub is_gone: bool,
    /// It was in vain.
    pub is_in_vain: bool,
}

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
    let known: Option<String> = store
        .prepare_cached("SELECT url FROM files WHERE identity = ?1")?
        .query_row([identity.as_str()], |row| row.get(0))
        .optional()?;
    if !is_new && known.as_deref() == Some(url) {
        return Ok(false);
    }
    // Another row and so another ticket.
    if known.is_some() {
        forget(store, identity)?;
    }
    store
        .prepare_cached(
            "INSERT INTO files (identity, url, host, state, asked_at, due_at, changed_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5)",
        )?
        .execute(params![
            identity.as_str(),
            url,
            host_of(url),
            FileState::Waiting.as_str(),
            now.as_millis(),
        ])?;
    Ok(true)
}

/// Has a file fetched again that was asked for before; whether there is one. No two times of asking are the same.
pub(in crate::engine::embedded) fn ask_again(
    store: &Connection,
    identity: &Identity,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = store
        .prepare_cached(
            "UPDATE files SET state = ?2, tries = 0, asked_at = max(?3, asked_at + 1), due_at = ?3, changed_at = ?3, \
             reason = NULL WHERE identity = ?1",
        )?
        .execute(params![
            identity.as_str(),
            FileState::Waiting.as_str(),
            now.as_millis()
        ])?;
    Ok(changed > 0)
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

/// The URL that a ticket stands for, if it still does, and when that was asked for last.
pub(in crate::engine::embedded) fn asked(
    store: &Connection,
    identity: &Identity,
    ticket: FileTicket,
) -> Result<Option<(String, Timestamp)>, StoreError> {
    Ok(store
        .prepare_cached("SELECT url, asked_at FROM files WHERE identity = ?1 AND ticket = ?2")?
        .query_row(params![identity.as_str(), ticket.0 as i64], |row| {
            Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?)))
        })
        .optional()?)
}

/// Has a file wait for another try: it was asked for again while the last one ran.
pub(in crate::engine::embedded) fn wait_again(
    store: &Connection,
    identity: &Identity,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "UPDATE files SET state = ?2, tries = 0, due_at = asked_at, reason = NULL \
             WHERE identity = ?1",
        )?
        .execute(params![identity.as_str(), FileState::Waiting.as_str()])?;
    Ok(())
}

/// Keeps what came of a try.
pub(in crate::engine::embedded) fn note(
    store: &Connection,
    identity: &Identity,
    tried: &Tried<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let has_current = tried.state == FileState::Fetched;
    store
        .prepare_cached(
            "UPDATE files SET state = ?2, due_at = ?3, reason = ?4, changed_at = ?5, \
             tries = CASE WHEN ?6 THEN tries + 1 ELSE 0 END, \
             fetched_at = CASE WHEN ?7 THEN ?5 WHEN ?8 THEN NULL ELSE fetched_at END \
             WHERE identity = ?1",
        )?
        .execute(params![
            identity.as_str(),
            tried.state.as_str(),
            tried.due.map(Timestamp::as_millis),
            tried.reason,
            now.as_millis(),
            tried.is_in_vain,
            has_current,
            tried.is_gone,
        ])?;
    let (etag, last_modified, bytes) = match (tried.fetched, tried.is_gone) {
        (Some((validators, bytes)), _) => (
            validators.etag.as_deref(),
            validators.last_modified.as_deref(),
            Some(bytes as i64),
        ),
        (None, true) => (None, None, None),
        (None, false) => return Ok(()),
    };
    store
        .prepare_cached(
            "UPDATE files SET etag = ?2, last_modified = ?3, bytes = ?4 WHERE identity = ?1",
        )?
        .execute(params![identity.as_str(), etag, last_modified, bytes])?;
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
    let mut statement = store.prepare_cached(
        "SELECT ticket, identity, url, tries, etag, last_modified, asked_at FROM files \
         WHERE due_at <= ?1 AND host NOT IN (SELECT value FROM json_each(?2)) \
         ORDER BY due_at, ticket LIMIT ?3",
    )?;
    let mut rows = statement.query(params![now.as_millis(), busy, limit as i64])?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        tasks.push(FileTask {
            ticket: FileTicket(row.get::<_, i64>(0)? as u64),
            identity: identity(row, 1)?,
            url: row.get(2)?,
            asked_at: Timestamp::from_millis(row.get(6)?),
            tries: row.get(3)?,
            validators: Validators {
                etag: row.get(4)?,
                last_modified: row.get(5)?,
            },
        });
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

const LOOK: &str =
    "SELECT identity, url, state, tries, asked_at, due_at, fetched_at, bytes, reason FROM files";

pub(in crate::engine::embedded) fn find(
    store: &Connection,
    sought: &Identity,
) -> Result<Option<FileLook>, StoreError> {
    let mut statement = store.prepare_cached(&format!("{LOOK} WHERE identity = ?1"))?;
    let mut rows = statement.query([sought.as_str()])?;
    rows.next()?.map(look).transpose()
}

/// Those that something happened to last.
pub(in crate::engine::embedded) fn latest(
    store: &Connection,
    limit: usize,
) -> Result<Vec<FileLook>, StoreError> {
    let mut statement = store.prepare_cached(&format!(
        "{LOOK} ORDER BY changed_at DESC, ticket DESC LIMIT ?1"
    ))?;
    let mut rows = statement.query([limit as i64])?;
    let mut listed = Vec::new();
    while let Some(row) = rows.next()? {
        listed.push(look(row)?);
    }
    Ok(listed)
}

fn look(row: &Row<'_>) -> Result<FileLook, StoreError> {
    let instant = |at: usize| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_millis))
    };
    Ok(FileLook {
        identity: identity(row, 0)?,
        url: row.get(1)?,
        state: state(row, 2)?,
        tries: row.get(3)?,
        asked_at: Timestamp::from_millis(row.get(4)?),
        due: instant(5)?,
        fetched_at: instant(6)?,
        bytes: row.get::<_, Option<i64>>(7)?.map(|bytes| bytes as u64),
        reason: row.get(8)?,
    })
}

fn identity(row: &Row<'_>, at: usize) -> Result<Identity, StoreError> {
    let text: String = row.get(at)?;
    Identity::new(&text).map_err(|_| StoreError::Damaged("file without an identity".into()))
}

fn state(row: &Row<'_>, at: usize) -> Result<FileState, StoreError> {
    let name: String = row.get(at)?;
    FileState::from_name(&name).ok_or_else(|| StoreError::Damaged(format!("file state `{name}`")))
}
