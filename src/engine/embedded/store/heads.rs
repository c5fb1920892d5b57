//! What every identity of a site is now: its type, generation and current version.
//! Invariant: the version of a head is a row of `versions`.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::last_writes::WrittenTypes;
use super::{ContentHash, Damaged, StoreError};
use crate::domain::{ActivePeriod, Generation, Identity, ObjectType, Timestamp};
use crate::engine::embedded::ids::VersionId;
use crate::engine::plan::{self, Origin};

pub(in crate::engine::embedded) type Head = plan::Head<VersionId>;

/// The columns [`read`] reads.
pub(super) const COLUMNS: &str = "type, generation, version, hash, first_seen, source, row_key";

pub(in crate::engine::embedded) fn find(
    store: &Connection,
    identity: &Identity,
) -> Result<Option<Head>, StoreError> {
    store
        .prepare_cached(
            "SELECT type, generation, version, hash, first_seen, source, row_key FROM heads \
             WHERE identity = ?1",
        )?
        .query_row([identity.as_str()], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

/// The object that appeared at this place in the order, if it is still there.
pub(in crate::engine::embedded) fn at(
    store: &Connection,
    first_seen: u64,
) -> Result<Option<(Identity, ObjectType)>, StoreError> {
    store
        .prepare_cached("SELECT type, identity FROM heads WHERE first_seen = ?1")?
        .query_row([first_seen as i64], |row| {
            Ok(object_type(row).and_then(|object_type| Ok((identity(row, 1)?, object_type))))
        })
        .optional()?
        .transpose()
}

/// Sets what the identity is now.
pub(in crate::engine::embedded) fn put(
    store: &Connection,
    identity: &Identity,
    head: &Head,
    active: ActivePeriod,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "INSERT INTO heads \
             (identity, type, generation, version, hash, first_seen, active_from, active_to, \
             source, row_key) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (first_seen) DO UPDATE SET \
             type = ?2, generation = ?3, version = ?4, hash = ?5, active_from = ?7, \
             active_to = ?8, source = ?9, row_key = ?10",
        )?
        .execute(params![
            identity.as_str(),
            head.object_type.as_str(),
            head.generation.as_ref().map(Generation::as_str),
            head.version.0 as i64,
            &head.hash.0[..],
            head.first_seen as i64,
            active.from.map(Timestamp::as_millis),
            active.to.map(Timestamp::as_millis),
            head.origin.as_ref().map(|origin| origin.source.as_str()),
            head.origin.as_ref().and_then(|origin| origin.row_key()),
        ])?;
    Ok(())
}

/// Writes the upload and the origin of a head; its content stays.
pub(in crate::engine::embedded) fn set_marks(
    store: &Connection,
    head: &Head,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "UPDATE heads SET generation = ?2, source = ?3, row_key = ?4 WHERE first_seen = ?1",
        )?
        .execute(params![
            head.first_seen as i64,
            head.generation.as_ref().map(Generation::as_str),
            head.origin.as_ref().map(|origin| origin.source.as_str()),
            head.origin.as_ref().and_then(|origin| origin.row_key()),
        ])?;
    Ok(())
}

pub(in crate::engine::embedded) fn delete(
    store: &Connection,
    identity: &Identity,
) -> Result<(), StoreError> {
    store
        .prepare_cached("DELETE FROM heads WHERE identity = ?1")?
        .execute([identity.as_str()])?;
    Ok(())
}

/// Whether any object of the type carries the marker.
pub(in crate::engine::embedded) fn has_generation(
    store: &Connection,
    object_type: &ObjectType,
    generation: &Generation,
) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM heads WHERE type = ?1 AND generation = ?2 LIMIT 1")?
        .exists([object_type.as_str(), generation.as_str()])?)
}

/// Deletes every object of the type that does not carry the marker, and returns their versions.
/// A scan without an index of its own: one would cost every write, a commit comes once a night.
pub(super) fn delete_other_generations(
    store: &Connection,
    object_type: &ObjectType,
    generation: &Generation,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut statement = store.prepare_cached(
        "DELETE FROM heads WHERE type = ?1 AND generation IS NOT ?2 RETURNING type, version",
    )?;
    deleted(
        statement.query([object_type.as_str(), generation.as_str()])?,
        types,
    )
}

/// Deletes every object of the type, and returns their versions; a scan, like the one above.
pub(super) fn delete_of_type(
    store: &Connection,
    object_type: &ObjectType,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut statement =
        store.prepare_cached("DELETE FROM heads WHERE type = ?1 RETURNING type, version")?;
    deleted(statement.query([object_type.as_str()])?, types)
}

