//! The database of one source, and all SQL of product sync. Invariant: what reads rows runs in
//! read-only transactions; the one thing ever written is the outbox, from which rows are deleted.
//!
//! | file | for |
//! |---|---|
//! | `connect` | connection string, TLS, connections of a pool |
//! | `session` | the one connection that listens and holds the lock |
//! | `statements` | the statements that are derived from the query of a source |
//! | `outbox` | changed keys that triggers noted down |
//! | `install` | the tables and triggers of the outbox, as SQL |
//! | `catalog` | what the database knows about tables, indexes and rights |
//! | `error` | what can go wrong, and whether trying again may help |

pub(super) mod catalog;
mod connect;
mod error;
pub(super) mod install;
pub(super) mod outbox;
mod session;
mod statements;

use std::time::Duration;

use deadpool_postgres::ClientWrapper as Client;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

pub(super) use connect::Database;
pub(super) use error::DbError;
pub(super) use session::Session;
pub(super) use statements::{Shape, Statements, WatermarkCursor, quoted};

/// The database ends a statement after 30 s by itself; this is for one that does not answer at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(40);

/// Waits for an answer, within reason.
pub(super) async fn answered<T, E: Into<DbError>>(
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, DbError> {
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(DbError::Silent),
    }
}

/// Runs a statement that is run again and again.
async fn rows(
    client: &Client,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, DbError> {
    answered(async {
        let statement = client.prepare_cached(sql).await?;
        client.query(&statement, parameters).await
    })
    .await
}

/// One row of a source, as JSON.
#[derive(Debug)]
pub(super) struct RawRow {
    /// `None` where the query breaks its promise.
    pub(super) key: Option<String>,
    pub(super) json: String,
}

impl RawRow {
    fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            key: row.try_get(0)?,
            json: row.try_get(1)?,
        })
    }

    fn read_all(rows: &[Row]) -> Result<Vec<Self>, DbError> {
        rows.iter().map(Self::read).collect()
    }
}

/// The first column of the first row.
async fn scalar<T>(client: &Client, sql: &str) -> Result<T, DbError>
where
    T: for<'r> tokio_postgres::types::FromSql<'r>,
{
    let row = answered(client.query_one(sql, &[])).await?;
    Ok(row.try_get(0)?)
}
