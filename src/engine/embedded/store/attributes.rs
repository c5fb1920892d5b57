//! The attribute schema of a site as rows: one per attribute, numbered from 0 without gaps. What
//! documents declared is read along: without it nobody knows what their values mean.

use rusqlite::{Connection, params};

use super::{StoreError, documents};
use crate::domain::{AttributeType, FieldName, Schema};

/// The whole schema, read when a site is opened and when its index is brought up to date.
pub(in crate::engine::embedded) fn load(store: &Connection) -> Result<Schema, StoreError> {
    let mut schema = Schema::default();
    let mut statement = store.prepare("SELECT number, name, type FROM schema ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let name: String = row.get(1)?;
        let kind: String = row.get(2)?;
        let kind = type_from(&kind)
            .ok_or_else(|| StoreError::Damaged(format!("attribute type `{kind}`")))?;
        let given = schema.add(FieldName::new(&name), kind);
        if i64::from(given) != number {
            return Err(StoreError::Damaged(format!("attribute number {number}")));
        }
    }
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
