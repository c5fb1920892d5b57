//! An engine that answers every search as it is told.

use std::sync::Mutex;

use async_trait::async_trait;

use crate::domain::{
    CommitOutcome, GenerationCommit, Job, JobNumber, JobRefusal, JobRequest, ObjectKey,
    ObjectPatch, Scan, ScanPage, Scope, SearchQuery, SearchResults, Site, Submission, TrackerId,
};
use crate::engine::{Engine, EngineError, Extraction, Readiness, Sequence, WriteReport};

pub(super) type Answer = Box<dyn Fn() -> Option<Result<SearchResults, EngineError>> + Send + Sync>;

/// Answers every search alike, or never when told nothing; keeps the last query. Is not written to.
pub(super) struct FakeEngine {
    pub(super) answer: Answer,
    pub(super) asked: Mutex<Option<SearchQuery>>,
}

#[async_trait]
impl Engine for FakeEngine {
    async fn search(
        &self,
        _site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        *self.asked.lock().expect("no test panics with it") = Some(query);
        match (self.answer)() {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    async fn replace(
        &self,
        _site: &TrackerId,
        _objects: Vec<Submission>,
        _extraction: Extraction,
    ) -> Result<WriteReport, EngineError> {
        unreachable!("a search writes nothing")
    }

    async fn patch(
        &self,
        _site: &TrackerId,
        _patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError> {
        unreachable!("a search writes nothing")
    }

    async fn delete(
        &self,
        _site: &TrackerId,
        _keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError> {
        unreachable!("a search writes nothing")
    }

    async fn commit_generation(
        &self,
        _site: &TrackerId,
        _commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        unreachable!("a search writes nothing")
    }

    async fn wait_visible(&self, _site: &TrackerId, _at: Sequence) -> Result<(), EngineError> {
        unreachable!("a search writes nothing")
    }

    async fn submit_job(&self, _: &TrackerId, _: JobRequest) -> Result<JobNumber, EngineError> {
        unreachable!("a search has no jobs")
    }

    async fn job(&self, _: &TrackerId, _: JobNumber) -> Result<Option<Job>, EngineError> {
        unreachable!("a search has no jobs")
    }

    async fn job_refusals(
        &self,
        _: &TrackerId,
        _: JobNumber,
        _: u64,
        _: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        unreachable!("a search has no jobs")
    }

    async fn scan(&self, _: &TrackerId, _: Scan) -> Result<ScanPage, EngineError> {
        unreachable!("a search lists nothing")
    }

    async fn count(&self, _: &TrackerId, _: Scope) -> Result<u64, EngineError> {
        unreachable!("a search lists nothing")
    }

    async fn open_site(&self, _: Site) {}

    async fn close_site(&self, _: &TrackerId) {}

    fn readiness(&self) -> Readiness {
        Readiness::default()
    }

    async fn close(&self) {}
}
