//! How far each source has been read, and what it has marked. Invariant: what a source did not write, it does not
//! delete, unless it lies within its reach.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::head_row::Unfit;
use super::origin::OTHER;
use super::written_types::WrittenTypes;
use super::{StoreError, heads, sums};
use crate::domain::{Identity, Reach, SourceCommit, SourceName, SourceSurvey};
use crate::engine::embedded::ids::VersionId;

/// Adds what stores of earlier programs do not have.
pub(super) fn prepare(store: &Connection) -> Result<(), StoreError> {
    let has_origins = store
        .prepare("SELECT 1 FROM pragma_table_info('heads') WHERE name = 'row_key'")?
        .exists([])?;
    if !has_origins {
        store.execute_batch(
            "ALTER TABLE heads ADD COLUMN source TEXT;
             ALTER TABLE heads ADD COLUMN row_key TEXT;",
        )?;
    }
    store.execute_batch(
        "CREATE INDEX IF NOT EXISTS heads_by_row_key ON heads (source, row_key) WHERE row_key > '=';
         CREATE TABLE IF NOT EXISTS sources (
             source TEXT PRIMARY KEY,
             bookmark TEXT NOT NULL
         ) STRICT, WITHOUT ROWID;",
    )?;
    Ok(())
}

pub(in crate::engine::embedded) fn bookmark(
    store: &Connection,
    source: &SourceName,
) -> Result<Option<String>, StoreError> {
    let found = store
        .prepare_cached("SELECT bookmark, sum FROM sources WHERE source = ?1")?
        .query_row([source.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?))
        })
        .optional()?;
    let is_sound = |bookmark: &str, sum: Option<i64>| {
        sum.is_none_or(|sum| sum == i64::from(checksum(source, bookmark)))
    };
    Ok(found.and_then(|(bookmark, sum)| {
        if is_sound(&bookmark, sum) {
            return Some(bookmark);
        }
        // As one that was never read: reading all of it is right, whatever was read before.
        tracing::error!(
            source = source.as_str(),
            "the bookmark of a source is damaged"
        );
        None
    }))
}

fn checksum(source: &SourceName, bookmark: &str) -> u32 {
    sums::of(&[source.as_str().as_bytes(), bookmark.as_bytes()])
}

pub(in crate::engine::embedded) fn set_bookmark(
    store: &Connection,
    source: &SourceName,
    bookmark: &str,
) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "INSERT INTO sources (source, bookmark, sum) VALUES (?1, ?2, ?3) \
             ON CONFLICT (source) DO UPDATE SET bookmark = ?2, sum = ?3",
        )?
        .execute(params![
            source.as_str(),
            bookmark,
            checksum(source, bookmark)
        ])?;
    Ok(())
}

/// As if the source had never been read.
pub(in crate::engine::embedded) fn forget_bookmark(
    store: &Connection,
    source: &SourceName,
) -> Result<(), StoreError> {
    store
        .prepare_cached("DELETE FROM sources WHERE source = ?1")?
        .execute([source.as_str()])?;
    Ok(())
}

/// Objects that a row made under another name than its key.
pub(in crate::engine::embedded) fn named_otherwise(
    store: &Connection,
    source: &SourceName,
    key: &str,
) -> Result<Vec<Identity>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT identity FROM heads WHERE source = ?1 AND row_key = ?2 AND row_key > '='",
    )?;
    let mut rows = statement.query(params![source.as_str(), format!("{OTHER}{key}")])?;
    let mut identities = Vec::new();
    while let Some(row) = rows.next()? {
        identities.push(heads::identity(&row.get::<_, String>(0)?)?);
    }
    Ok(identities)
}

/// Which objects of a type a commit may delete, as SQL over `?1`, the source.
fn reach(commit: &SourceCommit) -> (String, Vec<Value>) {
    match &commit.reach {
        Reach::Own => ("source = ?1".to_owned(), Vec::new()),
        Reach::AllBut(others) => {
            let marks: Vec<String> = (0..others.len()).map(|at| format!("?{}", at + 4)).collect();
            let sql = format!("(source IS NULL OR source NOT IN ({}))", marks.join(", "));
            let names = others
                .iter()
                .map(|name| Value::from(name.as_str().to_owned()));
            (sql, names.collect())
        }
    }
}

/// `?1` the source, `?2` the generation, `?3` the type of its rows, then the other sources.
fn values(commit: &SourceCommit, others: Vec<Value>) -> Vec<Value> {
    let object_type = commit.object_type.as_ref();
    let object_type = object_type.map(|object_type| object_type.as_str().to_owned());
    let mut values = vec![
        Value::from(commit.source.as_str().to_owned()),
        Value::from(commit.generation.as_str().to_owned()),
        Value::from(object_type),
    ];
    values.extend(others);
    values
}

/// Counts objects of the types of the rows.
pub(in crate::engine::embedded) fn survey(
    store: &Connection,
    commit: &SourceCommit,
) -> Result<SourceSurvey, StoreError> {
    let (reach, others) = reach(commit);
    let mut statement = store.prepare(&format!(
        "SELECT count(*) FILTER (WHERE generation IS ?2), \
                count(*) FILTER (WHERE generation IS NOT ?2) \
         FROM heads WHERE {reach} AND (type = ?3 OR type IN \
             (SELECT DISTINCT type FROM heads WHERE source = ?1 AND row_key IS NOT NULL))"
    ))?;
    let survey = statement.query_row(params_from_iter(values(commit, others)), |row| {
        Ok(SourceSurvey {
            staying: row.get::<_, i64>(0)? as u64,
            leaving: row.get::<_, i64>(1)? as u64,
        })
    })?;
    Ok(survey)
}

/// Deletes what the source did not mark, and returns the versions: whatever came from it, and of the
/// types it did mark all that is within reach. What is unfit neither goes nor says what goes.
pub(super) fn delete_unmarked(
    store: &Connection,
    commit: &SourceCommit,
    unfit: &Unfit,
    types: &mut WrittenTypes,
) -> Result<Vec<VersionId>, StoreError> {
    let (reach, others) = reach(commit);
    let unfit = unfit.as_json();
    let fit = format!("first_seen NOT IN (SELECT value FROM json_each('{unfit}'))");
    let mut statement = store.prepare(&format!(
        "DELETE FROM heads WHERE generation IS NOT ?2 AND {fit} AND (source = ?1 OR ({reach} AND \
         (type = ?3 OR type IN \
             (SELECT DISTINCT type FROM heads WHERE source = ?1 AND generation = ?2 AND {fit})))) \
         RETURNING type, version"
    ))?;
    heads::deleted(
        statement.query(params_from_iter(values(commit, others)))?,
        types,
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use super::super::open::TABLES;
    use super::*;

    #[test]
    fn a_store_of_an_earlier_program_gets_what_it_lacks() {
        let store = Connection::open_in_memory().unwrap();
        store.execute_batch(TABLES).unwrap();
        store
            .execute_batch(
                "INSERT INTO heads VALUES (1, 'p1', 'product', NULL, 1, zeroblob(32), NULL, NULL)",
            )
            .unwrap();
        prepare(&store).unwrap();
        prepare(&store).unwrap();
        let identity = Identity::new("p1").unwrap();
        let columns = "SELECT source IS NULL AND row_key IS NULL FROM heads WHERE identity = ?1";
        let has_none: bool = store
            .query_row(columns, [identity.as_str()], |row| row.get(0))
            .unwrap();
        assert!(has_none);
        assert!(
            named_otherwise(&store, &SourceName::new("a").unwrap(), "1")
                .unwrap()
                .is_empty()
        );
    }
}
