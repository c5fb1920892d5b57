//! Jobs of a site as rows: what each is to do, how far it is, and what it could not change.
//! Invariant: a row that has an end has neither a matching set any more nor an open place in the
//! queue; numbers are never given twice.
//!
//! | table | content |
//! |---|---|
//! | `jobs` | one row a job, until it is forgotten |
//! | `job_pages` | objects an update has yet to change, by their place in the order of appearance |
//! | `job_refusals` | objects a job could not change, and why |

mod taken;

pub(in crate::engine::embedded) use taken::{last_number, number_behind, take};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{StoreError, codec};
use crate::domain::{
    Identity, Job, JobKind, JobLook, JobNumber, JobRefusal, JobRequest, JobStatus, Refusal,
    Timestamp,
};
use crate::engine::stats::JobStats;

/// Made when a store has none: stores of earlier programs have no jobs.
pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS jobs (
        -- AUTOINCREMENT: the number of a forgotten job is not given to another one.
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        request BLOB NOT NULL,
        started INTEGER NOT NULL DEFAULT 0,
        -- How many objects match, once that is settled.
        matched INTEGER,
        applied INTEGER NOT NULL DEFAULT 0,
        refused INTEGER NOT NULL DEFAULT 0,
        ended_at INTEGER,
        failure TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS jobs_open ON jobs (kind, number) WHERE ended_at IS NULL;
    CREATE INDEX IF NOT EXISTS jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS job_pages (
        job INTEGER NOT NULL,
        page INTEGER NOT NULL,
        objects BLOB NOT NULL,
        PRIMARY KEY (job, page)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS job_refusals (
        job INTEGER NOT NULL,
        position INTEGER NOT NULL,
        identity TEXT NOT NULL,
        refusal BLOB NOT NULL,
        PRIMARY KEY (job, position)
    ) STRICT, WITHOUT ROWID;
";

/// A job that has not ended.
#[derive(Debug)]
pub(in crate::engine::embedded) struct OpenJob {
    pub number: JobNumber,
    /// An error when this program cannot read what an other one wrote.
    pub request: Result<JobRequest, StoreError>,
    /// Whether its matching set is settled.
    pub is_settled: bool,
}

pub(in crate::engine::embedded) fn add(
    store: &Connection,
    request: &JobRequest,
) -> Result<JobNumber, StoreError> {
    store
        .prepare_cached("INSERT INTO jobs (kind, request) VALUES (?1, ?2)")?
        .execute(params![
            kind_name(request.kind()),
            codec::encode_request(request)
        ])?;
    Ok(JobNumber(store.last_insert_rowid() as u64))
}

/// How many jobs of the kind have not ended.
pub(in crate::engine::embedded) fn count_open(
    store: &Connection,
    kind: JobKind,
) -> Result<usize, StoreError> {
    let count: i64 = store
        .prepare_cached("SELECT count(*) FROM jobs WHERE kind = ?1 AND ended_at IS NULL")?
        .query_row([kind_name(kind)], |row| row.get(0))?;
    Ok(count as usize)
}

/// How many jobs are in each state.
pub(in crate::engine::embedded) fn by_state(store: &Connection) -> Result<JobStats, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT started, ended_at IS NOT NULL, failure IS NOT NULL, count(*) \
         FROM jobs GROUP BY 1, 2, 3",
    )?;
    let mut rows = statement.query([])?;
    let mut jobs = JobStats::default();
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(3)? as u64;
        let state: (bool, bool, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match state {
            (_, true, true) => jobs.failed += count,
            (_, true, false) => jobs.complete += count,
            (true, false, _) => jobs.running += count,
            (false, false, _) => jobs.queued += count,
        }
    }
    Ok(jobs)
}

/// The job of the kind whose turn it is.
pub(in crate::engine::embedded) fn first_open(
    store: &Connection,
    kind: JobKind,
) -> Result<Option<OpenJob>, StoreError> {
    let found = store
        .prepare_cached(
            "SELECT number, request, matched IS NOT NULL FROM jobs \
             WHERE kind = ?1 AND ended_at IS NULL ORDER BY number LIMIT 1",
        )?
        .query_row([kind_name(kind)], |row| {
            let request: Vec<u8> = row.get(1)?;
            Ok(OpenJob {
                number: JobNumber(row.get::<_, i64>(0)? as u64),
                request: codec::decode_request(kind, &request),
                is_settled: row.get(2)?,
            })
        })
        .optional()?;
    Ok(found)
}

