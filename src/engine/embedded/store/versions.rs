//! Immutable contents by version id: a body is written once, never changed, and deleted when the
//! index has stopped showing it. Invariant: a row that says its checksum is handed out only if it has it; one
//! of before there were any is for the caller to compare with the hash in its head.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::domain::Timestamp;
use crate::engine::embedded::ids::VersionId;

/// One content as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Version {
    /// What [`super::codec::pack`] made.
    pub body: Vec<u8>,
    /// When it was written.
    pub updated_at: Timestamp,
    /// Whether it was compared with its checksum.
    pub is_checked: bool,
}

/// Adds what stores of before lack.
pub(super) fn prepare(store: &Connection) -> Result<(), StoreError> {
    let has_sum = store
        .prepare("SELECT 1 FROM pragma_table_info('versions') WHERE name = 'sum'")?
        .exists([])?;
    if !has_sum {
        store.execute_batch("ALTER TABLE versions ADD COLUMN sum INTEGER")?;
    }
    Ok(())
}

/// Where the checksum stands among the columns.
const SUM_COLUMN: usize = 3;

/// Of all a row says: a flipped bit may also make it the row of another object, or of another time.
fn checksum(id: VersionId, body: &[u8], updated_at: i64) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&id.0.to_le_bytes());
    sum.update(&updated_at.to_le_bytes());
    sum.update(body);
    sum.finalize()
}

pub(in crate::engine::embedded) fn add(
    store: &Connection,
    id: VersionId,
    body: &[u8],
    updated_at: Timestamp,
) -> Result<(), StoreError> {
    store
        .prepare_cached("INSERT INTO versions (id, body, updated_at, sum) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            id.0 as i64,
            body,
            updated_at.as_millis(),
            checksum(id, body, updated_at.as_millis())
        ])?;
    Ok(())
}

pub(in crate::engine::embedded) fn find(
    store: &Connection,
    id: VersionId,
) -> Result<Option<Version>, StoreError> {
    // All columns there are: a store of before has no checksums until a server has opened it.
    let mut statement = store.prepare_cached("SELECT * FROM versions WHERE id = ?1")?;
    let has_sum = statement.column_count() > SUM_COLUMN;
    let found = statement
        .query_row([id.0 as i64], |row| {
            let (body, updated_at): (Vec<u8>, i64) = (row.get(1)?, row.get(2)?);
            let sum: Option<i64> = if has_sum { row.get(SUM_COLUMN)? } else { None };
            Ok((body, updated_at, sum))
        })
        .optional()?;
    let Some((body, updated_at, sum)) = found else {
        return Ok(None);
    };
    if sum.is_some_and(|sum| sum != i64::from(checksum(id, &body, updated_at))) {
        return Err(StoreError::Content("it has another checksum"));
    }
    Ok(Some(Version {
        body,
        updated_at: Timestamp::from_millis(updated_at),
        is_checked: sum.is_some(),
    }))
}

/// When something was written last; `None` in an empty store.
pub(in crate::engine::embedded) fn last_write(
    store: &Connection,
) -> Result<Option<Timestamp>, StoreError> {
    let last = store
        .prepare_cached("SELECT updated_at FROM versions ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| row.get(0).map(Timestamp::from_millis))
        .optional()?;
    Ok(last)
}

/// Deleting what is gone already is no error: a crash may have divided the work.
pub(in crate::engine::embedded) fn delete(
    store: &Connection,
    id: VersionId,
) -> Result<(), StoreError> {
    store
        .prepare_cached("DELETE FROM versions WHERE id = ?1")?
        .execute([id.0 as i64])?;
    Ok(())
}

/// Those behind a version, in ascending order, at most `limit`.
pub(in crate::engine::embedded) fn ids_after(
    store: &Connection,
    after: VersionId,
    limit: usize,
) -> Result<Vec<VersionId>, StoreError> {
    let mut statement =
        store.prepare_cached("SELECT id FROM versions WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let ids = statement.query_map(params![after.0 as i64, limit as i64], |row| {
        row.get(0).map(|id: i64| VersionId(id as u64))
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Calls `each` for every version there is, in ascending order.
pub(in crate::engine::embedded) fn for_each_id(
    store: &Connection,
    mut each: impl FnMut(VersionId),
) -> Result<(), StoreError> {
    let mut statement = store.prepare("SELECT id FROM versions ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(VersionId(row.get::<_, i64>(0)? as u64));
    }
    Ok(())
}
