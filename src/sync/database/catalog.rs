//! What the database knows of itself: tables, indexes, triggers, rights. Only its system catalogs are
//! read, which everybody may.

use deadpool_postgres::ClientWrapper as Client;

use super::{DbError, answered, scalar};
use crate::domain::SourceName;

/// A column that triggers note down when a row changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sync) struct Watched {
    pub(in crate::sync) schema: String,
    pub(in crate::sync) table: String,
    pub(in crate::sync) column: String,
}

impl Watched {
    /// As the triggers name it.
    pub(in crate::sync) fn table_name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

/// Where the key of a source comes from.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing the database knows"
)]
#[derive(Clone, Debug)]
pub(in crate::sync) struct KeyColumn {
    pub(in crate::sync) watched: Watched,
    /// A table, and no view.
    pub(in crate::sync) is_table: bool,
    pub(in crate::sync) is_not_null: bool,
    pub(in crate::sync) is_unique: bool,
    pub(in crate::sync) is_indexed: bool,
}

pub(in crate::sync) async fn key_column(
    client: &Client,
    (table, column): (u32, i16),
) -> Result<KeyColumn, DbError> {
    let sql = "select n.nspname::text, c.relname::text, a.attname::text, c.relkind in ('r', 'p'), \
            a.attnotnull, \
            exists (select from pg_index i where i.indrelid = c.oid and i.indisvalid \
                and i.indpred is null and i.indisunique and i.indnkeyatts = 1 \
                and i.indkey[0] = a.attnum), \
            exists (select from pg_index i where i.indrelid = c.oid and i.indisvalid \
                and i.indpred is null and i.indkey[0] = a.attnum) \
        from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        join pg_attribute a on a.attrelid = c.oid \
        where c.oid = $1 and a.attnum = $2";
    let row = answered(client.query_one(sql, &[&table, &column])).await?;
    Ok(KeyColumn {
        watched: Watched {
            schema: row.try_get(0)?,
            table: row.try_get(1)?,
            column: row.try_get(2)?,
        },
        is_table: row.try_get(3)?,
        is_not_null: row.try_get(4)?,
        is_unique: row.try_get(5)?,
        is_indexed: row.try_get(6)?,
    })
}

/// The column of a table to watch: the one named, else its primary key.
pub(in crate::sync) async fn watched_column(
    client: &Client,
    schema: &str,
    table: &str,
    column: Option<&str>,
) -> Result<Watched, DbError> {
    let name = format!("{schema}.{table}");
    let sql = "select a.attname::text, \
            exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary \
                and i.indnkeyatts = 1 and i.indkey[0] = a.attnum) \
        from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
        where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')";
    let rows = answered(client.query(sql, &[&schema, &table])).await?;
    if rows.is_empty() {
        return Err(DbError::Unfit(format!("there is no table `{name}`")));
    }
    for row in &rows {
        let (found, is_primary): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
        if column.map_or(is_primary, |column| column == found) {
            return Ok(Watched {
                schema: schema.to_owned(),
                table: table.to_owned(),
                column: found,
            });
        }
    }
    Err(DbError::Unfit(match column {
        Some(column) => format!("table `{name}` has no column `{column}`"),
        None => format!(
            "table `{name}` has no primary key of one column: name a column, as in `{name} (id)`"
        ),
    }))
}

/// A trigger of the outbox.
#[derive(Clone, Debug)]
pub(in crate::sync) struct Trigger {
    /// Another one when it is made anew.
    number: u32,
    pub(in crate::sync) watched: Watched,
    pub(in crate::sync) name: String,
    pub(in crate::sync) is_enabled: bool,
}

