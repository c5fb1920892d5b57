//! The statements that are derived from the query of a source, which is wrapped and never read
//! (docs/reference/11-product-sync.md §3). Invariant: only the database compares keys; they come and go as
//! text, and `key` is always `t.key`: an output column of that name would be what `order by` means.

use deadpool_postgres::ClientWrapper as Client;
use tokio_postgres::Statement;
use tokio_postgres::types::Type;

use super::{DbError, RawRow, answered, rows, scalar};
use crate::config::product_sync::{KeyType, SourceSettings};

/// What the query returns, found out by preparing it.
#[derive(Clone, Debug)]
pub(in crate::sync) struct Shape {
    /// In the database's words.
    pub(in crate::sync) key_type: String,
    /// The table and the column that the key comes from as it is.
    pub(in crate::sync) key_column: Option<(u32, i16)>,
    /// Columns whose values are numbers, which JSON cannot always say.
    pub(in crate::sync) numbers: Vec<String>,
    /// Columns whose values are instants or days, which may be infinitely far.
    pub(in crate::sync) instants: Vec<String>,
    pub(in crate::sync) columns: Vec<String>,
}

impl Shape {
    pub(in crate::sync) async fn of(
        client: &Client,
        source: &SourceSettings,
    ) -> Result<Self, DbError> {
        let sql = format!("select * from (\n{}\n) t", source.query);
        let prepared = answered(client.prepare(&sql)).await?;
        Self::read(&prepared, source)
    }

    fn read(prepared: &Statement, source: &SourceSettings) -> Result<Self, DbError> {
        let columns = prepared.columns();
        let Some(key) = columns.iter().find(|column| column.name() == "key") else {
            return Err(DbError::Unfit(
                "the query returns no column `key`".to_owned(),
            ));
        };
        let key_type = match source.key_type {
            Some(KeyType::Int) => "integer",
            Some(KeyType::BigInt) => "bigint",
            Some(KeyType::Uuid) => "uuid",
            Some(KeyType::Text) => "text",
            None => key_type(key.type_()).ok_or_else(|| {
                let words = format!("`key` is of type `{}`", key.type_());
                DbError::Unfit(format!("{words}; int, bigint, uuid and text can be keys"))
            })?,
        };
        let of_types = |types: &[Type]| {
            let columns = columns
                .iter()
                .filter(|column| types.contains(column.type_()));
            columns.map(|column| column.name().to_owned()).collect()
        };
        Ok(Self {
            key_type: key_type.to_owned(),
            key_column: key.table_oid().zip(key.column_id()),
            numbers: of_types(&[Type::FLOAT4, Type::FLOAT8, Type::NUMERIC]),
            instants: of_types(&[Type::DATE, Type::TIMESTAMP, Type::TIMESTAMPTZ]),
            columns: columns
                .iter()
                .map(|column| column.name().to_owned())
                .collect(),
        })
    }
}

fn key_type(native: &Type) -> Option<&'static str> {
    Some(match *native {
        Type::INT2 => "smallint",
        Type::INT4 => "integer",
        Type::INT8 => "bigint",
        Type::UUID => "uuid",
        Type::TEXT => "text",
        Type::VARCHAR => "varchar",
        Type::BPCHAR => "bpchar",
        _ => return None,
    })
}

#[derive(Clone, Debug)]
pub(in crate::sync) struct Statements {
    query: String,
    key_type: String,
    deleted_column: Option<String>,
    watermark_column: String,
}

/// Where a poll by watermark is.
#[derive(Clone, Debug)]
pub(in crate::sync) struct WatermarkCursor {
    pub(in crate::sync) at: String,
    pub(in crate::sync) key: Option<String>,
}

impl Statements {
    pub(in crate::sync) fn new(source: &SourceSettings, shape: &Shape) -> Self {
        Self {
            query: source.query.clone(),
            key_type: shape.key_type.clone(),
            deleted_column: source.deleted_column.as_deref().map(quoted),
            watermark_column: quoted(source.watermark()),
        }
    }

