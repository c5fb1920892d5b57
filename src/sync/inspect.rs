//! What is wrong with a source, and what to do about it, found out before anything runs. Invariant:
//! nothing is changed, in the database or in a catalog.

use deadpool_postgres::ClientWrapper as Client;

use super::database::{Database, DbError, Shape, Statements, answered, catalog};
use super::outbox::watched_tables;
use super::row::{ReadRow, RowReader};
use crate::config::product_sync::{AutoMode, SourceSettings};

/// Rows that are read and made into objects.
const SAMPLE: usize = 100;

/// Bad rows of the sample that are told.
const BAD_ROWS_TOLD: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Good,
    Warning,
    Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub words: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, severity: Severity, words: impl Into<String>) {
        let words = words.into();
        self.0.push(Finding { severity, words });
    }

    fn good(&mut self, words: impl Into<String>) {
        self.add(Severity::Good, words);
    }

    fn warning(&mut self, words: impl Into<String>) {
        self.add(Severity::Warning, words);
    }

    fn problem(&mut self, words: impl Into<String>) {
        self.add(Severity::Problem, words);
    }
}

/// Everything there is to say about a source, in the order it was found.
pub async fn inspect(source: &SourceSettings) -> Vec<Finding> {
    let mut findings = Findings::default();
    if let Err(error) = look(source, &mut findings).await {
        findings.problem(told(&error));
    }
    findings.0
}

async fn look(source: &SourceSettings, findings: &mut Findings) -> Result<(), DbError> {
    let database = Database::new(source)?;
    let reader = database.reader().await?;
    let role = catalog::current_role(&reader).await?;
    findings.good(format!("connected to {} as `{role}`", database.place()));
    let shape = match Shape::of(&reader, source).await {
        Ok(shape) => shape,
        Err(error) => {
            findings.problem(format!("query: {}", told(&error)));
            return Ok(());
        }
    };
    look_at_columns(source, &shape, findings);
    let statements = Statements::new(source, &shape);
    look_at_key(&reader, &shape, &statements, findings).await?;
    look_at_rows(&reader, source, &shape, &statements, findings).await;
    look_at_affects(&reader, source, findings).await;
    look_at_following(&reader, source, &shape, findings).await
}

fn told(error: &DbError) -> String {
    if error.is_missing_right() {
        format!("{error}: grant SELECT on what the query reads")
    } else {
        error.to_string()
    }
}

fn look_at_columns(source: &SourceSettings, shape: &Shape, findings: &mut Findings) {
    let has = |name: &str| shape.columns.iter().any(|column| column == name);
    findings.good(format!(
        "the query returns {} columns; `key` is {}",
        shape.columns.len(),
        shape.key_type
    ));
    if !has("title") && !has("fields") {
        findings.problem("no column `title`: every object needs one");
    }
    if source.object_type.is_none() && !has("type") {
        findings.problem("no column `type`, and the source sets none");
    }
    for (position, name) in shape.columns.iter().enumerate() {
        if shape.columns[..position].contains(name) {
            findings.problem(format!("two columns are called `{name}`"));
        }
    }
    if let Some(column) = &source.deleted_column
        && !has(column)
    {
        findings.problem(format!(
            "no column `{column}`, which `deleted_column` names"
        ));
    }
    let is_named = source.auto.is_none() && source.watermark_column.is_some();
    let column = source.watermark();
    if (is_named || source.auto == Some(AutoMode::Watermark)) && !has(column) {
        findings.problem(format!(
            "no column `{column}`, which `watermark_column` names"
        ));
    }
}

async fn look_at_key(
    client: &Client,
    shape: &Shape,
    statements: &Statements,
    findings: &mut Findings,
) -> Result<(), DbError> {
    let Some(column) = shape.key_column else {
        findings.warning(
            "`key` is no plain column of a table but an expression: no index can be used, every \
             page reads all rows, and `source install` does not know what to watch",
        );
        return Ok(());
    };
    let key = catalog::key_column(client, column).await?;
    let name = format!("{}.{}", key.watched.table_name(), key.watched.column);
    if !key.is_table {
        findings.warning(format!(
            "`key` comes from a view, `{name}`: watch the tables behind it with `affects`"
        ));
    } else if !key.is_indexed {
        findings.problem(format!(
            "no index on `{name}`: every page would sort all rows; create a unique one"
        ));
    } else if !key.is_unique {
        findings.problem(format!(
            "`{name}` has no unique index: rows may be left out"
        ));
    } else if !key.is_not_null {
        findings.warning(format!("`{name}` may be null: such rows are left out"));
    } else {
        findings.good(format!("`key` is `{name}`, unique and indexed"));
    }
    look_at_plan(client, statements, findings).await
}

