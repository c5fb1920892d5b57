//! Document types, what their documents declared, and when each document was created.
//! Invariant: every row of `documents` belongs to a head; a head without one was not created as a
//! document.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::heads::{self, Head};
use super::{Damaged, Reader, StoreError, head_row};
use crate::domain::{
    AnswerMemory, DeclaredField, Document, DocumentPlace, DocumentType, EngineNumber, FieldName,
    FieldType, FoundObject, Identity, ObjectType, Schema, StampedId, StoredDocument, Timestamp,
};
use crate::engine::embedded::ids::VersionId;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS document_types (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        type TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS document_fields (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        field_type TEXT NOT NULL,
        -- Number of the attribute in `schema` that holds its values.
        attribute INTEGER NOT NULL,
        UNIQUE (type, name)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS documents (
        first_seen INTEGER PRIMARY KEY,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER IF NOT EXISTS documents_go_with_heads AFTER DELETE ON heads BEGIN
        DELETE FROM documents WHERE first_seen = old.first_seen;
    END;
";

/// What ids of this store are made of, beside the numbers of what they name.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine::embedded) struct Stamps {
    pub engine: EngineNumber,
    /// Stands for the creation of what was not created as a document.
    pub engine_created_at: Timestamp,
}

/// Adds all document types to a schema that has the attributes.
pub(super) fn load_types(store: &Connection, schema: &mut Schema) -> Result<(), StoreError> {
    let mut types =
        store.prepare("SELECT type, name, created_at FROM document_types ORDER BY position")?;
    let mut rows = types.query([])?;
    while let Some(row) = rows.next()? {
        let (word, name): (String, String) = (row.get(0)?, row.get(1)?);
        let created_at = Timestamp::from_millis(row.get(2)?);
        schema.add_document_type(DocumentType::new(object_type(&word)?, name, created_at));
    }
    let mut fields = store.prepare(
        "SELECT type, name, field_type, attribute FROM document_fields ORDER BY position",
    )?;
    let mut rows = fields.query([])?;
    while let Some(row) = rows.next()? {
        let (word, name, field_type): (String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let field_type = FieldType::from_name(&field_type)
            .ok_or_else(|| StoreError::Damaged(format!("field type `{field_type}`")))?;
        let field = DeclaredField {
            name: FieldName::new(&name),
            field_type,
            attribute: row.get(3)?,
        };
        schema.add_declared(&object_type(&word)?, field);
    }
    Ok(())
}

pub(in crate::engine::embedded) fn add_type(
    store: &Connection,
    new: &DocumentType,
) -> Result<(), StoreError> {
    store
        .prepare_cached("INSERT INTO document_types (type, name, created_at) VALUES (?1, ?2, ?3)")?
        .execute(params![
            new.object_type.as_str(),
            new.name,
            new.created_at.as_millis()
        ])?;
    Ok(())
}

pub(in crate::engine::embedded) fn add_field(
    store: &Connection,
    object_type: &ObjectType,
    field: &DeclaredField,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "INSERT INTO document_fields (type, name, field_type, attribute) \
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            object_type.as_str(),
            field.name.as_str(),
            field.field_type.name(),
            field.attribute
        ])?;
    Ok(())
}

/// Deletes a document type with what was declared in it. Its documents are the caller's matter.
pub(in crate::engine::embedded) fn delete_type(
    store: &Connection,
    object_type: &ObjectType,
) -> Result<(), StoreError> {
    for table in ["document_fields", "document_types"] {
        store
            .prepare(&format!("DELETE FROM {table} WHERE type = ?1"))?
            .execute([object_type.as_str()])?;
    }
    Ok(())
}

/// When the object in this place was created as a document; where nobody knows, it was then.
pub(in crate::engine::embedded) fn created_at(
    store: &Connection,
    first_seen: u64,
    then: Timestamp,
) -> Result<Timestamp, StoreError> {
    let is_new = store
        .prepare_cached("INSERT OR IGNORE INTO documents (first_seen, created_at) VALUES (?1, ?2)")?
        .execute(params![first_seen as i64, then.as_millis()])?;
    match is_new {
        0 => Ok(known_created_at(store, first_seen)?.unwrap_or(then)),
        _ => Ok(then),
    }
}

/// Says when the object in this place was created as a document, or that it was not.
pub(in crate::engine::embedded) fn set_created_at(
    store: &Connection,
    first_seen: u64,
    created_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = match created_at {
        Some(_) => "INSERT OR REPLACE INTO documents (first_seen, created_at) VALUES (?1, ?2)",
        None => "DELETE FROM documents WHERE first_seen = ?1 AND ?2 IS NULL",
    };
    let created_at = created_at.map(Timestamp::as_millis);
    store
        .prepare_cached(sql)?
        .execute(params![first_seen as i64, created_at])?;
    Ok(())
}

/// `None` for what was not created as a document.
pub(in crate::engine::embedded) fn known_created_at(
    store: &Connection,
    first_seen: u64,
) -> Result<Option<Timestamp>, StoreError> {
    let found = store
        .prepare_cached("SELECT created_at FROM documents WHERE first_seen = ?1")?
        .query_row([first_seen as i64], |row| row.get(0))
        .optional()?;
    Ok(found.map(Timestamp::from_millis))
}

pub(in crate::engine::embedded) fn updated_at(
    store: &Connection,
    version: VersionId,
) -> Result<Option<Timestamp>, StoreError> {
    let found = store
        .prepare_cached("SELECT updated_at FROM versions WHERE id = ?1")?
        .query_row([version.0 as i64], |row| row.get(0))
        .optional()?;
    Ok(found.map(Timestamp::from_millis))
}

/// The object that a key means among those of a type: by external id, by the id it was given, by its
/// whole identity (docs/reference/10-swiftype.md §7).
pub(in crate::engine::embedded) fn resolve(
    store: &Connection,
    stamps: Stamps,
    object_type: &ObjectType,
    key: &str,
) -> Result<Option<(Identity, Head)>, StoreError> {
    if let Ok(identity) = Document::identity(object_type, key)
        && let Some(head) = heads::find(store, &identity)?
        && head.object_type == *object_type
    {
        return Ok(Some((identity, head)));
    }
    if let Some(id) = StampedId::parse(key)
        && id.engine == stamps.engine
        && let Some(identity) = with_id(store, stamps, id)?
        && let Some(head) = heads::find(store, &identity)?
        && head.object_type == *object_type
    {
        return Ok(Some((identity, head)));
    }
    let Ok(identity) = Identity::new(key) else {
        return Ok(None);
    };
    let head = heads::find(store, &identity)?;
    let head = head.filter(|head| head.object_type == *object_type);
    Ok(head.map(|head| (identity, head)))
}

/// An id has room for the low bits of a place only: each place they may mean is looked at.
fn with_id(
    store: &Connection,
    stamps: Stamps,
    id: StampedId,
) -> Result<Option<Identity>, StoreError> {
    const PLACES: u64 = 1 << 24;
    let last: i64 = store
        .prepare_cached("SELECT coalesce(max(first_seen), 0) FROM heads")?
        .query_row([], |row| row.get(0))?;
    let mut first_seen = u64::from(id.counter);
    while first_seen <= last as u64 {
        if let Some((identity, _)) = heads::at(store, first_seen)? {
            let place = place(store, stamps, first_seen)?;
            if StampedId::new(place.created_at, id.engine, first_seen) == id {
                return Ok(Some(identity));
            }
        }
        first_seen += PLACES;
    }
    Ok(None)
}

fn place(store: &Connection, stamps: Stamps, first_seen: u64) -> Result<DocumentPlace, StoreError> {
    let created_at = known_created_at(store, first_seen)?;
    Ok(DocumentPlace {
        first_seen,
        created_at: created_at.unwrap_or(stamps.engine_created_at),
    })
}

pub(in crate::engine::embedded) fn places(
    store: &Connection,
    stamps: Stamps,
    identities: &[Identity],
) -> Result<Vec<Option<DocumentPlace>>, StoreError> {
    let of = |identity| match heads::find(store, identity)? {
        Some(head) => place(store, stamps, head.first_seen).map(Some),
        None => Ok(None),
    };
    identities.iter().map(of).collect()
}

/// What a head says is there now, where there is room for it; `None` when it is damaged.
pub(in crate::engine::embedded) fn read(
    store: &Reader,
    stamps: Stamps,
    head: &Head,
    memory: &AnswerMemory,
) -> Result<Option<StoredDocument>, StoreError> {
    let Some((found, passing)) = store.current_within(head, memory)? else {
        return Ok(None);
    };
    if memory.is_bounded() {
        passing.keep(found.object.memory_bytes());
    }
    Ok(Some(StoredDocument {
        object: FoundObject::new(Arc::new(found.object)),
        place: place(store, stamps, head.first_seen)?,
        updated_at: found.updated_at,
    }))
}

/// Heads of a type in order of creation; one that is damaged is noted and left out.
pub(in crate::engine::embedded) fn page(
    store: &Connection,
    damaged: &Damaged,
    object_type: &ObjectType,
    skip: u64,
    limit: usize,
) -> Result<Vec<Head>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT * FROM heads WHERE type = ?1 ORDER BY first_seen LIMIT ?2 OFFSET ?3",
    )?;
    let skip = i64::try_from(skip).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![object_type.as_str(), limit as i64, skip])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        match head_row::read(row) {
            Err(error @ StoreError::Damaged(_)) => {
                damaged.note_head(head_row::place(row)?, &error);
            }
            read => page.push(read?.1),
        }
    }
    Ok(page)
}

pub(super) fn object_type(word: &str) -> Result<ObjectType, StoreError> {
    ObjectType::new(word).map_err(|_| StoreError::Damaged(format!("document type `{word}`")))
}
