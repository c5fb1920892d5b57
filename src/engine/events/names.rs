//! Queries and objects that nothing is counted for any more. Invariants: what is counted, or remembered of a client,
//! keeps its number; a step looks at a bounded number of them.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::clients::Deed;
use super::slices::counted_in;
use crate::engine::sqlite::StoreError;

/// Queries or objects of a step.
const NAMES_AT_ONCE: usize = 250;

/// Objects that may go, held until it is known whether any client is remembered by them.
const UNCOUNTED_MAX: usize = 10_000;

/// Rows of what clients did, of a step.
const DEEDS_AT_ONCE: usize = 5_000;

/// Looks at some queries behind a number; how many went, and behind which to go on, if there are more.
pub(super) fn clear_queries(
    file: &Connection,
    behind: i64,
    today: i64,
) -> Result<(usize, Option<i64>), StoreError> {
    let found: Vec<(i64, i64)> = {
        let mut rows = file.prepare_cached(
            "SELECT number, born FROM queries WHERE number > ?1 ORDER BY number LIMIT ?2",
        )?;
        let rows = rows.query_map(params![behind, NAMES_AT_ONCE as i64], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect::<Result<_, _>>()?
    };
    let Some((last, _)) = found.last().copied() else {
        return Ok((0, None));
    };
    let counted = counted_in(file, "query_days", "query", (behind + 1, last))?;
    let mut gone = 0;
    for (number, born) in &found {
        if *born < today - 1 && !counted.contains(number) {
            gone += file
                .prepare_cached("DELETE FROM queries WHERE number = ?1")?
                .execute([number])?;
            file.prepare_cached("DELETE FROM spellings WHERE query = ?1")?
                .execute([number])?;
        }
    }
    Ok((gone, (found.len() == NAMES_AT_ONCE).then_some(last)))
}

/// One pass over all objects. Those that nothing is counted for are collected, then all that clients did is looked
/// through for them, then they go unless they were counted again meanwhile.
#[derive(Debug, Default)]
pub(super) struct Items {
    behind: i64,
    are_all_seen: bool,
    uncounted: BTreeSet<i64>,
    /// The last row of what clients did that was looked at, while that is done.
    deed: Option<(Vec<u8>, i64, i64)>,
    are_all_deeds_seen: bool,
}

impl Items {
    /// How many objects went, and whether that was all.
    pub(super) fn step(&mut self, file: &Connection) -> Result<(usize, bool), StoreError> {
        if !self.are_all_seen && self.uncounted.len() < UNCOUNTED_MAX && self.deed.is_none() {
            self.collect(file)?;
        } else if !self.uncounted.is_empty() && !self.are_all_deeds_seen {
            self.look_at_deeds(file)?;
        } else if !self.uncounted.is_empty() {
            return Ok((self.delete_some(file)?, false));
        } else if self.are_all_seen {
            return Ok((0, true));
        } else {
            // Go on behind those that have been dealt with.
            self.deed = None;
            self.are_all_deeds_seen = false;
        }
        Ok((0, false))
    }

    fn collect(&mut self, file: &Connection) -> Result<(), StoreError> {
        let found: Vec<i64> = {
            let mut rows = file.prepare_cached(
                "SELECT number FROM items WHERE number > ?1 ORDER BY number LIMIT ?2",
            )?;
            let rows =
                rows.query_map(params![self.behind, NAMES_AT_ONCE as i64], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        self.are_all_seen = found.len() < NAMES_AT_ONCE;
        if let Some(last) = found.last().copied() {
            let counted = counted_in(file, "item_days", "item", (self.behind + 1, last))?;
            let uncounted = found.into_iter().filter(|number| !counted.contains(number));
            self.uncounted.extend(uncounted);
            self.behind = last;
        }
        Ok(())
    }

    fn look_at_deeds(&mut self, file: &Connection) -> Result<(), StoreError> {
        let from = self.deed.take();
        let (client, kind, what) = from.unwrap_or((Vec::new(), i64::MIN, i64::MIN));
        let mut rows = file.prepare_cached(
            "SELECT client, kind, what FROM history WHERE (client, kind, what) > (?1, ?2, ?3) \
             ORDER BY client, kind, what LIMIT ?4",
        )?;
        let mut rows = rows.query(params![client, kind, what, DEEDS_AT_ONCE as i64])?;
        let mut seen = 0;
        let mut last = (client, kind, what);
        while let Some(row) = rows.next()? {
            last = (row.get(0)?, row.get(1)?, row.get(2)?);
            if last.1 != Deed::SearchedFor as i64 {
                self.uncounted.remove(&last.2);
            }
            seen += 1;
        }
        self.are_all_deeds_seen = seen < DEEDS_AT_ONCE;
        self.deed = Some(last);
        Ok(())
    }

    fn delete_some(&mut self, file: &Connection) -> Result<usize, StoreError> {
        /// They lie anywhere, so each is looked for in each day.
        const DELETED_AT_ONCE: usize = 50;
        let mut gone = 0;
        for _ in 0..DELETED_AT_ONCE {
            let Some(number) = self.uncounted.pop_first() else {
                break;
            };
            if counted_in(file, "item_days", "item", (number, number))?.is_empty() {
                gone += file
                    .prepare_cached("DELETE FROM items WHERE number = ?1")?
                    .execute([number])?;
            }
        }
        Ok(gone)
    }
}
