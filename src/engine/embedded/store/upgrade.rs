//! A store of an earlier format made one of this program's. Invariant: the steps and the look at what came of them are
//! one transaction: until what is new was verified the file is what it was, and a crash leaves the one or the other.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::meta::{Counters, FORMAT, read_format, read_meta};
use super::{StoreError, findings, head_row};
use crate::engine::embedded::ids::StoreId;

type Step = fn(&Connection) -> Result<(), StoreError>;

/// What makes a store of each format one of the next, the first of them of format 1.
const STEPS: [Step; FORMAT as usize - 1] = [
    // Stores of format 1 got tables and columns as programs came to know them, which each start adds where they are
    // missing. One of format 2 has them all, and programs that do not know them write to it no more.
    |_| Ok(()),
];

/// Faults of a file that are compared.
const FINDINGS_MAX: usize = 100;

/// Brings the store to [`FORMAT`], in the transaction that it is given. It has what every start adds to a store that
/// lacks it.
pub(super) fn upgrade(store: &Connection) -> Result<(), StoreError> {
    let found = read_format(store)?;
    if found < FORMAT {
        take(store, found, &STEPS)?;
        tracing::info!(
            from = found,
            to = FORMAT,
            "the store was brought to another format"
        );
    }
    Ok(())
}

fn take(store: &Connection, from: i64, steps: &[Step]) -> Result<(), StoreError> {
    let before = Kept::of(store)?;
    for step in steps.iter().skip(from as usize - 1) {
        step(store)?;
    }
    store.execute("UPDATE meta SET format = ?1", [FORMAT])?;
    match before.lost(&Kept::of(store)?) {
        None => Ok(()),
        Some(reason) => Err(StoreError::Upgrade { from, reason }),
    }
}

/// What every step leaves as it is.
struct Kept {
    id: StoreId,
    counters: Counters,
    /// Rows by table.
    rows: BTreeMap<String, i64>,
    /// What was wrong before stays wrong, and is told by others.
    findings: Vec<String>,
    unfit_heads: Vec<u64>,
}

impl Kept {
    fn of(store: &Connection) -> Result<Self, StoreError> {
        let meta = read_meta(store)?;
        let names = store
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let mut rows = BTreeMap::new();
        for name in names {
            let quoted = name.replace('"', "\"\"");
            let count = format!("SELECT count(*) FROM \"{quoted}\"");
            rows.insert(name, store.query_row(&count, [], |row| row.get(0))?);
        }
        Ok(Self {
            id: meta.id,
            counters: meta.counters,
            rows,
            findings: findings(store, FINDINGS_MAX)?,
            unfit_heads: head_row::unfit(store)?,
        })
    }

    /// What of this is not in the other.
    fn lost(&self, after: &Self) -> Option<String> {
        if (self.id, self.counters) != (after.id, after.counters) {
            return Some("its numbers differ".to_owned());
        }
        let changed = self
            .rows
            .iter()
            .find(|(table, count)| after.rows.get(*table) != Some(count));
        if let Some((table, count)) = changed {
            return Some(format!("`{table}` has not {count} rows any more"));
        }
        if self.unfit_heads != after.unfit_heads {
            return Some("heads have other checksums".to_owned());
        }
        let new = |finding: &&String| !self.findings.contains(finding);
        after.findings.iter().find(new).cloned()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::super::open::TABLES;
    use super::super::{sources, sums};
    use super::*;

    fn store() -> Connection {
        let store = Connection::open_in_memory().unwrap();
        store.execute_batch(TABLES).unwrap();
        sources::prepare(&store).unwrap();
        sums::prepare(&store).unwrap();
        store
            .execute_batch(
                "INSERT INTO meta VALUES (1, 1, randomblob(16), 7, 5, 3, 0);
                 INSERT INTO heads (first_seen, identity, type, version, hash)
                 VALUES (1, 'p1', 'product', 1, zeroblob(32));",
            )
            .unwrap();
        store
    }

    #[test]
    fn a_store_of_the_first_format_becomes_one_of_this_and_stays_it() {
        let store = store();
        upgrade(&store).unwrap();
        assert_eq!(read_format(&store).unwrap(), FORMAT);
        upgrade(&store).unwrap();
        assert_eq!(read_format(&store).unwrap(), FORMAT);
    }

    #[test]
    fn each_step_is_taken_once_and_in_order() {
        let steps: [Step; 2] = [
            |store| Ok(store.execute_batch("CREATE TABLE a (x)")?),
            |store| Ok(store.execute_batch("ALTER TABLE a RENAME COLUMN x TO y")?),
        ];
        let old = store();
        take(&old, 1, &steps).unwrap();
        let newer = store();
        newer.execute_batch("CREATE TABLE a (x)").unwrap();
        take(&newer, 2, &steps).unwrap();
        for taken in [old, newer] {
            taken.execute("INSERT INTO a (y) VALUES (1)", []).unwrap();
        }
    }

    /// The transaction is not committed, so the file is what it was.
    #[test]
    fn a_step_that_loses_anything_is_found_out() {
        let losing: [(Step, &str); 4] = [
            (
                |store| Ok(store.execute_batch("DELETE FROM heads")?),
                "`heads`",
            ),
            (|store| Ok(store.execute_batch("DROP TABLE log")?), "`log`"),
            (
                |store| Ok(store.execute_batch("UPDATE meta SET next_version = 1")?),
                "numbers",
            ),
            (
                |store| Ok(store.execute_batch("INSERT INTO versions VALUES (9, x'00', 0)")?),
                "`versions`",
            ),
        ];
        for (step, named) in losing {
            let error = take(&store(), 1, &[step]).unwrap_err().to_string();
            assert!(
                error.contains(named) && error.contains("is as it was"),
                "{error}"
            );
        }
    }
}
