//! Heads in order of first appearance, a page at a time, and how many there are.

use rusqlite::{Connection, params_from_iter, types::Value};

use super::StoreError;
use super::heads::{self, Head};
use crate::domain::{ObjectType, Scope, TypesWanted};

/// Heads behind a place, in order, at most `limit`.
pub(in crate::engine::embedded) fn page(
    store: &Connection,
    scope: &Scope,
    after: u64,
    limit: usize,
) -> Result<Vec<Head>, StoreError> {
    let (condition, mut values) = condition(scope);
    values.extend([Value::from(after as i64), Value::from(limit as i64)]);
    let mut statement = store.prepare(&format!(
        "SELECT {} FROM heads \
         WHERE {condition} AND first_seen > ? ORDER BY first_seen LIMIT ?",
        heads::COLUMNS
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(heads::read(row)?);
    }
    Ok(page)
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