pub(in crate::engine::embedded) fn find(
    store: &Connection,
    number: JobNumber,
) -> Result<Option<Job>, StoreError> {
    let Ok(sought) = i64::try_from(number.0) else {
        return Ok(None);
    };
    store
        .prepare_cached(
            "SELECT kind, started, ended_at IS NOT NULL, failure, applied, refused \
             FROM jobs WHERE number = ?1",
        )?
        .query_row([sought], |row| Ok(read_job(row, number)))
        .optional()?
        .transpose()
}

/// The last jobs, the last first.
pub(in crate::engine::embedded) fn latest(
    store: &Connection,
    limit: usize,
) -> Result<Vec<JobLook>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT kind, started, ended_at IS NOT NULL, failure, applied, refused, \
         number, matched, ended_at FROM jobs ORDER BY number DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([limit as i64])?;
    let mut latest = Vec::new();
    while let Some(row) = rows.next()? {
        let number = JobNumber(row.get::<_, i64>(6)? as u64);
        latest.push(JobLook {
            job: read_job(row, number)?,
            matched: row.get::<_, Option<i64>>(7)?.map(|matched| matched as u64),
            ended_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
        });
    }
    Ok(latest)
}

fn read_job(row: &Row<'_>, number: JobNumber) -> Result<Job, StoreError> {
    let kind: String = row.get(0)?;
    let kind = kind_from(&kind).ok_or_else(|| StoreError::Damaged(format!("job kind `{kind}`")))?;
    let (started, has_ended): (bool, bool) = (row.get(1)?, row.get(2)?);
    let failure: Option<String> = row.get(3)?;
    let status = match (has_ended, failure) {
        (true, Some(reason)) => JobStatus::Failed { reason },
        (true, None) => JobStatus::Complete,
        (false, _) if started => JobStatus::Running,
        (false, _) => JobStatus::Queued,
    };
    Ok(Job {
        number,
        kind,
        status,
        applied: row.get::<_, i64>(4)? as u64,
        refused: row.get::<_, i64>(5)? as u64,
    })
}

/// Begins a job, or begins it again: pages that an end of the server left incomplete go.
pub(in crate::engine::embedded) fn start(
    store: &Connection,
    number: JobNumber,
) -> Result<(), StoreError> {
    store
        .prepare_cached("UPDATE jobs SET started = 1 WHERE number = ?1")?
        .execute([number.0 as i64])?;
    delete_pages(store, number)
}

/// Adds objects to the matching set of a job, each page to be changed in one step.
pub(in crate::engine::embedded) fn add_page(
    store: &Connection,
    number: JobNumber,
    page: u64,
    objects: &[u64],
) -> Result<(), StoreError> {
    store
        .prepare_cached("INSERT INTO job_pages (job, page, objects) VALUES (?1, ?2, ?3)")?
        .execute(params![
            number.0 as i64,
            page as i64,
            codec::encode_ascending(objects)
        ])?;
    Ok(())
}

/// From here on the matching set is whole.
pub(in crate::engine::embedded) fn settle(
    store: &Connection,
    number: JobNumber,
    matched: u64,
) -> Result<(), StoreError> {
    store
        .prepare_cached("UPDATE jobs SET matched = ?2 WHERE number = ?1")?
        .execute([number.0 as i64, matched as i64])?;
    Ok(())
}

/// Takes the next page off the matching set; `None` when every object had its turn.
pub(in crate::engine::embedded) fn take_page(
    store: &Connection,
    number: JobNumber,
) -> Result<Option<Vec<u64>>, StoreError> {
    let objects: Option<Vec<u8>> = store
        .prepare_cached(
            "DELETE FROM job_pages WHERE job = ?1 AND page = \
             (SELECT min(page) FROM job_pages WHERE job = ?1) RETURNING objects",
        )?
        .query_row([number.0 as i64], |row| row.get(0))
        .optional()?;
    objects
        .map(|objects| {
            codec::decode_ascending(&objects)
                .ok_or_else(|| StoreError::Damaged(format!("matching set of job {number}")))
        })
        .transpose()
}

