//! What a commit would do, without doing it. Invariant: it tells the heads that the commit would delete at this
//! moment, so what is unfit is not among them.

use rusqlite::params;

use super::{Reader, StoreError, head_row, heads, refused_uploads};
use crate::domain::{CommitPreview, GenerationCommit, Identity};

/// `None` where the commit would be refused.
pub(in crate::engine::embedded) fn of_commit(
    store: &Reader,
    commit: &GenerationCommit,
) -> Result<Option<CommitPreview>, StoreError> {
    let snapshot = store.snapshot()?;
    let (object_type, generation) = (&commit.object_type, &commit.generation);
    if commit.must_exist && !heads::has_generation(&snapshot, object_type, generation)? {
        return Ok(None);
    }
    let unfit = head_row::find_unfit(&snapshot, store.damaged())?;
    let but_kept = heads::but_kept(commit);
    let condition = format!(
        "type = ?1 AND generation IS NOT ?2{but_kept} \
         AND first_seen NOT IN (SELECT value FROM json_each(?3))"
    );
    let values = params![object_type.as_str(), generation.as_str(), unfit.as_json()];
    let count: i64 = snapshot.query_row(
        &format!("SELECT count(*) FROM heads WHERE {condition}"),
        values,
        |row| row.get(0),
    )?;
    let limit = CommitPreview::SAMPLE_MAX;
    let mut statement = snapshot.prepare(&format!(
        "SELECT identity FROM heads WHERE {condition} ORDER BY first_seen LIMIT {limit}"
    ))?;
    let identities = statement.query_map(values, |row| row.get::<_, String>(0))?;
    let mut sample = Vec::new();
    for identity in identities {
        sample.extend(Identity::new(&identity?));
    }
    let survey = heads::survey_generation(&snapshot, commit)?;
    Ok(Some(CommitPreview {
        count: count as u64,
        is_guarded: commit.is_guarded(survey),
        sample,
        kept: refused_uploads::kept(&snapshot, commit)?,
    }))
}
