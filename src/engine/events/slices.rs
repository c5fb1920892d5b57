//! How much of the file housekeeping looks at in one step. Invariant: nothing here changes anything.

use std::collections::HashSet;

use rusqlite::Connection;

use crate::engine::sqlite::StoreError;

/// Rows of counters deleted by a step.
pub(super) const ROWS_AT_ONCE: usize = 2_000;

/// Which numbers of a range anything is counted for in a table of counters: day by day, for the day comes first there.
pub(super) fn counted_in(
    file: &Connection,
    table: &str,
    column: &str,
    (first, last): (i64, i64),
) -> Result<HashSet<i64>, StoreError> {
    let sql = format!(
        "WITH RECURSIVE days(day) AS (SELECT min(day) FROM {table} UNION ALL \
         SELECT (SELECT min(day) FROM {table} WHERE day > days.day) FROM days WHERE days.day IS NOT NULL) \
         SELECT counters.{column} FROM days CROSS JOIN {table} AS counters \
         ON counters.day = days.day AND counters.{column} BETWEEN ?1 AND ?2"
    );
    let mut rows = file.prepare_cached(&sql)?;
    let rows = rows.query_map([first, last], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
