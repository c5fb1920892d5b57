//! Jobs: queued, looked up, with what they refused.

use async_trait::async_trait;

use crate::domain::{Job, JobLook, JobNumber, JobRefusal, JobRequest, TrackerId};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::{jobs, store};
use crate::engine::{EngineError, Jobs};

#[async_trait]
impl Jobs for EmbeddedEngine {
    async fn submit_job(
        &self,
        site: &TrackerId,
        request: JobRequest,
    ) -> Result<JobNumber, EngineError> {
        jobs::submit(&self.catalog(site)?, request).await
    }

    async fn job(&self, site: &TrackerId, number: JobNumber) -> Result<Option<Job>, EngineError> {
        self.read_store(site, move |store| store::jobs::find(store, number))
            .await
    }

    async fn latest_jobs(
        &self,
        site: &TrackerId,
        limit: usize,
    ) -> Result<Vec<JobLook>, EngineError> {
        self.read_store(site, move |store| store::jobs::latest(store, limit))
            .await
    }

    async fn job_refusals(
        &self,
        site: &TrackerId,
        number: JobNumber,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        self.read_store(site, move |store| {
            store::jobs::refusals_after(store, number, after, limit)
        })
        .await
    }
}
