//! What every identity of a site is now: its type, generation and current version.
//! Invariant: the version of a head is a row of `versions`; what is not what was written decides nothing.

use rusqlite::{Connection, Row, Rows, params};

pub(in crate::engine::embedded) use super::head::Head;
use super::head_row::{self, HeadRow, Unfit};
use super::written_types::WrittenTypes;
use super::{Damaged, StoreError, decoded, refused_uploads};
use crate::domain::{CommitSurvey, Generation, GenerationCommit, Identity, ObjectType, Timestamp};
use crate::engine::embedded::ids::VersionId;
use crate::engine::plan::ContentHash;

/// No content has it.
const NO_HASH: ContentHash = ContentHash([0; 16]);

/// No content has it either, and no index shows it.
pub(in crate::engine::embedded) const NO_VERSION: VersionId = VersionId(i64::MAX as u64);

/// What the identity is. A damaged row gives what its content says: without a generation or an origin, and with a
/// hash that no content has, so that what is sent again is written again.
pub(in crate::engine::embedded) fn find(
    store: &Connection,
    identity: &Identity,
) -> Result<Option<Head>, StoreError> {
    let mut statement = store.prepare_cached("SELECT * FROM heads WHERE identity = ?1")?;
    let mut rows = statement.query([identity.as_str()])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    match head_row::of_identity(row, identity) {
        Err(StoreError::Damaged(_)) => recovered(store, row, identity).map(Some),
        read => read.map(Some),
    }
}

fn recovered(store: &Connection, row: &Row<'_>, identity: &Identity) -> Result<Head, StoreError> {
    let (version, object_type) = head_row::told(row)?;
    let object = decoded::of_identity(store, version, identity)?;
    Ok(Head {
        version: object.as_ref().map_or(NO_VERSION, |_| version),
        active: object
            .as_ref()
            .map(crate::domain::Object::schedule)
            .unwrap_or_default(),
        object_type: object.map_or(object_type, |object| object.object_type.clone()),
        generation: None,
        hash: NO_HASH,
        first_seen: head_row::place(row)?,
        origin: None,
    })
}

