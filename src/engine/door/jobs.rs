//! Work that is done after its request was answered.

use async_trait::async_trait;

use super::EngineError;
use crate::domain::{Job, JobLook, JobNumber, JobRefusal, JobRequest, TrackerId};

/// Durable jobs of a site.
#[async_trait]
pub trait Jobs: Send + Sync + 'static {
    /// Queues work that is done after this returns; what it returns is the job's number. The job is
    /// durable then: a restart goes on with it.
    async fn submit_job(
        &self,
        site: &TrackerId,
        request: JobRequest,
    ) -> Result<JobNumber, EngineError>;

    /// `None` for a number that was not given, or that was given long ago: jobs are forgotten seven
    /// days after their end.
    async fn job(&self, site: &TrackerId, number: JobNumber) -> Result<Option<Job>, EngineError>;

    /// The last jobs, the last first.
    async fn latest_jobs(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<Vec<JobLook>, EngineError>;

    /// What a job could not change: the refusals behind position `after`, in order, at most `limit`.
    async fn job_refusals(
        &self,
        site: &TrackerId,
        number: JobNumber,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JobRefusal>, EngineError>;
}
