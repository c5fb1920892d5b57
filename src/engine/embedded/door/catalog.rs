//! Objects written and read: each method finds the catalog and hands over. Invariant: nothing here blocks an
//! async thread.

use async_trait::async_trait;

use crate::domain::{
    CommitOutcome, CommitPreview, Fingerprint, GenerationCommit, ObjectKey, ObjectPatch, Outcome,
    RefusedUpload, Scan, ScanPage, Scope, Submission, TrackerId,
};
use crate::engine::embedded::batch::{WriteBatch, prepare};
use crate::engine::embedded::catalog::{Input, Request, kept, submit};
use crate::engine::embedded::engine::EmbeddedEngine;
use crate::engine::embedded::read::listing;
use crate::engine::embedded::store;
use crate::engine::plan::Edit;
use crate::engine::{
    CatalogReads, CatalogWrites, EngineError, Extraction, Visibility, WriteReport,
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

    async fn note_refused_uploads(
        &self,
        site: &TrackerId,
        uploads: Vec<RefusedUpload>,
    ) -> Result<(), EngineError> {
        let catalog = self.catalog(site)?;
        let (request, promise) =
            Request::task_on(uploads, |batch: &mut WriteBatch<'_>, uploads| {
                batch.note_refused_uploads(&uploads)
            });
        submit(&catalog, request)?;
        kept(promise).await.map(|((), _)| ())
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

impl Input for Vec<RefusedUpload> {
    fn edits(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        let of_one = |upload: &RefusedUpload| {
            size_of::<RefusedUpload>()
                + upload.identity.as_str().len()
                + upload.generation.as_str().len()
        };
        self.iter().map(of_one).sum()
    }
}
