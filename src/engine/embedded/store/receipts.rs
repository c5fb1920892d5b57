//! Receipts of documents accepted for later: the sequence each is visible with, or why it was not
//! written (docs/reference/10-swiftype.md §5). Invariant: a receipt is written in the transaction that wrote its
//! document, and never changed.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, codec};
use crate::domain::{DocumentPlace, ObjectType, Receipt, ReceiptState, Timestamp};
use crate::engine::embedded::ids::Sequence;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS receipts (
        -- The second it was given out in, then its number: old ones stand together.
        id INTEGER PRIMARY KEY,
        type TEXT NOT NULL,
        external_id TEXT,
        sequence INTEGER NOT NULL,
        -- The place of the document, and when it was created; nothing where it was not written.
        first_seen INTEGER,
        created_at INTEGER,
        problem BLOB
    ) STRICT;
";

const NUMBER_BITS: u32 = 24;

/// Whole seconds: what an id has room for begins anew in 2106, and rows stay in order.
fn row_id(second: i64, counter: u32) -> i64 {
    second << NUMBER_BITS | i64::from(counter)
}

pub(in crate::engine::embedded) fn add(
    store: &Connection,
    receipt: &Receipt,
    sequence: Sequence,
) -> Result<(), StoreError> {
    let (place, problem) = match &receipt.state {
        ReceiptState::Pending => (None, None),
        ReceiptState::Complete(place) => (Some(place), None),
        ReceiptState::Failed(problem) => (None, Some(codec::encode_document_problem(problem))),
    };
    store
        .prepare_cached(
            "INSERT INTO receipts (id, type, external_id, sequence, first_seen, created_at, problem) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            row_id(receipt.second, receipt.counter),
            receipt.object_type.as_str(),
            receipt.external_id,
            sequence.0 as i64,
            place.map(|place| place.first_seen as i64),
            place.map(|place| place.created_at.as_millis()),
            problem,
        ])?;
    Ok(())
}

/// Keeps one that another catalog gave, whose document is there.
pub(in crate::engine::embedded) fn take(
    store: &Connection,
    receipt: &Receipt,
    sequence: Sequence,
) -> Result<(), StoreError> {
    let id = row_id(receipt.second, receipt.counter);
    store
        .prepare_cached("DELETE FROM receipts WHERE id = ?1")?
        .execute([id])?;
    add(store, receipt, sequence)
}

/// Receipts behind a row, in order, at most `limit`, as they stand when all can be found; and the last row.
pub(in crate::engine::embedded) fn page(
    store: &Connection,
    after: i64,
    limit: usize,
) -> Result<(Vec<Receipt>, Option<i64>), StoreError> {
    let mut statement =
        store.prepare_cached("SELECT id FROM receipts WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let ids = statement.query_map(params![after, limit as i64], |row| row.get(0))?;
    let ids = ids.collect::<Result<Vec<i64>, _>>()?;
    let mut receipts = Vec::with_capacity(ids.len());
    for id in &ids {
        let counter = (id & ((1 << NUMBER_BITS) - 1)) as u32;
        receipts.extend(find(store, (id >> NUMBER_BITS, counter), ALL)?);
    }
    Ok((receipts, ids.last().copied()))
}

/// Everything can be found.
const ALL: Sequence = Sequence(i64::MAX as u64);

/// The receipt as it stands when everything up to `visible` can be found.
pub(in crate::engine::embedded) fn find(
    store: &Connection,
    (second, counter): (i64, u32),
    visible: Sequence,
) -> Result<Option<Receipt>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT type, external_id, sequence, first_seen, created_at, problem \
         FROM receipts WHERE id = ?1",
    )?;
    let mut rows = statement.query([row_id(second, counter)])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let word: String = row.get(0)?;
    let sequence = Sequence(row.get::<_, i64>(2)? as u64);
    let place: (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
    let problem: Option<Vec<u8>> = row.get(5)?;
    let state = match (place, problem) {
        (_, Some(problem)) => ReceiptState::Failed(codec::decode_document_problem(&problem)?),
        ((Some(first_seen), Some(created_at)), None) if sequence <= visible => {
            ReceiptState::Complete(DocumentPlace {
                first_seen: first_seen as u64,
                created_at: Timestamp::from_millis(created_at),
            })
        }
        _ => ReceiptState::Pending,
    };
    Ok(Some(Receipt {
        second,
        counter,
        object_type: ObjectType::new(&word)
            .map_err(|_| StoreError::Damaged(format!("document type `{word}`")))?,
        external_id: row.get(1)?,
        state,
    }))
}

/// How many receipts wait for their document to be visible, and how old the oldest of them is. They are
/// the last ones given out, so this walks back from the end until one is complete. While a clock that was
/// set back has not caught up, it may stop too early.
pub(in crate::engine::embedded) fn pending(
    store: &Connection,
    visible: Sequence,
    now: Timestamp,
) -> Result<(u64, Option<Duration>), StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT id, sequence, problem IS NOT NULL FROM receipts ORDER BY id DESC",
    )?;
    let mut rows = statement.query([])?;
    let (mut pending, mut oldest) = (0, None);
    while let Some(row) = rows.next()? {
        if Sequence(row.get::<_, i64>(1)? as u64) <= visible {
            break;
        }
        let is_failed: bool = row.get(2)?;
        if !is_failed {
            pending += 1;
            oldest = Some(row.get::<_, i64>(0)? >> NUMBER_BITS);
        }
    }
    let age = |second: i64| {
        let age_ms = now.as_millis().saturating_sub(second.saturating_mul(1000));
        Duration::from_millis(u64::try_from(age_ms).unwrap_or_default())
    };
    Ok((pending, oldest.map(age)))
}

/// Whether there is a receipt from before this second.
pub(in crate::engine::embedded) fn any_before(
    store: &Connection,
    second: i64,
) -> Result<bool, StoreError> {
    let oldest: Option<i64> = store
        .prepare_cached("SELECT id FROM receipts ORDER BY id LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(oldest.is_some_and(|oldest| oldest < row_id(second, 0)))
}

/// Deletes at most `limit` receipts from before this second; how many it deleted.
pub(in crate::engine::embedded) fn delete_before(
    store: &Connection,
    second: i64,
    limit: usize,
) -> Result<usize, StoreError> {
    let deleted = store
        .prepare_cached(
            "DELETE FROM receipts WHERE id IN \
             (SELECT id FROM receipts WHERE id < ?1 ORDER BY id LIMIT ?2)",
        )?
        .execute(params![row_id(second, 0), limit as i64])?;
    Ok(deleted)
}
