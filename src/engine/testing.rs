//! A backend that does nothing, for tests that need only a part of the door.

use std::sync::Arc;

use async_trait::async_trait;

use super::stats::EngineStats;
use super::{
    CatalogReads, CatalogWrites, Engine, EngineError, Extraction, Inspection, Jobs, Lifecycle,
    Readiness, Refusals, Search, Visibility, WriteReport,
};
use crate::domain::{
    CommitOutcome, CommitPreview, Fingerprint, GenerationCommit, Identity, Inspected, Job, JobLook,
    JobNumber, JobRefusal, JobRequest, ObjectKey, ObjectPatch, ObjectType, RefusedList,
    RefusedOfRequest, RefusedUpload, Sample, Scan, ScanPage, Scope, SearchQuery, SearchResults,
    Site, Submission, Survey, TrackerId,
};

/// Nothing of it may be asked.
pub(crate) fn engine_of_nothing() -> Engine {
    let nothing = Arc::new(Nothing);
    Engine {
        writes: Arc::clone(&nothing) as _,
        reads: Arc::clone(&nothing) as _,
        inspection: Arc::clone(&nothing) as _,
        refusals: Arc::clone(&nothing) as _,
        search: Arc::clone(&nothing) as _,
        jobs: Arc::clone(&nothing) as _,
        lifecycle: nothing,
        sources: None,
        documents: None,
        events: None,
        files: None,
        affinities: None,
    }
}

struct Nothing;

#[async_trait]
impl CatalogWrites for Nothing {
    async fn replace(
        &self,
        _: &TrackerId,
        _: Vec<Submission>,
        _: Extraction,
    ) -> Result<WriteReport, EngineError> {
        unreachable!("nothing is written")
    }

    fn remembers(&self, _: Fingerprint, _: Extraction) -> bool {
        false
    }

    async fn patch(&self, _: &TrackerId, _: Vec<ObjectPatch>) -> Result<WriteReport, EngineError> {
        unreachable!("nothing is written")
    }

    async fn delete(&self, _: &TrackerId, _: Vec<ObjectKey>) -> Result<WriteReport, EngineError> {
        unreachable!("nothing is written")
    }

    async fn note_refused_uploads(
        &self,
        _: &TrackerId,
        _: Vec<RefusedUpload>,
    ) -> Result<(), EngineError> {
        unreachable!("nothing is written")
    }

    async fn commit_generation(
        &self,
        _: &TrackerId,
        _: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        unreachable!("nothing is written")
    }

    async fn wait_visible(&self, _: &TrackerId, _: Visibility) -> Result<(), EngineError> {
        unreachable!("nothing is written")
    }
}

#[async_trait]
impl CatalogReads for Nothing {
    async fn scan(&self, _: &TrackerId, _: Scan) -> Result<ScanPage, EngineError> {
        unreachable!("nothing is listed")
    }

    async fn preview_commit(
        &self,
        _: &TrackerId,
        _: GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        unreachable!("nothing is listed")
    }

    async fn count(&self, _: &TrackerId, _: Scope) -> Result<u64, EngineError> {
        unreachable!("nothing is listed")
    }
}

#[async_trait]
impl Inspection for Nothing {
    async fn survey(&self, _: &TrackerId) -> Result<Survey, EngineError> {
        unreachable!("nothing is looked into")
    }

    async fn sample(&self, _: &TrackerId, _: ObjectType, _: usize) -> Result<Sample, EngineError> {
        unreachable!("nothing is looked into")
    }

    async fn inspect(&self, _: &TrackerId, _: Identity) -> Result<Option<Inspected>, EngineError> {
        unreachable!("nothing is looked into")
    }
}

#[async_trait]
impl Refusals for Nothing {
    fn note_refused(&self, _: &TrackerId, _: RefusedOfRequest) {}

    async fn refused_lately(&self, _: &TrackerId, _: usize) -> Result<RefusedList, EngineError> {
        unreachable!("nothing is listed")
    }
}

#[async_trait]
impl Search for Nothing {
    async fn search(&self, _: &TrackerId, _: SearchQuery) -> Result<SearchResults, EngineError> {
        unreachable!("nothing is searched")
    }
}

#[async_trait]
impl Jobs for Nothing {
    async fn submit_job(&self, _: &TrackerId, _: JobRequest) -> Result<JobNumber, EngineError> {
        unreachable!("there are no jobs")
    }

    async fn job(&self, _: &TrackerId, _: JobNumber) -> Result<Option<Job>, EngineError> {
        unreachable!("there are no jobs")
    }

    async fn latest_jobs(&self, _: &TrackerId, _: usize) -> Result<Vec<JobLook>, EngineError> {
        unreachable!("there are no jobs")
    }

    async fn job_refusals(
        &self,
        _: &TrackerId,
        _: JobNumber,
        _: u64,
        _: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        unreachable!("there are no jobs")
    }
}

#[async_trait]
impl Lifecycle for Nothing {
    async fn open_site(&self, _: Site) {}

    async fn close_site(&self, _: &TrackerId) {}

    fn readiness(&self) -> Readiness {
        Readiness::default()
    }

    async fn stats(&self, _: usize) -> EngineStats {
        EngineStats::default()
    }

    async fn rebuild_index(&self, _: &TrackerId) -> Result<bool, EngineError> {
        unreachable!("there is no index")
    }

    async fn close(&self) {}
}
