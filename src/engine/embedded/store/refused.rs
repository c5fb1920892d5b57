//! Objects that were refused in the last day, with their reasons. Invariant: there are at most
//! [`RefusedLately::KEPT_MAX`] rows when [`keep`] is done; the oldest go first, and nothing depends on any of them.

use rusqlite::{Connection, Row, params};

use super::StoreError;
use crate::domain::{
    ObjectType, RefusedCall, RefusedLately, RefusedList, RefusedObject, Timestamp,
};

/// Programs that do not know it leave it as it is, so it is no matter of the format.
pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS refused (
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        call TEXT NOT NULL,
        is_identity INTEGER NOT NULL,
        type TEXT,
        times INTEGER NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        UNIQUE (name, reason, call)
    ) STRICT;
";

/// Adds to what is kept, and drops what is too old or too much.
pub(in crate::engine::embedded) fn keep(
    store: &Connection,
    refused: &[RefusedLately],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut add = store.prepare_cached(
        "INSERT INTO refused (name, reason, call, is_identity, type, times, first_at, last_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT (name, reason, call) DO UPDATE SET \
         is_identity = ?4, type = ?5, times = times + ?6, last_at = ?8",
    )?;
    let (from, to) = kept_between(now);
    let mut drop_old =
        store.prepare_cached("DELETE FROM refused WHERE last_at NOT BETWEEN ?1 AND ?2")?;
    drop_old.execute(params![from, to])?;
    for RefusedLately {
        object,
        times,
        first,
        last,
    } in refused
    {
        add.execute(params![
            object.name,
            object.reason,
            object.call.as_str(),
            object.is_identity,
            object.object_type.as_ref().map(ObjectType::as_str),
            *times as i64,
            first.as_millis(),
            last.as_millis(),
        ])?;
    }
    store
        .prepare_cached(
            "DELETE FROM refused WHERE rowid IN \
             (SELECT rowid FROM refused ORDER BY last_at DESC, rowid DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([RefusedLately::KEPT_MAX as i64])?;
    Ok(())
}

/// Makes these all there are; the last one last.
pub(in crate::engine::embedded) fn set_all(
    store: &Connection,
    refused: &[RefusedLately],
    now: Timestamp,
) -> Result<(), StoreError> {
    store.execute("DELETE FROM refused", [])?;
    keep(store, refused, now)
}

/// In milliseconds. A clock that was wrong and set back leaves nothing for ever.
fn kept_between(now: Timestamp) -> (i64, i64) {
    let kept_ms = RefusedLately::KEPT_S * 1000;
    let now = now.as_millis();
    (now.saturating_sub(kept_ms), now.saturating_add(kept_ms))
}

/// Those of the last day, at most `limit`, the last first.
pub(in crate::engine::embedded) fn list(
    store: &Connection,
    limit: usize,
    now: Timestamp,
) -> Result<RefusedList, StoreError> {
    let (from, to) = kept_between(now);
    let mut statement = store.prepare_cached(
        "SELECT name, reason, call, is_identity, type, times, first_at, last_at FROM refused \
         WHERE last_at BETWEEN ?1 AND ?2 ORDER BY last_at DESC, rowid DESC LIMIT ?3",
    )?;
    let listed = statement
        .query_map(params![from, to, limit as i64], read)?
        .collect::<Result<Vec<_>, _>>()?;
    let all: i64 = store
        .prepare_cached("SELECT count(*) FROM refused WHERE last_at BETWEEN ?1 AND ?2")?
        .query_row([from, to], |row| row.get(0))?;
    Ok(RefusedList {
        more: (all as u64).saturating_sub(listed.len() as u64),
        listed,
    })
}

fn read(row: &Row<'_>) -> Result<RefusedLately, rusqlite::Error> {
    let call: String = row.get(2)?;
    let object_type: Option<String> = row.get(4)?;
    Ok(RefusedLately {
        object: RefusedObject {
            name: row.get(0)?,
            is_identity: row.get(3)?,
            object_type: object_type.and_then(|name| ObjectType::new(&name).ok()),
            call: RefusedCall::from_name(&call).unwrap_or(RefusedCall::Replace),
            reason: row.get(1)?,
        },
        times: row.get::<_, i64>(5)? as u64,
        first: Timestamp::from_millis(row.get(6)?),
        last: Timestamp::from_millis(row.get(7)?),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::*;

    fn store() -> Connection {
        let store = Connection::open_in_memory().unwrap();
        store.execute_batch(TABLES).unwrap();
        store
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    fn refused(name: &str, reason: &str, second: i64) -> RefusedLately {
        RefusedLately {
            object: RefusedObject {
                name: name.to_owned(),
                is_identity: true,
                object_type: None,
                call: RefusedCall::Replace,
                reason: reason.to_owned(),
            },
            times: 1,
            first: at(second),
            last: at(second),
        }
    }

    fn names(list: &RefusedList) -> Vec<(&str, &str, u64)> {
        let listed = list.listed.iter();
        listed
            .map(|one| {
                (
                    one.object.name.as_str(),
                    one.object.reason.as_str(),
                    one.times,
                )
            })
            .collect()
    }

    #[test]
    fn one_reason_is_one_row_and_a_day_is_a_day() {
        let store = store();
        let day = RefusedLately::KEPT_S;
        keep(&store, &[refused("a", "x", 0), refused("b", "x", 1)], at(1)).unwrap();
        keep(&store, &[refused("a", "x", 9), refused("a", "y", 9)], at(9)).unwrap();
        let list = super::list(&store, 9, at(10)).unwrap();
        assert_eq!(names(&list), [("a", "y", 1), ("a", "x", 2), ("b", "x", 1)]);
        assert_eq!(list.listed[1].first, at(0));
        let first = super::list(&store, 1, at(10)).unwrap();
        assert_eq!((first.listed.len(), first.more), (1, 2));
        let next_day = super::list(&store, 9, at(day + 5)).unwrap();
        assert_eq!(names(&next_day), [("a", "y", 1), ("a", "x", 2)]);
        keep(&store, &[], at(2 * day)).unwrap();
        assert!(super::list(&store, 9, at(9)).unwrap().listed.is_empty());
    }

    #[test]
    fn there_are_never_more_rows_than_the_bound() {
        let store = store();
        let max = RefusedLately::KEPT_MAX;
        for half in 0..3 {
            let from = half * max / 2;
            let batch: Vec<_> = (from..from + max)
                .map(|at| refused(&at.to_string(), "x", at as i64))
                .collect();
            keep(&store, &batch, at(5_000)).unwrap();
        }
        let list = super::list(&store, 2 * max, at(5_000)).unwrap();
        assert_eq!((list.listed.len(), list.more), (max, 0));
        assert_eq!(list.listed[0].object.name, (2 * max - 1).to_string());
    }
}
