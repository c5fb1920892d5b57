//! What goes when its time is over. Invariant: what still counts for an answer stays, and no one look takes long:
//! what is many goes a slice at a time.

use rusqlite::{Connection, params};

use crate::engine::embedded::settings::EventSettings;
use crate::engine::embedded::store::StoreError;

/// How long the ids of counted events are kept. Events further in the past are dropped whatever their id is.
const COUNTED_KEPT_DAYS: i64 = 8;

/// The ids of counted events are looked through in so many slices, one at a time.
const SLICES: u32 = 256;

/// Once a day: deletes counters that are too old, and names that nothing is counted for.
pub(super) fn daily(
    file: &Connection,
    settings: &EventSettings,
    today: i64,
) -> Result<(), StoreError> {
    let before = today - i64::from(settings.counters_kept_days) + 1;
    for table in [
        "item_days",
        "query_days",
        "query_item_days",
        "place_days",
        "group_days",
    ] {
        file.execute(&format!("DELETE FROM {table} WHERE day < ?1"), [before])?;
    }
    file.execute(
        "DELETE FROM queries WHERE born < ?1 - 1 AND number NOT IN (SELECT query FROM query_days)",
        [today],
    )?;
    file.execute(
        "DELETE FROM spellings WHERE query NOT IN (SELECT number FROM queries)",
        [],
    )?;
    file.execute(
        "DELETE FROM items WHERE number NOT IN (SELECT item FROM item_days) \
         AND number NOT IN (SELECT what FROM history WHERE kind < 4)",
        [],
    )?;
    Ok(())
}

/// Deletes old ids of one slice; the next call looks at the next one.
pub(super) fn forget_counted(
    file: &Connection,
    slice: &mut u32,
    today: i64,
) -> Result<(), StoreError> {
    let first = [*slice as u8];
    *slice = (*slice + 1) % SLICES;
    let before = today - COUNTED_KEPT_DAYS;
    if first[0] == u8::MAX {
        file.execute(
            "DELETE FROM counted WHERE event >= ?1 AND day < ?2",
            params![first, before],
        )?;
    } else {
        file.execute(
            "DELETE FROM counted WHERE event >= ?1 AND event < ?2 AND day < ?3",
            params![first, [first[0] + 1], before],
        )?;
    }
    Ok(())
}
