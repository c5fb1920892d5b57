//! The attribute schema of a site as rows: one per attribute. What documents declared is read along: without it
//! nobody knows what their values mean. Invariant: a number is given once; that of an attribute that is gone is
//! below `next`, whatever is left.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, documents};
use crate::domain::{AttributeType, FieldName, Schema};

pub(super) const TABLES: &str = "
    -- Written when attributes go: until then the highest number there is says it.
    CREATE TABLE IF NOT EXISTS attribute_numbers (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        next INTEGER NOT NULL
    ) STRICT;
";

/// The whole schema, read when a site is opened and when its index is brought up to date.
pub(in crate::engine::embedded) fn load(store: &Connection) -> Result<Schema, StoreError> {
    let mut schema = Schema::default();
    let mut statement = store.prepare("SELECT number, name, type FROM schema ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number: u32 = row.get(0)?;
        let name: String = row.get(1)?;
        let kind: String = row.get(2)?;
        let kind = type_from(&kind)
            .ok_or_else(|| StoreError::Damaged(format!("attribute type `{kind}`")))?;
        if !schema.restore(number, FieldName::new(&name), kind) {
            return Err(StoreError::Damaged(format!("attribute number {number}")));
        }
    }
    schema.give_from(next_number(store)?);
    documents::load_types(store, &mut schema)?;
    Ok(schema)
}

pub(in crate::engine::embedded) fn add(
    store: &Connection,
    number: u32,
    name: &FieldName,
    kind: AttributeType,
) -> Result<(), StoreError> {
    store
        .prepare_cached("INSERT INTO schema (number, name, type) VALUES (?1, ?2, ?3)")?
        .execute(params![number, name.as_str(), type_name(kind)])?;
    Ok(())
}

/// Deletes attributes; `next` is the number of the next new one.
pub(in crate::engine::embedded) fn delete(
    store: &Connection,
    numbers: &HashSet<u32>,
    next: u32,
) -> Result<(), StoreError> {
    let mut statement = store.prepare_cached("DELETE FROM schema WHERE number = ?1")?;
    for number in numbers {
        statement.execute([number])?;
    }
    store
        .prepare_cached("INSERT OR REPLACE INTO attribute_numbers (one, next) VALUES (1, ?1)")?
        .execute([next])?;
    Ok(())
}

/// The highest number there is.
pub(in crate::engine::embedded) fn last_number(
    store: &Connection,
) -> Result<Option<u32>, StoreError> {
    let mut statement = store.prepare_cached("SELECT max(number) FROM schema")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Zero where none was ever given up; a store of an earlier version has not even the table until a server has
/// opened it.
fn next_number(store: &Connection) -> Result<u32, StoreError> {
    let is_there = store
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'attribute_numbers'")?
        .exists([])?;
    if !is_there {
        return Ok(0);
    }
    let next = store
        .query_row("SELECT next FROM attribute_numbers", [], |row| row.get(0))
        .optional()?;
    Ok(next.unwrap_or_default())
}

/// Which values of objects become attributes, in this program. Raised when more of them do.
const KINDS_KNOWN: i64 = 1;

/// Whether the schema has everything that this program makes attributes of the objects that are there.
pub(in crate::engine::embedded) fn are_all_known(store: &Connection) -> Result<bool, StoreError> {
    let known: i64 = store.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(known >= KINDS_KNOWN)
}

pub(in crate::engine::embedded) fn note_all_known(store: &Connection) -> Result<(), StoreError> {
    store.pragma_update(None, "user_version", KINDS_KNOWN)?;
    Ok(())
}

fn type_name(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text => "text",
        AttributeType::Numeric => "numeric",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::Geo => "geo",
    }
}

fn type_from(name: &str) -> Option<AttributeType> {
    match name {
        "text" => Some(AttributeType::Text),
        "numeric" => Some(AttributeType::Numeric),
        "boolean" => Some(AttributeType::Boolean),
        "date" => Some(AttributeType::Date),
        "geo" => Some(AttributeType::Geo),
        _ => None,
    }
}