/// Whether a page is found by the index.
async fn look_at_plan(
    client: &Client,
    statements: &Statements,
    findings: &mut Findings,
) -> Result<(), DbError> {
    let page = statements.page_sql(false, ", row_to_json(t)::text as doc", SAMPLE);
    match catalog::plan(client, &page).await {
        Ok(plan)
            if plan
                .iter()
                .any(|line| line.trim_start().starts_with("Sort Key: ")) =>
        {
            findings.warning(
                "the database has to sort all rows for a page: see `explain` of the query",
            );
        }
        // What the database refuses here is told where rows are read.
        Ok(_) | Err(DbError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

async fn look_at_rows(
    client: &Client,
    source: &SourceSettings,
    shape: &Shape,
    statements: &Statements,
    findings: &mut Findings,
) {
    let raw = match statements.page(client, None, SAMPLE).await {
        Ok(raw) => raw,
        Err(error) => {
            findings.problem(format!("rows: {}", told(&error)));
            return;
        }
    };
    let reader = RowReader::new(source, shape);
    let mut bad = Vec::new();
    let mut deleted = 0;
    for row in &raw {
        let key = row.key.as_deref().unwrap_or_default();
        match reader.read(key, &row.json, None) {
            Ok(ReadRow::Is(_)) => {}
            Ok(ReadRow::Deleted) => deleted += 1,
            Err(reason) => bad.push(format!("row `{key}`: {reason}")),
        }
    }
    let good = raw.len() - bad.len() - deleted;
    match (raw.len(), bad.len()) {
        (0, _) => findings.warning("the query returns no rows"),
        (read, 0) => findings.good(format!("{good} of the first {read} rows make objects")),
        (read, _) => {
            let words = format!("{} of the first {read} rows make no object", bad.len());
            findings.problem(words);
            for words in bad.iter().take(BAD_ROWS_TOLD) {
                findings.problem(words);
            }
        }
    }
}

async fn look_at_affects(client: &Client, source: &SourceSettings, findings: &mut Findings) {
    for other in &source.affects {
        let name = format!("{}.{}", other.schema, other.table);
        let none: Vec<String> = Vec::new();
        if let Err(error) = super::database::outbox::affected(client, &other.keys, &none).await {
            findings.problem(format!("affects `{name}`: {}", told(&error)));
        }
    }
}

async fn look_at_following(
    client: &Client,
    source: &SourceSettings,
    shape: &Shape,
    findings: &mut Findings,
) -> Result<(), DbError> {
    match source.auto {
        Some(AutoMode::Off) => findings.warning("changes are not followed: `auto` is \"off\""),
        Some(AutoMode::Compare) => findings.good(comparing(source)),
        Some(AutoMode::Watermark) => look_at_watermark(client, source, findings).await,
        Some(AutoMode::Outbox) => look_at_outbox(client, source, shape, findings).await?,
        None => {
            look_at_outbox(client, source, shape, findings).await?;
            let triggers = catalog::triggers(client, &source.name).await?;
            if source.watermark_column.is_some() && catalog::fingerprint(&triggers).is_none() {
                look_at_watermark(client, source, findings).await;
            }
        }
    }
    Ok(())
}

fn comparing(source: &SourceSettings) -> String {
    let hours = source.reconcile_every.as_secs() / 3_600;
    format!("changes are found by comparing all rows every {hours} h")
}

async fn look_at_watermark(client: &Client, source: &SourceSettings, findings: &mut Findings) {
    let column = super::database::quoted(source.watermark());
    let sql = format!(
        "select t.{column}::timestamptz from (\n{}\n) t where t.{column} >= now() limit 1",
        source.query
    );
    match answered(client.query(&sql, &[])).await {
        Ok(_) => findings.good(format!(
            "changes are followed by {column}; hard deletes by comparing keys"
        )),
        Err(error) => findings.problem(format!("watermark: {}", told(&error))),
    }
}

async fn look_at_outbox(
    client: &Client,
    source: &SourceSettings,
    shape: &Shape,
    findings: &mut Findings,
) -> Result<(), DbError> {
    let name = &source.name;
    let install = format!("`vetrina source install {name}` prints what is missing");
    let wanted = match watched_tables(client, source, shape).await {
        Ok(wanted) => wanted,
        Err(error) => {
            findings.problem(told(&error));
            return Ok(());
        }
    };
    let Some(rights) = catalog::outbox_rights(client).await? else {
        match source.auto {
            Some(_) => findings.problem(format!(
                "there is no outbox, so changes are not followed: {install}"
            )),
            None if source.watermark_column.is_some() => findings.warning(format!(
                "there is no outbox, so changes are followed by their time: {install}"
            )),
            None => {
                let words = comparing(source);
                findings.warning(format!("there is no outbox, so {words}: {install}"));
            }
        }
        return Ok(());
    };
    if !rights.may_enter || !rights.may_read || !rights.may_delete {
        findings.problem(
            "the outbox cannot be used: grant USAGE on schema search_sync, and SELECT, DELETE on \
             search_sync.outbox",
        );
    }
    let triggers = catalog::triggers(client, name).await?;
    for table in &wanted {
        let table_name = table.table_name();
        let of_table = triggers.iter().filter(|trigger| trigger.watched == *table);
        let enabled = of_table.filter(|trigger| trigger.is_enabled).count();
        if enabled < super::database::install::TRIGGERS_EACH {
            findings.problem(format!(
                "`{table_name}`: {enabled} of {} triggers note down changes of `{}`: {install}",
                super::database::install::TRIGGERS_EACH,
                table.column
            ));
        } else {
            findings.good(format!("changes of `{table_name}` are followed"));
        }
    }
    Ok(())
}
