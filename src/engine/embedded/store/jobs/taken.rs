//! Jobs that have ended in another catalog, and came from there. Invariant: no number is given that was given there.

use rusqlite::{Connection, OptionalExtension, params};

use super::kind_name;
use crate::domain::{JobLook, JobRefusal, JobStatus, Timestamp};
use crate::engine::embedded::store::{StoreError, codec};

/// The last number that was given.
pub(in crate::engine::embedded) fn last_number(store: &Connection) -> Result<u64, StoreError> {
    let last: Option<i64> = store
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or_default() as u64)
}

/// Gives no job a number up to this one.
pub(in crate::engine::embedded) fn number_behind(
    store: &Connection,
    number: u64,
) -> Result<(), StoreError> {
    if last_number(store)? >= number {
        return Ok(());
    }
    store.execute("DELETE FROM sqlite_sequence WHERE name = 'jobs'", [])?;
    store.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?1)",
        [number as i64],
    )?;
    Ok(())
}

/// Keeps a job of another catalog that has ended there: nobody asks any more what it was to do.
pub(in crate::engine::embedded) fn take(
    store: &Connection,
    look: &JobLook,
    refusals: &[JobRefusal],
) -> Result<(), StoreError> {
    let number = look.job.number.0 as i64;
    let failure = match &look.job.status {
        JobStatus::Failed { reason } => Some(reason.as_str()),
        _ => None,
    };
    store
        .prepare_cached(
            "INSERT OR REPLACE INTO jobs \
             (number, kind, request, started, matched, applied, refused, ended_at, failure) \
             VALUES (?1, ?2, x'', 1, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            number,
            kind_name(look.job.kind),
            look.matched.map(|matched| matched as i64),
            look.job.applied as i64,
            look.job.refused as i64,
            look.ended_at.map(Timestamp::as_millis),
            failure,
        ])?;
    store
        .prepare_cached("DELETE FROM job_refusals WHERE job = ?1")?
        .execute([number])?;
    let mut insert = store.prepare_cached(
        "INSERT INTO job_refusals (job, position, identity, refusal) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for refusal in refusals {
        insert.execute(params![
            number,
            refusal.position as i64,
            refusal.identity.as_str(),
            codec::encode_refusal(&refusal.refusal)
        ])?;
    }
    Ok(())
}
