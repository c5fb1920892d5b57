//! When something of each type was written last: an object added, changed or deleted, a type or one of
//! its fields made. Invariant: it is written in the transaction of what it tells of, once a write batch,
//! however many objects that changes, and goes back only where a catalog is moved to.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::StoreError;
use super::head::Head;
use super::writer::Transaction;
use crate::domain::{ObjectType, Timestamp};

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS last_writes (
        type TEXT PRIMARY KEY,
        at INTEGER NOT NULL
    ) STRICT;
";

impl Transaction<'_> {
    /// Something of the type is written.
    pub(in crate::engine::embedded) fn note_write(&mut self, object_type: &ObjectType) {
        self.written.add(object_type);
    }

    /// The object is there no more, or is another.
    pub(in crate::engine::embedded) fn note_end_of(&mut self, head: &Head) {
        self.written.add(&head.object_type);
    }

    /// Keeps the time of all that was noted.
    pub(in crate::engine::embedded) fn keep_last_writes(
        &self,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut keep = self.prepare_cached(
            "INSERT INTO last_writes (type, at) VALUES (?1, ?2) \
             ON CONFLICT (type) DO UPDATE SET at = max(at, ?2)",
        )?;
        for object_type in self.written.iter() {
            keep.execute(params![object_type.as_str(), now.as_millis()])?;
        }
        Ok(())
    }
}

/// The last write to a type, or to any; `None` before there was one.
pub(in crate::engine::embedded) fn last(
    store: &Connection,
    object_type: Option<&ObjectType>,
) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = store
        .prepare_cached("SELECT max(at) FROM last_writes WHERE ?1 IS NULL OR type = ?1")?
        .query_row([object_type.map(ObjectType::as_str)], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}

/// Of every type.
pub(in crate::engine::embedded) fn all(
    store: &Connection,
) -> Result<BTreeMap<ObjectType, Timestamp>, StoreError> {
    let mut statement = store.prepare("SELECT type, at FROM last_writes")?;
    let mut rows = statement.query([])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let object_type = ObjectType::new(&name);
        let object_type =
            object_type.map_err(|_| StoreError::Damaged(format!("written type `{name}`")))?;
        all.insert(object_type, Timestamp::from_millis(row.get(1)?));
    }
    Ok(all)
}

/// Makes these all there are: they were where the catalog comes from.
pub(in crate::engine::embedded) fn set_all(
    store: &Connection,
    all: &BTreeMap<ObjectType, Timestamp>,
) -> Result<(), StoreError> {
    store.execute("DELETE FROM last_writes", [])?;
    let mut add = store.prepare("INSERT INTO last_writes (type, at) VALUES (?1, ?2)")?;
    for (object_type, at) in all {
        add.execute(params![object_type.as_str(), at.as_millis()])?;
    }
    Ok(())
}
