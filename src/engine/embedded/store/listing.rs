//! Heads in order of first appearance, a page at a time, and how many there are. Invariant: a page that is
//! shorter than asked for is the last one; a head that cannot be read is noted and left out.

use rusqlite::{Connection, params_from_iter, types::Value};

use super::heads::Head;
use super::meta::read_meta;
use super::{Damaged, StoreError, head_row};
use crate::domain::{ObjectType, Scope, TypesWanted};

/// Heads behind a place, in order, at most `limit`.
pub(in crate::engine::embedded) fn page(
    store: &Connection,
    scope: &Scope,
    after: u64,
    limit: usize,
    damaged: &Damaged,
) -> Result<Vec<Head>, StoreError> {
    let (condition, values) = condition(scope);
    let mut statement = store.prepare(&format!(
        "SELECT * FROM heads WHERE {condition} AND first_seen > ? ORDER BY first_seen LIMIT ?"
    ))?;
    let mut page = Vec::new();
    let mut reached = after;
    while page.len() < limit {
        let (wanted, mut taken) = (limit - page.len(), 0);
        let mut values = values.clone();
        values.extend([Value::from(reached as i64), Value::from(wanted as i64)]);
        let mut rows = statement.query(params_from_iter(values))?;
        let ended = loop {
            match rows.next() {
                Ok(Some(row)) => {
                    taken += 1;
                    reached = head_row::place(row)?;
                    match head_row::read(row) {
                        Err(error @ StoreError::Damaged(_)) => damaged.note_head(reached, &error),
                        read => page.push(read?.1),
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(StoreError::from(error)),
            }
        };
        match ended {
            Ok(()) if taken < wanted => break,
            Ok(()) => {}
            Err(error) if error.is_of_a_page() => {
                damaged.note_head(reached + 1, &error);
                damaged.note_file(error);
                match readable_after(store, reached)? {
                    Some(next) => reached = next - 1,
                    None => break,
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(page)
}

/// The next place after one behind which a page of the file cannot be read. What is in between is lost:
/// neighbours lie in one page, so it is looked for further and further away, then back.
fn readable_after(store: &Connection, reached: u64) -> Result<Option<u64>, StoreError> {
    let mut statement = store.prepare(
        "SELECT first_seen FROM heads WHERE first_seen > ?1 ORDER BY first_seen LIMIT 1",
    )?;
    let mut look = |after: u64| -> Result<Option<u64>, StoreError> {
        let mut rows = statement.query([after as i64])?;
        let row = rows.next()?;
        Ok(row
            .map(|row| row.get::<_, i64>(0))
            .transpose()?
            .map(|place| place as u64))
    };
    let last = read_meta(store)?.counters.next_first_seen;
    let (mut bad, mut step) = (reached, 1);
    let mut good = loop {
        match look(reached + step) {
            Ok(Some(_)) => break reached + step,
            Ok(None) => return Ok(None),
            Err(error) if !error.is_of_a_page() => return Err(error),
            Err(_) if reached + step >= last => return Ok(None),
            Err(_) => bad = reached + step,
        }
        step *= 2;
    };
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        match look(middle) {
            Ok(_) => good = middle,
            Err(_) => bad = middle,
        }
    }
    look(good)
}

pub(in crate::engine::embedded) fn count(
    store: &Connection,
    scope: &Scope,
) -> Result<u64, StoreError> {
    let (condition, values) = condition(scope);
    let mut statement = store.prepare(&format!("SELECT count(*) FROM heads WHERE {condition}"))?;
    let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
    Ok(count as u64)
}

/// The scope as SQL, and the values of its question marks.
fn condition(scope: &Scope) -> (String, Vec<Value>) {
    let (mut sql, types): (_, &[ObjectType]) = match &scope.types {
        TypesWanted::All => ("TRUE".to_owned(), &[]),
        TypesWanted::AllBut(types) => (format!("type NOT IN ({})", marks(types.len())), types),
        TypesWanted::Only(types) => (format!("type IN ({})", marks(types.len())), types),
    };
    let mut values: Vec<Value> = types
        .iter()
        .map(|object_type| Value::from(object_type.as_str().to_owned()))
        .collect();
    if let Some(now) = scope.active_at {
        sql.push_str(
            " AND (active_from IS NULL OR active_from <= ?) AND (active_to IS NULL OR active_to > ?)",
        );
        values.extend([now, now].map(|now| Value::from(now.as_millis())));
    }
    (sql, values)
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}
