//! Objects whose newest upload was refused, for commits that keep them (docs/reference/03-update-by-query-and-generations.md
//! §5). Invariant: a row stands for an object that is there, and is written and deleted in the transaction that decides
//! over it; a program that does not know the table leaves it as it is, which keeps an object too long at worst.
//!
//! An object that is refused keeps what was taken out of it, too: those rows name it.

use rusqlite::{Connection, params};

use super::StoreError;
use crate::domain::{Generation, GenerationCommit, Identity, KeptRefused};

pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS refused_uploads (
        identity TEXT NOT NULL,
        -- The object that was refused: itself, or one that it was nested in.
        refused TEXT NOT NULL,
        generation TEXT NOT NULL,
        PRIMARY KEY (identity, refused)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS refused_uploads_by_refused ON refused_uploads (refused);
";

/// Objects of the type that a commit keeps although the upload did not mark them: `?1` the type, `?2` the generation.
pub(super) const KEPT: &str = "SELECT identity FROM refused_uploads WHERE generation = ?2";

pub(in crate::engine::embedded) fn any(store: &Connection) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM refused_uploads LIMIT 1")?
        .exists([])?)
}

/// Notes that the newest upload of an object, which is there, was refused.
pub(in crate::engine::embedded) fn note(
    store: &Connection,
    identity: &Identity,
    refused: &Identity,
    generation: &Generation,
) -> Result<(), StoreError> {
    store
        .prepare_cached("INSERT OR REPLACE INTO refused_uploads VALUES (?1, ?2, ?3)")?
        .execute(params![
            identity.as_str(),
            refused.as_str(),
            generation.as_str()
        ])?;
    Ok(())
}

/// What is noted of an object: what was refused, and the upload.
pub(in crate::engine::embedded) fn of(
    store: &Connection,
    identity: &Identity,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT refused, generation FROM refused_uploads WHERE identity = ?1 ORDER BY refused",
    )?;
    let noted = statement.query_map([identity.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(noted.collect::<Result<_, _>>()?)
}

/// The newest upload of the object was taken, or the object is gone.
pub(in crate::engine::embedded) fn forget(
    store: &Connection,
    identity: &Identity,
) -> Result<(), StoreError> {
    store
        .prepare_cached("DELETE FROM refused_uploads WHERE identity = ?1")?
        .execute([identity.as_str()])?;
    Ok(())
}

/// What was noted because this object was refused.
pub(in crate::engine::embedded) fn forget_noted_for(
    store: &Connection,
    refused: &Identity,
) -> Result<(), StoreError> {
    store
        .prepare_cached("DELETE FROM refused_uploads WHERE refused = ?1")?
        .execute([refused.as_str()])?;
    Ok(())
}

/// Many objects went at once.
pub(in crate::engine::embedded) fn forget_gone(store: &Connection) -> Result<(), StoreError> {
    store
        .prepare_cached(
            "DELETE FROM refused_uploads WHERE identity NOT IN (SELECT identity FROM heads)
               OR refused NOT IN (SELECT identity FROM heads)",
        )?
        .execute([])?;
    Ok(())
}

/// What the commit keeps.
pub(in crate::engine::embedded) fn kept(
    store: &Connection,
    commit: &GenerationCommit,
) -> Result<KeptRefused, StoreError> {
    if !commit.keeps_refused {
        return Ok(KeptRefused::default());
    }
    let values = [commit.object_type.as_str(), commit.generation.as_str()];
    let condition = format!("type = ?1 AND generation IS NOT ?2 AND identity IN ({KEPT})");
    let count: i64 = store
        .prepare(&format!("SELECT count(*) FROM heads WHERE {condition}"))?
        .query_row(values, |row| row.get(0))?;
    let limit = KeptRefused::NAMED_MAX;
    let mut statement = store.prepare(&format!(
        "SELECT identity FROM heads WHERE {condition} ORDER BY first_seen LIMIT {limit}"
    ))?;
    let mut rows = statement.query(values)?;
    let mut named = Vec::new();
    while let Some(row) = rows.next()? {
        let identity = Identity::new(&row.get::<_, String>(0)?);
        let damaged = |_| StoreError::Damaged("head without an identity".into());
        named.push(identity.map_err(damaged)?);
    }
    Ok(KeptRefused {
        count: count as u64,
        named,
    })
}
