//! Objects, searches, jobs and sources: each method finds the catalog and hands over. Invariant: nothing
//! here blocks an async thread.

use async_trait::async_trait;

use super::sources;
use crate::domain::{
    CommitOutcome, CommitPreview, Fingerprint, GenerationCommit, Job, JobNumber, JobRefusal,
    JobRequest, ObjectKey, ObjectPatch, Outcome, Scan, ScanPage, Scope, SearchQuery, SearchResults,
    SourceCommit, SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, Submission, TrackerId,
    Turn,
};
use crate::engine::embedded::batch::prepare;
use crate::engine::embedded::catalog::{Request, kept, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::read::{Lane, listing, search};
use crate::engine::embedded::{jobs, store};
use crate::engine::plan::Edit;
use crate::engine::{
    CatalogReads, CatalogWrites, EngineError, Extraction, Jobs, RowsReport, Search, Sources,
    Visibility, WriteReport,
};

#[async_trait]
impl CatalogWrites for EmbeddedEngine {
    async fn replace(
        &self,
        site: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError> {
        let mut encoder = prepare::encoder();
        let known = self.fingerprints.clone();
        let is_read = |object: &&Submission| matches!(object, Submission::Read { .. });
        let to_encode = objects.iter().filter(is_read).count();
        let fingerprints: Vec<_> = objects.iter().map(Submission::fingerprint).collect();
        let report = self
            .edit(site, objects, to_encode, move |object| {
                prepare::replace(object, extraction, &mut encoder, &known)
            })
            .await?;
        for (fingerprint, outcome) in fingerprints.into_iter().zip(&report.outcomes) {
            if let (Some(fingerprint), Outcome::AppliedWith(_)) = (fingerprint, outcome) {
                self.fingerprints.forget(fingerprint, extraction);
            }
        }
        Ok(report)
    }

    fn remembers(&self, fingerprint: Fingerprint, extraction: Extraction) -> bool {
        self.fingerprints.holds(fingerprint, extraction)
    }

    async fn patch(
        &self,
        site: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError> {
        self.edit(site, patches, 0, |patch| Edit::Patch(Box::new(patch)))
            .await
    }

    async fn delete(
        &self,
        site: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError> {
        self.edit(site, keys, 0, Edit::Delete).await
    }

    async fn commit_generation(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        let catalog = self.catalog(site)?;
        let (request, promise) = Request::task(move |batch| batch.commit_generation(&commit));
        submit(&catalog, request)?;
        let (outcome, sequence) = kept(promise).await?;
        catalog.wait_visible(sequence).await?;
        Ok(outcome)
    }

    async fn wait_visible(
        &self,
        site: &TrackerId,
        visibility: Visibility,
    ) -> Result<(), EngineError> {
        let catalog = self.catalog(site)?;
        catalog.wait_visible(visibility.into()).await
    }
}

#[async_trait]
impl Search for EmbeddedEngine {
    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        let catalog = self.catalog(site)?;
        let cache = self.cache.clone();
        let client = query.asker.client.map(Lane::Client);
        let lane = client.unwrap_or_else(|| Lane::Site(site.clone()));
        let work_done = query.asker.work_done;
        let work = move |effort: &_| search::search(&catalog, &cache, &query, effort);
        let found = self.searches.run_with_place(lane, work_done, work).await;
        found.map(|(results, place)| SearchResults {
            turn: Turn::new(place),
            ..results
        })
    }
}

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

#[async_trait]
impl CatalogReads for EmbeddedEngine {
    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError> {
        let named = site.clone();
        self.read_store(site, move |store| listing::page(store, &named, &scan))
            .await
    }

    async fn preview_commit(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        self.read_store(site, move |store| store::preview::of_commit(store, &commit))
            .await
    }

    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError> {
        self.read_store(site, move |store| store::listing::count(store, &scope))
            .await
    }
}

#[async_trait]
impl Sources for EmbeddedEngine {
    async fn write_rows(
        &self,
        site: &TrackerId,
        rows: SourceRows,
    ) -> Result<RowsReport, EngineError> {
        sources::write(self, site, rows).await
    }

    async fn bookmark(
        &self,
        site: &TrackerId,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        sources::bookmark(self, site, source.clone()).await
    }

    async fn survey_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        sources::survey(self, site, commit).await
    }

    async fn commit_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        sources::commit(self, site, commit).await
    }
}
