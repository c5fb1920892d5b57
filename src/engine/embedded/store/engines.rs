//! What a store says of its site as an engine of documents: one row, made with the store or when a
//! program that knows of engines first opens it. Invariant: the key changes only
//! where a catalog is moved to.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::domain::{Language, Timestamp};
use crate::engine::EngineCard;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS engine (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        key TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        -- Of an engine that no configuration names: how it is called, and its language.
        name TEXT,
        language TEXT,
        -- The last number given to a receipt.
        receipts INTEGER NOT NULL DEFAULT 0
    ) STRICT;
";

/// An engine that no configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) struct NewEngine {
    pub name: String,
    pub language: Language,
}

/// Makes the row when there is none.
pub(super) fn ensure(
    store: &Connection,
    now: Timestamp,
    made: Option<&NewEngine>,
) -> Result<(), StoreError> {
    let card = EngineCard::made(now, made.map(|made| made.name.clone()));
    store.execute(
        "INSERT OR IGNORE INTO engine (one, key, created_at, name, language) \
         VALUES (1, ?1, ?2, ?3, ?4)",
        params![
            card.key,
            now.as_millis(),
            card.name,
            made.map(|made| made.language.code()),
        ],
    )?;
    Ok(())
}

pub(in crate::engine::embedded) fn card(store: &Connection) -> Result<EngineCard, StoreError> {
    Ok(
        store.query_row("SELECT key, created_at, name FROM engine", [], |row| {
            Ok(EngineCard {
                key: row.get(0)?,
                created_at: Timestamp::from_millis(row.get(1)?),
                name: row.get(2)?,
            })
        })?,
    )
}

/// `None` for a store of a site that a configuration names, or once named.
pub(in crate::engine::embedded) fn made(
    store: &Connection,
) -> Result<Option<NewEngine>, StoreError> {
    let has_engines = store
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'engine'")?
        .exists([])?;
    if !has_engines {
        return Ok(None);
    }
    let found = store
        .query_row(
            "SELECT name, language FROM engine WHERE name IS NOT NULL",
            [],
            |row| Ok((row.get(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    Ok(found.map(|(name, language)| NewEngine {
        name,
        language: Language::from_code(&language).unwrap_or_default(),
    }))
}

/// Makes it the engine that it was where it comes from, by its key.
pub(in crate::engine::embedded) fn set_card(
    store: &Connection,
    key: &str,
    created_at: Timestamp,
) -> Result<(), StoreError> {
    store
        .prepare_cached("UPDATE engine SET key = ?1, created_at = ?2")?
        .execute(params![key, created_at.as_millis()])?;
    Ok(())
}

/// The last number that was given to a receipt.
pub(in crate::engine::embedded) fn last_receipt(store: &Connection) -> Result<u64, StoreError> {
    let last: i64 = store.query_row("SELECT receipts FROM engine", [], |row| row.get(0))?;
    Ok(last as u64)
}

/// Gives no receipt a number up to this one.
pub(in crate::engine::embedded) fn give_receipts_behind(
    store: &Connection,
    number: u64,
) -> Result<(), StoreError> {
    store
        .prepare_cached("UPDATE engine SET receipts = max(receipts, ?1)")?
        .execute([number as i64])?;
    Ok(())
}

/// Gives out numbers for so many receipts, and returns the last.
pub(in crate::engine::embedded) fn take_receipt_numbers(
    store: &Connection,
    count: u64,
) -> Result<u64, StoreError> {
    let last: i64 = store
        .prepare_cached("UPDATE engine SET receipts = receipts + ?1 RETURNING receipts")?
        .query_row([count as i64], |row| row.get(0))?;
    Ok(last as u64)
}