/// Counts what one step did, and keeps what it could not do.
pub(in crate::engine::embedded) fn advance(
    store: &Connection,
    number: JobNumber,
    applied: u64,
    refused: &[(Identity, Refusal)],
) -> Result<(), StoreError> {
    let before: i64 = store
        .prepare_cached(
            "UPDATE jobs SET applied = applied + ?2, refused = refused + ?3 WHERE number = ?1 \
             RETURNING refused - ?3",
        )?
        .query_row(
            params![number.0 as i64, applied as i64, refused.len() as i64],
            |row| row.get(0),
        )?;
    let mut insert = store.prepare_cached(
        "INSERT INTO job_refusals (job, position, identity, refusal) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, (identity, refusal)) in (before + 1..).zip(refused) {
        insert.execute(params![
            number.0 as i64,
            position,
            identity.as_str(),
            codec::encode_refusal(refusal)
        ])?;
    }
    Ok(())
}

/// Ends a job; with a reason when it could not run.
pub(in crate::engine::embedded) fn end(
    store: &Connection,
    number: JobNumber,
    at: Timestamp,
    failure: Option<&str>,
) -> Result<(), StoreError> {
    store
        .prepare_cached("UPDATE jobs SET ended_at = ?2, failure = ?3 WHERE number = ?1")?
        .execute(params![number.0 as i64, at.as_millis(), failure])?;
    delete_pages(store, number)
}

fn delete_pages(store: &Connection, number: JobNumber) -> Result<(), StoreError> {
    store
        .prepare_cached("DELETE FROM job_pages WHERE job = ?1")?
        .execute([number.0 as i64])?;
    Ok(())
}

/// Refusals of a job behind a position, in order, at most `limit`.
pub(in crate::engine::embedded) fn refusals_after(
    store: &Connection,
    number: JobNumber,
    position: u64,
    limit: usize,
) -> Result<Vec<JobRefusal>, StoreError> {
    let mut statement = store.prepare_cached(
        "SELECT position, identity, refusal FROM job_refusals \
         WHERE job = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
    )?;
    let mut rows = statement.query(params![number.0 as i64, position as i64, limit as i64])?;
    let mut refusals = Vec::new();
    while let Some(row) = rows.next()? {
        let identity: String = row.get(1)?;
        let refusal: Vec<u8> = row.get(2)?;
        refusals.push(JobRefusal {
            position: row.get::<_, i64>(0)? as u64,
            identity: Identity::new(&identity)
                .map_err(|_| StoreError::Damaged("refusal without an identity".into()))?,
            refusal: codec::decode_refusal(&refusal)?,
        });
    }
    Ok(refusals)
}

pub(in crate::engine::embedded) fn any_ended(
    store: &Connection,
    before: Timestamp,
) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT 1 FROM jobs WHERE ended_at < ?1 LIMIT 1")?
        .exists([before.as_millis()])?)
}

/// Forgets jobs that ended before the instant, at most `limit` rows at a time; how many it deleted.
/// The job goes after its refusals.
pub(in crate::engine::embedded) fn forget_ended(
    store: &Connection,
    before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let oldest: Option<i64> = store
        .prepare_cached("SELECT number FROM jobs WHERE ended_at < ?1 ORDER BY ended_at LIMIT 1")?
        .query_row([before.as_millis()], |row| row.get(0))
        .optional()?;
    let Some(number) = oldest else { return Ok(0) };
    let refusals = store
        .prepare_cached(
            "DELETE FROM job_refusals WHERE job = ?1 AND position IN \
             (SELECT position FROM job_refusals WHERE job = ?1 LIMIT ?2)",
        )?
        .execute(params![number, limit as i64])?;
    if refusals >= limit {
        return Ok(refusals);
    }
    let jobs = store
        .prepare_cached("DELETE FROM jobs WHERE number = ?1")?
        .execute([number])?;
    Ok(refusals + jobs)
}

fn kind_name(kind: JobKind) -> &'static str {
    match kind {
        JobKind::UpdateByQuery => "update_by_query",
    }
}

fn kind_from(name: &str) -> Option<JobKind> {
    JobKind::ALL
        .into_iter()
        .find(|&kind| kind_name(kind) == name)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;
