//! Immutable contents by version id: a body is written once, never changed, and deleted when the
//! index has stopped showing it.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::domain::Timestamp;
use crate::engine::embedded::index::VersionId;

/// One content as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Version {
    /// What [`super::codec::pack`] made.
    pub body: Vec<u8>,
    /// When it was written.
    pub updated_at: Timestamp,
}

pub(in crate::engine::embedded) fn add(
    store: &Connection,
    id: VersionId,
    body: &[u8],
    updated_at: Timestamp,
) -> Result<(), StoreError> {
    store
        .prepare_cached("INSERT INTO versions (id, body, updated_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id.0 as i64, body, updated_at.as_millis()])?;
    Ok(())
}

pub(in crate::engine::embedded) fn find(
    store: &Connection,
    id: VersionId,
) -> Result<Option<Version>, StoreError> {
    let found = store
        .prepare_cached("SELECT body, updated_at FROM versions WHERE id = ?1")?
        .query_row([id.0 as i64], |row| {
            Ok(Version {
                body: row.get(0)?,
                updated_at: Timestamp::from_millis(row.get(1)?),
            })
        })
        .optional()?;
    Ok(found)
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