    fn count_sql(&self) -> String {
        let live = self.is_live();
        let condition = live.map_or_else(String::new, |live| format!(" where {live}"));
        format!("select count(*) from (\n{}\n) t{condition}", self.query)
    }

    /// What is as good as deleted is left out.
    pub(in crate::sync) fn page_sql(&self, after_key: bool, what: &str, limit: usize) -> String {
        let Self { query, .. } = self;
        let mut conditions = Vec::new();
        if after_key {
            conditions.push(format!("t.key > $1::text::{}", self.key_type));
        }
        conditions.extend(self.is_live());
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!("where {} ", conditions.join(" and "))
        };
        format!(
            "select t.key::text as k{what} from (\n{query}\n) t {conditions}\
             order by t.key limit {limit}"
        )
    }

    pub(in crate::sync) fn reread_sql(&self) -> String {
        let Self {
            query, key_type, ..
        } = self;
        format!(
            "select t.key::text as k, row_to_json(t)::text as doc from (\n{query}\n) t \
             where t.key = any($1::text[]::{key_type}[])"
        )
    }

    fn watermark_sql(&self, has_key: bool, limit: usize) -> String {
        let Self {
            query,
            key_type,
            watermark_column: at,
            ..
        } = self;
        let after = if has_key {
            format!("(t.{at}, t.key) > ($1::text::timestamptz, $2::text::{key_type})")
        } else {
            format!("t.{at} >= $1::text::timestamptz")
        };
        format!(
            "select t.key::text as k, row_to_json(t)::text as doc, t.{at}::timestamptz::text as w \
             from (\n{query}\n) t where {after} order by t.{at}, t.key limit {limit}"
        )
    }

    fn is_live(&self) -> Option<String> {
        let deleted = self.deleted_column.as_ref();
        deleted.map(|column| format!("t.{column} is not true"))
    }

    pub(in crate::sync) async fn count(&self, client: &Client) -> Result<u64, DbError> {
        let count: i64 = scalar(client, &self.count_sql()).await?;
        Ok(count.max(0) as u64)
    }

    /// Rows behind a key, in the order of keys.
    pub(in crate::sync) async fn page(
        &self,
        client: &Client,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<RawRow>, DbError> {
        let sql = self.page_sql(after.is_some(), ", row_to_json(t)::text as doc", limit);
        let rows = match after {
            Some(key) => rows(client, &sql, &[&key]).await?,
            None => rows(client, &sql, &[]).await?,
        };
        RawRow::read_all(&rows)
    }

    /// The same without what the rows are.
    pub(in crate::sync) async fn keys(
        &self,
        client: &Client,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Option<String>>, DbError> {
        let sql = self.page_sql(after.is_some(), "", limit);
        let rows = match after {
            Some(key) => rows(client, &sql, &[&key]).await?,
            None => rows(client, &sql, &[]).await?,
        };
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The rows of these keys that there are.
    pub(in crate::sync) async fn reread(
        &self,
        client: &Client,
        keys: &[String],
    ) -> Result<Vec<RawRow>, DbError> {
        let rows = rows(client, &self.reread_sql(), &[&keys]).await?;
        RawRow::read_all(&rows)
    }

    /// Rows changed since a mark, oldest first, and the mark behind them.
    pub(in crate::sync) async fn changed_since(
        &self,
        client: &Client,
        mark: &WatermarkCursor,
        limit: usize,
    ) -> Result<(Vec<RawRow>, Option<WatermarkCursor>), DbError> {
        let sql = self.watermark_sql(mark.key.is_some(), limit);
        let rows = match &mark.key {
            Some(key) => rows(client, &sql, &[&mark.at, key]).await?,
            None => rows(client, &sql, &[&mark.at]).await?,
        };
        let next = match rows.last() {
            Some(last) if rows.len() == limit => Some(WatermarkCursor {
                at: last.try_get(2)?,
                key: last.try_get(0)?,
            }),
            _ => None,
        };
        Ok((RawRow::read_all(&rows)?, next))
    }
}

/// A name as SQL has it.
pub(in crate::sync) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL has it.
pub(in crate::sync) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
