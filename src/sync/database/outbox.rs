//! The outbox: keys of changed rows that triggers noted down. Invariant: an entry is deleted after what
//! it led to is durable, by its number; no number is remembered as "read up to here", because numbers
//! become visible out of order.

use deadpool_postgres::ClientWrapper as Client;

use super::{DbError, answered, rows};
use crate::domain::SourceName;

/// Entries of one round.
pub(in crate::sync) const ROUND: usize = 500;

/// Keys that one round may lead to; beyond, reading everything is cheaper.
pub(in crate::sync) const FAN_OUT_MAX: usize = 50_000;

#[derive(Debug)]
pub(in crate::sync) struct OutboxEntry {
    pub(in crate::sync) number: i64,
    /// `schema.table`.
    pub(in crate::sync) table: String,
    /// `None`: all of them.
    pub(in crate::sync) key: Option<String>,
}

/// The oldest entries.
pub(in crate::sync) async fn oldest(
    client: &Client,
    source: &SourceName,
) -> Result<Vec<OutboxEntry>, DbError> {
    let sql = format!(
        "select seq, rel, key from search_sync.outbox where source = $1 order by seq limit {ROUND}"
    );
    let rows = rows(client, &sql, &[&source.as_str()]).await?;
    let read = rows.iter().map(|row| {
        Ok(OutboxEntry {
            number: row.try_get(0)?,
            table: row.try_get(1)?,
            key: row.try_get(2)?,
        })
    });
    read.collect()
}

pub(in crate::sync) async fn delete(client: &Client, numbers: &[i64]) -> Result<(), DbError> {
    let sql = "delete from search_sync.outbox where seq = any($1)";
    answered(client.execute(sql, &[&numbers])).await.map(drop)
}

/// How much waits, and for how long the oldest has.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sync) struct Backlog {
    pub(in crate::sync) entries: u64,
    pub(in crate::sync) lag_seconds: f64,
}

pub(in crate::sync) async fn backlog(
    client: &Client,
    source: &SourceName,
) -> Result<Backlog, DbError> {
    let sql = "select count(*), coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8 \
               from search_sync.outbox where source = $1";
    let row = answered(client.query_one(sql, &[&source.as_str()])).await?;
    let entries: i64 = row.try_get(0)?;
    Ok(Backlog {
        entries: entries.max(0) as u64,
        lag_seconds: row.try_get::<_, f64>(1)?.max(0.0),
    })
}

/// Keys of the source that depend on keys of another table: at most one more than
/// [`FAN_OUT_MAX`], so that too many can be told.
pub(in crate::sync) async fn affected(
    client: &Client,
    keys_sql: &str,
    changed: &[String],
) -> Result<Vec<String>, DbError> {
    let sql = format!(
        "select distinct a.k::text from (\n{keys_sql}\n) a(k) where a.k is not null limit {}",
        FAN_OUT_MAX + 1
    );
    let rows = rows(client, &sql, &[&changed]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
