//! The outbox of a source, for people: the SQL that makes it, and how it stands.

use deadpool_postgres::ClientWrapper as Client;

use super::database::{Database, DbError, Shape, answered, catalog, install, outbox};
use crate::config::Secret;
use crate::config::product_sync::SourceSettings;
use catalog::Watched;

/// What failed, in words for people.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OutboxError(#[from] DbError);

/// Tables whose changes concern a source: that of its key, and those of `affects`.
pub(super) async fn watched_tables(
    client: &Client,
    source: &SourceSettings,
    shape: &Shape,
) -> Result<Vec<Watched>, DbError> {
    let mut tables = Vec::new();
    if let Some(column) = shape.key_column {
        let key = catalog::key_column(client, column).await?;
        if key.is_table {
            tables.push(key.watched);
        }
    }
    for other in &source.affects {
        let column = other.column.as_deref();
        let (schema, table) = (other.schema.as_str(), other.table.as_str());
        let watched = catalog::watched_column(client, schema, table, column).await?;
        tables.retain(|known| known.table_name() != watched.table_name());
        tables.push(watched);
    }
    if tables.is_empty() {
        return Err(DbError::Unfit(
            "`key` is no column of a table: name the tables to watch in `affects`".to_owned(),
        ));
    }
    Ok(tables)
}

/// The SQL that has changes noted down for a source. Its role is given what it needs.
pub async fn install_sql(source: &SourceSettings) -> Result<String, OutboxError> {
    let client = Database::new(source)?.client().await?;
    let shape = Shape::of(&client, source).await?;
    let tables = watched_tables(&client, source, &shape).await?;
    let role = catalog::current_role(&client).await?;
    Ok(install::install(&source.name, &tables, &role))
}

/// The SQL that takes the triggers of a source away, and the outbox with the last of them.
pub async fn uninstall_sql(source: &SourceSettings) -> Result<String, OutboxError> {
    let client = Database::new(source)?.client().await?;
    let triggers = catalog::triggers(&client, &source.name).await?;
    let is_last = !catalog::has_other_triggers(&client, &source.name).await?;
    let exists = catalog::outbox_rights(&client).await?.is_some();
    if triggers.is_empty() && !exists {
        return Ok(String::new());
    }
    Ok(install::uninstall(&source.name, &triggers, is_last))
}

/// Runs all of it, or nothing, as the role of another connection string or of the source.
pub async fn apply(
    source: &SourceSettings,
    dsn: Option<Secret<String>>,
    sql: &str,
) -> Result<(), OutboxError> {
    let mut settings = source.clone();
    if let Some(dsn) = dsn {
        settings.dsn = dsn;
    }
    let client = Database::new(&settings)?.client().await?;
    let all = format!("begin;\n{sql}\ncommit;");
    answered(client.batch_execute(&all)).await?;
    Ok(())
}

/// How the outbox of a source stands.
#[derive(Clone, Debug)]
pub struct OutboxReport {
    /// A table, a trigger on it, and whether it works.
    pub triggers: Vec<(String, String, bool)>,
    /// Entries that wait and how long the oldest has, in seconds; `None` without an outbox.
    pub backlog: Option<(u64, f64)>,
}

pub async fn outbox_report(source: &SourceSettings) -> Result<OutboxReport, OutboxError> {
    let client = Database::new(source)?.client().await?;
    let triggers = catalog::triggers(&client, &source.name).await?;
    let mut backlog = None;
    if catalog::outbox_rights(&client).await?.is_some() {
        let found = outbox::backlog(&client, &source.name).await?;
        backlog = Some((found.entries, found.lag_seconds));
    }
    let line = |trigger: catalog::Trigger| {
        (
            trigger.watched.table_name(),
            trigger.name,
            trigger.is_enabled,
        )
    };
    Ok(OutboxReport {
        triggers: triggers.into_iter().map(line).collect(),
        backlog,
    })
}
