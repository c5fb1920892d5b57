//! How far a log of events is followed that is kept elsewhere. Invariant: it is written with what the entry counts, or
//! neither is.

use rusqlite::{Connection, OptionalExtension, params};

use crate::engine::sqlite::StoreError;

/// The last entry that is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Mark {
    /// Which log.
    pub(in crate::engine) log: String,
    /// 0: none yet.
    pub(in crate::engine) entry: u64,
    /// Tells the entry from another one of the same number.
    pub(in crate::engine) made: String,
    /// Of all entries up to it.
    pub(in crate::engine) bytes: u64,
    /// The last entry that forgot somebody; 0: none.
    pub(in crate::engine) forgot: u64,
}

impl Mark {
    pub(super) fn read(file: &Connection) -> Result<Option<Self>, StoreError> {
        let is_there = file
            .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'followed'")?
            .exists([])?;
        if !is_there {
            return Ok(None);
        }
        let sql = "SELECT log, entry, made, bytes, forgot FROM followed";
        let mark = file.query_row(sql, [], |row| {
            Ok(Self {
                log: row.get(0)?,
                entry: row.get::<_, i64>(1)? as u64,
                made: row.get(2)?,
                bytes: row.get::<_, i64>(3)? as u64,
                forgot: row.get::<_, i64>(4)? as u64,
            })
        });
        Ok(mark.optional()?)
    }

    pub(super) fn keep(&self, transaction: &Connection) -> Result<(), StoreError> {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO followed VALUES (1, ?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                self.log,
                self.entry as i64,
                self.made,
                self.bytes as i64,
                self.forgot as i64
            ])?;
        Ok(())
    }
}