/// Deletes at most `limit` objects whose `active_to` is before the instant, and returns their
/// versions.
pub(super) fn delete_expired(
    store: &Connection,
    before: Timestamp,
    limit: usize,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut statement = store.prepare_cached(
        "DELETE FROM heads WHERE first_seen IN \
         (SELECT first_seen FROM heads WHERE active_to < ?1 LIMIT ?2) RETURNING type, version",
    )?;
    deleted(
        statement.query(params![before.as_millis(), limit as i64])?,
        types,
    )
}

/// The versions of rows of type and version; the types are added to what is written.
pub(super) fn deleted(
    mut rows: Rows<'_>,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        if !types.has(text(row, 0)?) {
            types.add(&object_type(row)?);
        }
        versions.push(VersionId(row.get::<_, i64>(1)? as u64));
    }
    Ok(versions)
}

/// Whether any object ends at all.
pub(in crate::engine::embedded) fn any_with_end(store: &Connection) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM heads WHERE active_to IS NOT NULL LIMIT 1")?
        .exists([])?)
}

pub(in crate::engine::embedded) fn count_expired(
    store: &Connection,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let count: i64 = store
        .prepare_cached("SELECT count(*) FROM heads WHERE active_to < ?1")?
        .query_row([before.as_millis()], |row| row.get(0))?;
    Ok(count as u64)
}

pub(in crate::engine::embedded) fn count(store: &Connection) -> Result<u64, StoreError> {
    let count: i64 = store
        .prepare_cached("SELECT count(*) FROM heads")?
        .query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

pub(in crate::engine::embedded) fn any_expired(
    store: &Connection,
    before: Timestamp,
) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM heads WHERE active_to < ?1 LIMIT 1")?
        .exists([before.as_millis()])?)
}

/// Calls `each` for every identity and its head, in order of first appearance; a head that cannot be read is
/// noted and left out.
pub(in crate::engine::embedded) fn for_each<E: From<StoreError>>(
    store: &Connection,
    damaged: &Damaged,
    mut each: impl FnMut(&str, Head) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = store
        .prepare(
            "SELECT type, generation, version, hash, first_seen, source, row_key, identity \
             FROM heads ORDER BY first_seen",
        )
        .map_err(StoreError::from)?;
    let mut rows = statement.query([]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        match text(row, 7).and_then(|identity| Ok((identity, read(row)?))) {
            Ok((identity, head)) => each(identity, head)?,
            Err(error @ StoreError::Damaged(_)) => damaged.note_head(place(row)?, &error),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Where a row of [`COLUMNS`] stands in the order.
pub(super) fn place(row: &Row<'_>) -> Result<u64, StoreError> {
    Ok(row.get::<_, i64>(4)? as u64)
}

/// From [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> Result<Head, StoreError> {
    let object_type = object_type(row)?;
    let generation = match row.get_ref(1)? {
        ValueRef::Null => None,
        _ => Some(
            Generation::new(text(row, 1)?)
                .map_err(|_| StoreError::Damaged("head with a bad generation".into()))?,
        ),
    };
    let hash = row
        .get_ref(3)?
        .as_blob()
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .map(ContentHash)
        .ok_or_else(|| StoreError::Damaged("head without a content hash".into()))?;
    Ok(Head {
        object_type,
        generation,
        version: VersionId(number(row, 2)?),
        hash,
        first_seen: place(row)?,
        origin: match row.get_ref(5)? {
            ValueRef::Null => None,
            _ => Some(Arc::new(Origin::read(
                text(row, 5)?,
                optional_text(row, 6)?,
            )?)),
        },
    })
}

/// The first column.
fn object_type(row: &Row<'_>) -> Result<ObjectType, StoreError> {
    ObjectType::new(text(row, 0)?)
        .map_err(|_| StoreError::Damaged("head without a type name".into()))
}

pub(super) fn identity(row: &Row<'_>, column: usize) -> Result<Identity, StoreError> {
    Identity::new(text(row, column)?)
        .map_err(|_| StoreError::Damaged("head without an identity".into()))
}

fn text<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row str, StoreError> {
    row.get_ref(column)?
        .as_str()
        .map_err(|_| StoreError::Damaged("head with a column that is no text".into()))
}

fn number(row: &Row<'_>, column: usize) -> Result<u64, StoreError> {
    let number = row.get_ref(column)?.as_i64();
    number
        .map(|number| number as u64)
        .map_err(|_| StoreError::Damaged("head with a column that is no number".into()))
}

fn optional_text<'row>(row: &'row Row<'_>, column: usize) -> Result<Option<&'row str>, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => text(row, column).map(Some),
    }
}