/// The triggers that note down changes for a source.
pub(in crate::sync) async fn triggers(
    client: &Client,
    source: &SourceName,
) -> Result<Vec<Trigger>, DbError> {
    let sql = format!(
        "select n.nspname::text, c.relname::text, split_part(encode(t.tgargs, 'escape'), '\\000', 2), \
            t.tgname::text, t.tgenabled in ('O', 'A'), t.oid \
         {FROM_TRIGGERS} and split_part(encode(t.tgargs, 'escape'), '\\000', 1) = $1 \
         order by 1, 2, 4"
    );
    let rows = answered(client.query(&sql, &[&source.as_str()])).await?;
    let read = rows.iter().map(|row| {
        Ok(Trigger {
            watched: Watched {
                schema: row.try_get(0)?,
                table: row.try_get(1)?,
                column: row.try_get(2)?,
            },
            name: row.try_get(3)?,
            is_enabled: row.try_get(4)?,
            number: row.try_get(5)?,
        })
    });
    read.collect()
}

/// One word that stands for these triggers, as long as none comes, goes, or is made anew; `None` when
/// none of them works.
pub(in crate::sync) fn fingerprint(triggers: &[Trigger]) -> Option<String> {
    let mut numbers: Vec<u32> = triggers
        .iter()
        .filter(|trigger| trigger.is_enabled)
        .map(|trigger| trigger.number)
        .collect();
    numbers.sort_unstable();
    let hash = blake3::hash(format!("{numbers:?}").as_bytes());
    (!numbers.is_empty()).then(|| hash.to_hex()[..16].to_owned())
}

const FROM_TRIGGERS: &str = "from pg_trigger t join pg_class c on c.oid = t.tgrelid \
    join pg_namespace n on n.oid = c.relnamespace join pg_proc p on p.oid = t.tgfoid \
    join pg_namespace pn on pn.oid = p.pronamespace \
    where pn.nspname = 'search_sync' and p.proname = 'enqueue' and not t.tgisinternal";

/// Whether triggers note down changes for any other source.
pub(in crate::sync) async fn has_other_triggers(
    client: &Client,
    source: &SourceName,
) -> Result<bool, DbError> {
    let sql = format!(
        "select exists (select {FROM_TRIGGERS} \
         and split_part(encode(t.tgargs, 'escape'), '\\000', 1) <> $1)"
    );
    let row = answered(client.query_one(&sql, &[&source.as_str()])).await?;
    Ok(row.try_get(0)?)
}

/// What whoever is connected may do with the outbox; `None` when there is none.
#[derive(Clone, Copy, Debug)]
pub(in crate::sync) struct OutboxRights {
    pub(in crate::sync) may_enter: bool,
    pub(in crate::sync) may_read: bool,
    pub(in crate::sync) may_delete: bool,
}

pub(in crate::sync) async fn outbox_rights(
    client: &Client,
) -> Result<Option<OutboxRights>, DbError> {
    let sql = "select has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'), \
            has_table_privilege(c.oid, 'DELETE') \
        from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        where n.nspname = 'search_sync' and c.relname = 'outbox'";
    let Some(row) = answered(client.query_opt(sql, &[])).await? else {
        return Ok(None);
    };
    Ok(Some(OutboxRights {
        may_enter: row.try_get(0)?,
        may_read: row.try_get(1)?,
        may_delete: row.try_get(2)?,
    }))
}

pub(in crate::sync) async fn current_role(client: &Client) -> Result<String, DbError> {
    scalar(client, "select current_user::text").await
}

pub(in crate::sync) async fn now(client: &Client) -> Result<String, DbError> {
    scalar(client, "select clock_timestamp()::text").await
}

/// An instant of the database, some time before.
pub(in crate::sync) async fn earlier(
    client: &Client,
    instant: &str,
    by: std::time::Duration,
) -> Result<String, DbError> {
    let sql = "select ($1::text::timestamptz - make_interval(secs => $2))::text";
    let row = answered(client.query_one(sql, &[&instant, &by.as_secs_f64()])).await?;
    Ok(row.try_get(0)?)
}

/// How the database would run a statement if it did not sort where it need not, as the lines it prints.
pub(in crate::sync) async fn plan(client: &Client, sql: &str) -> Result<Vec<String>, DbError> {
    // On a small table it sorts whatever indexes there are.
    answered(client.batch_execute("begin; set local enable_sort = off")).await?;
    let rows = answered(client.query(&format!("explain {sql}"), &[])).await;
    answered(client.batch_execute("rollback")).await?;
    rows?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
