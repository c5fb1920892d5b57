//! How often results were clicked, by day and document type (docs/reference/10-swiftype.md §3). Days are UTC.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::StoreError;
use crate::domain::ObjectType;

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS clicks (
        -- Since the Unix epoch.
        day INTEGER NOT NULL,
        type TEXT NOT NULL,
        clicks INTEGER NOT NULL,
        PRIMARY KEY (day, type)
    ) STRICT, WITHOUT ROWID;
";

pub(in crate::engine::embedded) fn count(
    store: &Connection,
    day: i64,
    object_type: &ObjectType,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "INSERT INTO clicks (day, type, clicks) VALUES (?1, ?2, 1) \
             ON CONFLICT DO UPDATE SET clicks = clicks + 1",
        )?
        .execute(params![day, object_type.as_str()])?;
    Ok(())
}

/// Clicks of each day in the range that had some; of all document types when none is named.
pub(in crate::engine::embedded) fn by_day(
    store: &Connection,
    object_type: Option<&ObjectType>,
    from: i64,
    to: i64,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT day, sum(clicks) FROM clicks \
         WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR type = ?3) GROUP BY day ORDER BY day",
    )?;
    let object_type = object_type.map(ObjectType::as_str);
    let days = statement.query_map(params![from, to, object_type], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
    })?;
    Ok(days.collect::<Result<_, _>>()?)
}

/// All there are.
pub(in crate::engine::embedded) fn all(
    store: &Connection,
) -> Result<BTreeMap<i64, BTreeMap<String, u64>>, StoreError> {
    let mut statement = store.prepare("SELECT day, type, clicks FROM clicks")?;
    let mut rows = statement.query([])?;
    let mut all: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let of_day = all.entry(row.get(0)?).or_default();
        of_day.insert(row.get(1)?, row.get::<_, i64>(2)? as u64);
    }
    Ok(all)
}

/// Makes these all there are.
pub(in crate::engine::embedded) fn set_all(
    store: &Connection,
    all: &BTreeMap<i64, BTreeMap<String, u64>>,
) -> Result<(), StoreError> {
    store.execute("DELETE FROM clicks", [])?;
    let mut add = store.prepare("INSERT INTO clicks (day, type, clicks) VALUES (?1, ?2, ?3)")?;
    for (day, of_day) in all {
        for (object_type, clicks) in of_day {
            add.execute(params![day, object_type, *clicks as i64])?;
        }
    }
    Ok(())
}
