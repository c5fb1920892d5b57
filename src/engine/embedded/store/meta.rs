//! What a store says of itself. Invariant: a file of a later format is refused, never guessed at; one of an earlier
//! format can be read, and is [upgraded](super::upgrade) before it is written to.

use rusqlite::{Connection, OptionalExtension};

use super::StoreError;
use crate::engine::embedded::ids::{Sequence, StoreId, VersionId};

/// What this program writes. What a row of `meta` says has been the same since the first.
pub(in crate::engine::embedded) const FORMAT: i64 = 2;

/// The numbers a site gives out. Each is stored before anything that carries it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Counters {
    /// The last write batch that changed what the index shows.
    pub last_sequence: Sequence,
    pub next_version: u64,
    pub next_first_seen: u64,
}

impl Counters {
    pub(in crate::engine::embedded) fn take_version(&mut self) -> VersionId {
        let version = VersionId(self.next_version);
        self.next_version += 1;
        version
    }

    pub(in crate::engine::embedded) fn take_first_seen(&mut self) -> u64 {
        let first_seen = self.next_first_seen;
        self.next_first_seen += 1;
        first_seen
    }
}

/// What a store says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Meta {
    pub id: StoreId,
    pub counters: Counters,
    /// Groups up to here may be gone from the log: an index that is behind this cannot catch up.
    pub pruned_to: Sequence,
}

/// The format of a store, which this program can read.
pub(in crate::engine::embedded) fn read_format(store: &Connection) -> Result<i64, StoreError> {
    let is_ours = store
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'")?
        .exists([])?;
    if !is_ours {
        return Err(StoreError::Foreign);
    }
    let format: i64 = store
        .query_row("SELECT format FROM meta", [], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Foreign)?;
    if !(1..=FORMAT).contains(&format) {
        return Err(StoreError::UnknownFormat {
            found: format,
            known: FORMAT,
        });
    }
    Ok(format)
}

/// Reads what a store says of itself, refusing files of another format.
pub(in crate::engine::embedded) fn read_meta(store: &Connection) -> Result<Meta, StoreError> {
    // The format first: the other columns are those of the formats that are known.
    read_format(store)?;
    let (id, counters, pruned_to) = store.query_row(
        "SELECT store_id, last_sequence, next_version, next_first_seen, pruned_to FROM meta",
        [],
        |row| {
            let counters = Counters {
                last_sequence: Sequence(row.get::<_, i64>(1)? as u64),
                next_version: row.get::<_, i64>(2)? as u64,
                next_first_seen: row.get::<_, i64>(3)? as u64,
            };
            let pruned_to = Sequence(row.get::<_, i64>(4)? as u64);
            Ok((row.get::<_, Vec<u8>>(0)?, counters, pruned_to))
        },
    )?;
    let id = uuid::Uuid::from_slice(&id)
        .map_err(|_| StoreError::Damaged("store id that is no UUID".into()))?;
    Ok(Meta {
        id: StoreId(id),
        counters,
        pruned_to,
    })
}