/// The object that appeared at this place in the order, if it is still there and not damaged.
pub(in crate::engine::embedded) fn at(
    store: &Connection,
    first_seen: u64,
) -> Result<Option<(Identity, ObjectType)>, StoreError> {
    let mut statement = store.prepare_cached("SELECT * FROM heads WHERE first_seen = ?1")?;
    let mut rows = statement.query([first_seen as i64])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    match head_row::read(row) {
        Ok((identity, head)) => Ok(Some((self::identity(identity)?, head.object_type))),
        Err(StoreError::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sets what the identity is now.
pub(in crate::engine::embedded) fn put(
    store: &Connection,
    identity: &Identity,
    head: &Head,
) -> Result<(), StoreError> {
    let row_key = head.origin.as_ref().and_then(|origin| origin.row_key());
    let row = HeadRow::of(identity, head, row_key.as_deref());
    store
        .prepare_cached(
            "INSERT INTO heads \
             (identity, type, generation, version, hash, first_seen, active_from, active_to, \
             source, row_key, sum) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (first_seen) DO UPDATE SET \
             type = ?2, generation = ?3, version = ?4, hash = ?5, active_from = ?7, \
             active_to = ?8, source = ?9, row_key = ?10, sum = ?11",
        )?
        .execute(params![
            row.identity,
            row.object_type,
            row.generation,
            row.version,
            row.hash,
            row.first_seen,
            row.active_from,
            row.active_to,
            row.source,
            row.row_key,
            row.checksum(),
        ])?;
    Ok(())
}

/// Writes the upload and the origin of a head; its content stays.
pub(in crate::engine::embedded) fn set_marks(
    store: &Connection,
    identity: &Identity,
    head: &Head,
) -> Result<(), StoreError> {
    let row_key = head.origin.as_ref().and_then(|origin| origin.row_key());
    let row = HeadRow::of(identity, head, row_key.as_deref());
    store
        .prepare_cached(
            "UPDATE heads SET generation = ?2, source = ?3, row_key = ?4, sum = ?5 \
             WHERE first_seen = ?1",
        )?
        .execute(params![
            row.first_seen,
            row.generation,
            row.source,
            row.row_key,
            row.checksum(),
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

/// What a commit would leave and delete of its type.
pub(in crate::engine::embedded) fn survey_generation(
    store: &Connection,
    commit: &GenerationCommit,
) -> Result<CommitSurvey, StoreError> {
    let leaves = format!("generation IS NOT ?2{}", but_kept(commit));
    let mut statement = store.prepare(&format!(
        "SELECT count(*) FILTER (WHERE NOT ({leaves})), count(*) FILTER (WHERE {leaves}) \
         FROM heads WHERE type = ?1",
    ))?;
    let values = [commit.object_type.as_str(), commit.generation.as_str()];
    let survey = statement.query_row(values, |row| {
        Ok(CommitSurvey {
            staying: row.get::<_, i64>(0)? as u64,
            leaving: row.get::<_, i64>(1)? as u64,
        })
    })?;
    Ok(survey)
}

/// What a commit leaves beside what it marked, as SQL over `?2`, the generation.
pub(super) fn but_kept(commit: &GenerationCommit) -> String {
    if commit.keeps_refused {
        format!(" AND identity NOT IN ({})", refused_uploads::KEPT)
    } else {
        String::new()
    }
}

/// Deletes every object of the type that does not carry the marker, and returns their versions; what is unfit
/// stays, and what the commit keeps. A scan without an index of its own: one would cost every write, a commit comes once a night.
pub(super) fn delete_other_generations(
    store: &Connection,
    commit: &GenerationCommit,
    unfit: &Unfit,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let but_kept = but_kept(commit);
    let mut statement = store.prepare(&format!(
        "DELETE FROM heads WHERE type = ?1 AND generation IS NOT ?2{but_kept} \
         AND first_seen NOT IN (SELECT value FROM json_each(?3)) RETURNING type, version",
    ))?;
    let values = [
        commit.object_type.as_str(),
        commit.generation.as_str(),
        unfit.as_json(),
    ];
    deleted(statement.query(values)?, types)
}

/// Deletes every object of the type, and returns their versions; a scan, like the one above.
pub(super) fn delete_of_type(
    store: &Connection,
    object_type: &ObjectType,
    unfit: &Unfit,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut statement = store.prepare_cached(
        "DELETE FROM heads WHERE type = ?1 \
         AND first_seen NOT IN (SELECT value FROM json_each(?2)) RETURNING type, version",
    )?;
    let values = [object_type.as_str(), unfit.as_json()];
    deleted(statement.query(values)?, types)
}

/// Deletes at most `limit` objects whose `active_to` is before the instant, and returns their
/// versions. The index of the ends only says where to look.
pub(super) fn delete_expired(
    store: &Connection,
    before: Timestamp,
    limit: usize,
    damaged: &Damaged,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut statement =
        store.prepare_cached("SELECT first_seen FROM heads WHERE active_to < ?1 LIMIT ?2")?;
    let places =
        statement.query_map(params![before.as_millis(), limit as i64], |row| row.get(0))?;
    let mut expired = Vec::new();
    for place in places.collect::<Result<Vec<i64>, _>>()? {
        if head_row::has_expired(store, place, before, damaged)? {
            expired.push(place.to_string());
        }
    }
    let mut statement = store.prepare_cached(
        "DELETE FROM heads WHERE first_seen IN (SELECT value FROM json_each(?1)) \
         RETURNING type, version",
    )?;
    let rows = statement.query([format!("[{}]", expired.join(","))])?;
    deleted(rows, types)
}

/// The versions of rows of type and version; the types are added to what is written.
pub(super) fn deleted(
    mut rows: Rows<'_>,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let object_type: String = row.get(0)?;
        if !types.has(&object_type) {
            let object_type = ObjectType::new(&object_type);
            types.add(
                &object_type.map_err(|_| StoreError::Damaged("head without a type name".into()))?,
            );
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
        .prepare("SELECT * FROM heads ORDER BY first_seen")
        .map_err(StoreError::from)?;
    let mut rows = statement.query([]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        match head_row::read(row) {
            Ok((identity, head)) => each(identity, head)?,
            Err(error @ StoreError::Damaged(_)) => {
                damaged.note_head(head_row::place(row)?, &error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

pub(super) fn identity(text: &str) -> Result<Identity, StoreError> {
    Identity::new(text).map_err(|_| StoreError::Damaged("head without an identity".into()))
}
