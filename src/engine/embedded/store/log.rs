//! What each group of writes changed, kept until the index has committed it. It is replayed after a
//! crash, and its removals say which versions nobody needs any more.
//! Invariant: sequences are dense; a row goes only after the versions it removed, and `pruned_to` in
//! `meta` names the last row that is not whole any more.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use super::leb128::{put_number, take_number};
use super::{StoreError, sums, versions};
use crate::engine::embedded::ids::{Sequence, VersionId};

/// What one group did, as far as the index is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Operations {
    /// In ascending order.
    pub added: Vec<Added>,
    /// In ascending order.
    pub removed: Vec<VersionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) struct Added {
    pub version: VersionId,
    pub first_seen: u64,
}

pub(in crate::engine::embedded) fn append(
    store: &Connection,
    sequence: Sequence,
    operations: &Operations,
) -> Result<(), StoreError> {
    let blob = operations.encode();
    store
        .prepare_cached("INSERT INTO log (sequence, operations, sum) VALUES (?1, ?2, ?3)")?
        .execute(params![sequence.0 as i64, blob, checksum(sequence, &blob)])?;
    Ok(())
}

fn checksum(sequence: Sequence, operations: &[u8]) -> u32 {
    sums::of(&[&sequence.0.to_le_bytes(), operations])
}

/// The first group after the sequence, if there is one.
pub(in crate::engine::embedded) fn next_after(
    store: &Connection,
    sequence: Sequence,
) -> Result<Option<(Sequence, Operations)>, StoreError> {
    // All columns there are: a store of before has no checksums until a server has opened it.
    let mut statement =
        store.prepare_cached("SELECT * FROM log WHERE sequence > ?1 ORDER BY sequence LIMIT 1")?;
    let has_sum = statement.column_count() > SUM_COLUMN;
    let mut rows = statement.query([sequence.0 as i64])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let sequence = Sequence(row.get::<_, i64>(0)? as u64);
    let sum = if has_sum {
        row.get_ref(SUM_COLUMN)?
    } else {
        ValueRef::Null
    };
    let operations = row.get_ref(1)?.as_blob().ok().and_then(|blob| {
        let is_sound = match sum {
            ValueRef::Null => true,
            sum => sum == ValueRef::Integer(i64::from(checksum(sequence, blob))),
        };
        Operations::decode(blob).filter(|_| is_sound)
    });
    let operations = operations.ok_or(StoreError::LogEntry(sequence.0))?;
    Ok(Some((sequence, operations)))
}

/// Where the checksum stands among the columns.
const SUM_COLUMN: usize = 2;

/// Forgets groups up to and including the sequence, and deletes the versions they removed: at most
/// `budget` rows, so that no write waits long for it.
pub(in crate::engine::embedded) fn prune(
    store: &Connection,
    upto: Sequence,
    budget: usize,
) -> Result<(), StoreError> {
    let mut rows_left = budget;
    let mut pruned_to = None;
    loop {
        let (sequence, operations) = match next_after(store, Sequence(0)) {
            // What it removed stays where it is, and is in nobody's way.
            Err(StoreError::LogEntry(sequence)) => {
                tracing::error!(sequence, "a group in the log is damaged; its versions stay");
                (Sequence(sequence), Operations::default())
            }
            next => match next? {
                Some(next) => next,
                None => break,
            },
        };
        if sequence > upto || rows_left == 0 {
            break;
        }
        pruned_to = Some(sequence);
        // A mass deletion may be larger than the budget: its row keeps what is left of it.
        let (now, later) = operations
            .removed
            .split_at(operations.removed.len().min(rows_left));
        for &version in now {
            versions::delete(store, version)?;
        }
        rows_left = rows_left.saturating_sub(now.len() + 1);
        if later.is_empty() {
            store
                .prepare_cached("DELETE FROM log WHERE sequence = ?1")?
                .execute([sequence.0 as i64])?;
        } else {
            let rest = Operations {
                added: operations.added,
                removed: later.to_vec(),
            };
            let rest = rest.encode();
            store
                .prepare_cached("UPDATE log SET operations = ?2, sum = ?3 WHERE sequence = ?1")?
                .execute(params![sequence.0 as i64, rest, checksum(sequence, &rest)])?;
        }
    }
    if let Some(sequence) = pruned_to {
        store
            .prepare_cached("UPDATE meta SET pruned_to = ?1")?
            .execute([sequence.0 as i64])?;
    }
    Ok(())
}

/// Whether there is a group up to and including the sequence.
pub(in crate::engine::embedded) fn any_upto(
    store: &Connection,
    sequence: Sequence,
) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM log WHERE sequence <= ?1 LIMIT 1")?
        .exists([sequence.0 as i64])?)
}

pub(in crate::engine::embedded) fn is_empty(store: &Connection) -> Result<bool, StoreError> {
    Ok(!store
        .prepare_cached("SELECT 1 FROM log LIMIT 1")?
        .exists([])?)
}

impl Operations {
    pub(in crate::engine::embedded) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// How much work they are for the index.
    pub(in crate::engine::embedded) fn len(&self) -> usize {
        self.added.len() + self.removed.len()
    }

    /// Counts and differences to the id before, as LEB128.
    fn encode(&self) -> Vec<u8> {
        let mut blob = Vec::with_capacity(4 + 4 * self.len());
        put_number(&mut blob, self.added.len() as u64);
        let mut before = 0;
        for added in &self.added {
            put_number(&mut blob, added.version.0.wrapping_sub(before));
            put_number(&mut blob, added.first_seen);
            before = added.version.0;
        }
        put_number(&mut blob, self.removed.len() as u64);
        before = 0;
        for removed in &self.removed {
            put_number(&mut blob, removed.0.wrapping_sub(before));
            before = removed.0;
        }
        blob
    }

    /// `None` when the bytes are not what [`Self::encode`] writes.
    fn decode(mut blob: &[u8]) -> Option<Self> {
        let mut operations = Self::default();
        let mut before = 0_u64;
        for _ in 0..take_number(&mut blob)? {
            before = before.wrapping_add(take_number(&mut blob)?);
            operations.added.push(Added {
                version: VersionId(before),
                first_seen: take_number(&mut blob)?,
            });
        }
        before = 0;
        for _ in 0..take_number(&mut blob)? {
            before = before.wrapping_add(take_number(&mut blob)?);
            operations.removed.push(VersionId(before));
        }
        blob.is_empty().then_some(operations)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn operations_read_back_as_written(
            added in prop::collection::vec((any::<u64>(), any::<u64>()), 0..20),
            removed in prop::collection::vec(any::<u64>(), 0..20),
        ) {
            let operations = Operations {
                added: added
                    .into_iter()
                    .map(|(version, first_seen)| Added { version: VersionId(version), first_seen })
                    .collect(),
                removed: removed.into_iter().map(VersionId).collect(),
            };
            prop_assert_eq!(Operations::decode(&operations.encode()), Some(operations));
        }

        #[test]
        fn any_bytes_decode_without_a_panic(blob in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(operations) = Operations::decode(&blob) {
                prop_assert!(operations.len() <= blob.len());
            }
        }
    }
}
