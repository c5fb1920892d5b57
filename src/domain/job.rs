//! Asynchronous work on one site: numbered, durable, asked about later
//! (docs/reference/03-update-by-query-and-generations.md §2). What a job does is the engine's matter; here is
//! what can be asked for and what can be known of it.

use std::fmt;

use super::batch::Refusal;
use super::identity::Identity;
use super::time::Timestamp;
use super::update::UpdateByQuery;

/// Number of a job within its site, from 1. Never given twice, also after the job is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobNumber(pub u64);

impl fmt::Display for JobNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Jobs of one kind run one after the other, in order of their numbers; kinds do not wait for each
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    UpdateByQuery,
}

impl JobKind {
    pub const ALL: [Self; 1] = [Self::UpdateByQuery];
}

/// What a job is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum JobRequest {
    UpdateByQuery(UpdateByQuery),
}

impl JobRequest {
    pub fn kind(&self) -> JobKind {
        match self {
            Self::UpdateByQuery(_) => JobKind::UpdateByQuery,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobStatus {
    Queued,
    Running,
    /// Every object had its turn, also when all of them were refused.
    Complete,
    /// The job itself could not run; the reason is a sentence for people.
    Failed {
        reason: String,
    },
}

/// A job as it stands. The counts grow while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub number: JobNumber,
    pub kind: JobKind,
    pub status: JobStatus,
    /// Objects it has changed.
    pub applied: u64,
    /// Objects it could not change; each has a [`JobRefusal`].
    pub refused: u64,
}

/// A job as people look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLook {
    pub job: Job,
    /// How many objects match, once that is settled.
    pub matched: Option<u64>,
    pub ended_at: Option<Timestamp>,
}

/// Why a job could not change one object.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRefusal {
    /// Counted from 1 within the job.
    pub position: u64,
    pub identity: Identity,
    pub refusal: Refusal,
}
