//! How far the deletion of expired objects has come. Invariant: the horizon is one row that only moves on.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::domain::Timestamp;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS expiry (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        horizon INTEGER NOT NULL
    ) STRICT;
";

/// `None` in a store that has never had to ask.
pub(in crate::engine::embedded) fn horizon(
    store: &Connection,
) -> Result<Option<Timestamp>, StoreError> {
    let horizon = store
        .prepare_cached("SELECT horizon FROM expiry")?
        .query_row([], |row| row.get(0).map(Timestamp::from_millis))
        .optional()?;
    Ok(horizon)
}

pub(in crate::engine::embedded) fn set_horizon(
    store: &Connection,
    horizon: Timestamp,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "INSERT INTO expiry VALUES (1, ?1) \
             ON CONFLICT (one) DO UPDATE SET horizon = max(horizon, ?1)",
        )?
        .execute(params![horizon.as_millis()])?;
    Ok(())
}
