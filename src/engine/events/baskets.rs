//! What was bought together, week by week. Invariant: a transaction counts once for each of its pairs, in both
//! directions, and once for each of its objects; what is in the file is bounded, and of no client.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::slices::ROWS_AT_ONCE;
use crate::domain::{Timestamp, day_of, week_of};
use crate::engine::sqlite::StoreError;

/// Objects of one transaction that are paired; further ones are not.
const PAIRED_MAX: usize = 20;

/// Rows of pairs of one site; some 20 bytes each. When there are so many, pairs that are not known yet are not
/// counted until older ones have gone.
pub(super) const ROWS_MAX: usize = 4_000_000;

/// Objects of which old weeks are looked for at a time.
const CLEARED_AT_ONCE: i64 = 2_000;

/// Transactions that were not written yet.
#[derive(Debug, Default)]
pub(super) struct Baskets {
    /// By object, other object and week; an object with itself, and 0 with 0 for all transactions.
    times: HashMap<(u32, u32, i64), u64>,
}

impl Baskets {
    /// Adds one transaction.
    pub(super) fn note(&mut self, week: i64, mut items: Vec<u32>) {
        items.sort_unstable();
        items.dedup();
        items.truncate(PAIRED_MAX);
        if items.is_empty() {
            return;
        }
        *self.times.entry((0, 0, week)).or_default() += 1;
        for first in &items {
            for second in &items {
                *self.times.entry((*first, *second, week)).or_default() += 1;
            }
        }
    }

    /// Writes them, and that their objects are to be looked at; how many rows there are now.
    pub(super) fn write(&self, file: &Connection) -> Result<usize, StoreError> {
        let mut rows = rows(file)?;
        if self.times.is_empty() {
            return Ok(rows);
        }
        let mut more = file.prepare_cached(
            "UPDATE baskets SET times = times + ?4 WHERE item = ?1 AND other = ?2 AND week = ?3",
        )?;
        let mut new = file.prepare_cached("INSERT INTO baskets VALUES (?1, ?2, ?3, ?4)")?;
        let mut look = file.prepare_cached("INSERT OR IGNORE INTO unlearnt VALUES (?1)")?;
        for ((item, other, week), times) in &self.times {
            let row = (*item, *other, *week, *times as i64);
            let is_pair = item != other;
            if more.execute(row)? == 0 && (!is_pair || rows < ROWS_MAX) {
                new.execute(row)?;
                rows += 1;
            }
            if is_pair {
                look.execute([item])?;
            }
        }
        file.prepare_cached("UPDATE model SET pairs = ?1")?
            .execute([rows as i64])?;
        Ok(rows)
    }
}

pub(super) fn rows(file: &Connection) -> Result<usize, StoreError> {
    let rows: i64 = file
        .prepare_cached("SELECT pairs FROM model")?
        .query_row([], |row| row.get(0))?;
    Ok(rows as usize)
}

/// The first week that counts, of counters that are kept for so many days.
pub(super) fn first_week(now: Timestamp, kept_days: u32) -> i64 {
    week_of(day_of(now) - i64::from(kept_days) + 1)
}

/// Deletes some of the weeks before one, of some objects: how many rows went, and whether these objects are done with.
/// The next call goes on.
pub(super) fn clear(
    file: &Connection,
    first_week: i64,
    cursor: &mut i64,
) -> Result<(usize, bool), StoreError> {
    let last: Option<i64> = file
        .prepare_cached("SELECT max(item) FROM baskets")?
        .query_row([], |row| row.get(0))?;
    let until = *cursor + CLEARED_AT_ONCE;
    let some = params![*cursor, until, first_week, ROWS_AT_ONCE as i64];
    let pairs = file
        .prepare_cached(
            "DELETE FROM baskets WHERE (item, other, week) IN (SELECT item, other, week FROM baskets \
             WHERE item >= ?1 AND item < ?2 AND week < ?3 LIMIT ?4)",
        )?
        .execute(some)?;
    let companions = file
        .prepare_cached(
            "DELETE FROM companions WHERE (item, other) IN (SELECT item, other FROM companions \
             WHERE item >= ?1 AND item < ?2 AND held_by < ?3 LIMIT ?4)",
        )?
        .execute(some)?;
    file.prepare_cached("UPDATE model SET pairs = max(pairs - ?1, 0)")?
        .execute([pairs as i64])?;
    let is_done = pairs.max(companions) < ROWS_AT_ONCE;
    if is_done {
        let goes_on = last.is_some_and(|last| last >= until);
        *cursor = if goes_on { until } else { 0 };
    }
    Ok((pairs + companions, is_done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_counts_once_for_each_pair_and_each_object() {
        let mut baskets = Baskets::default();
        baskets.note(7, vec![3, 1, 3, 2]);
        baskets.note(7, vec![1]);
        baskets.note(7, Vec::new());
        let mut times: Vec<_> = baskets.times.into_iter().collect();
        times.sort_unstable();
        let expected = [
            ((0, 0, 7), 2),
            ((1, 1, 7), 2),
            ((1, 2, 7), 1),
            ((1, 3, 7), 1),
            ((2, 1, 7), 1),
            ((2, 2, 7), 1),
            ((2, 3, 7), 1),
            ((3, 1, 7), 1),
            ((3, 2, 7), 1),
            ((3, 3, 7), 1),
        ];
        assert_eq!(times, expected);
    }

    #[test]
    fn a_large_transaction_is_paired_within_bounds() {
        let mut baskets = Baskets::default();
        baskets.note(7, (1..=500).collect());
        assert_eq!(baskets.times.len(), PAIRED_MAX * PAIRED_MAX + 1);
    }
}
