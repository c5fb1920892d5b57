//! The doors that this backend has. Invariant: each method asks one site, or knows none of that name.

use std::sync::Arc;

use async_trait::async_trait;

use super::OpenSearchCatalogs;
use super::search::CAPABILITIES;
use super::site::{Done, OpenSite, Work, mixed_up};
use crate::domain::{
    CommitOutcome, CommitPreview, Fingerprint, GenerationCommit, Identity, Inspected, ObjectKey,
    ObjectPatch, ObjectType, Refusal, RefusedUpload, Sample, Scan, ScanPage, Scope, SearchQuery,
    SearchResults, Submission, Survey, TrackerId,
};
use crate::engine::codec;
use crate::engine::plan::{Edit, Element, Encoder};
use crate::engine::{
    CatalogReads, CatalogWrites, EngineError, Extraction, Inspection, Search, SearchCapabilities,
    Visibility, WriteReport,
};

/// What an edit takes beside the object that it brings.
const EDIT_BYTES: usize = 512;

impl OpenSite {
    async fn edit(self: &Arc<Self>, edits: Vec<Edit>) -> Result<WriteReport, EngineError> {
        let bytes = edits.iter().map(bytes).sum();
        match self.write(Work::Edits(edits), bytes).await? {
            (Done::Edits(outcomes), visibility) => Ok(WriteReport {
                outcomes,
                visibility,
            }),
            (other, _) => Err(mixed_up(&other)),
        }
    }
}

fn bytes(edit: &Edit) -> usize {
    EDIT_BYTES
        + match edit {
            Edit::Replace(element) => element.bytes(),
            Edit::Patch(patch) => {
                let values = patch.fields.iter().filter_map(|(_, value)| value.as_ref());
                let nested = patch.nested.iter().flatten();
                values
                    .map(crate::domain::FieldValue::memory_bytes)
                    .sum::<usize>()
                    + nested
                        .map(crate::domain::NestedObject::memory_bytes)
                        .sum::<usize>()
            }
            Edit::Recall(_) | Edit::Delete(_) | Edit::Refuse(_) => 0,
        }
}

/// Objects as edits: read, taken apart and encoded.
fn edits(objects: Vec<Submission>, extraction: Extraction) -> Vec<Edit> {
    let mut encoder = Encoder::new(codec::encode_hashed);
    let edit = |submission| {
        let object = match submission {
            Submission::Read { object, .. } => object,
            Submission::Unread(unread) => match unread.read() {
                Ok(object) => object,
                Err(problems) => return Edit::Refuse(Refusal::Malformed(problems)),
            },
        };
        Edit::Replace(Element::sent(object, extraction, &mut encoder))
    };
    objects.into_iter().map(edit).collect()
}

#[async_trait]
impl CatalogWrites for OpenSearchCatalogs {
    async fn replace(
        &self,
        site: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError> {
        let site = self.site(site)?;
        let edits = tokio::task::spawn_blocking(move || edits(objects, extraction)).await;
        let edits = edits.map_err(|error| EngineError::Internal {
            context: "objects could not be made ready",
            source: error.into(),
        })?;
        site.edit(edits).await
    }

    /// What was written lies in the cluster, and other processes write it: words say nothing for certain.
    fn remembers(&self, _: Fingerprint, _: Extraction) -> bool {
        false
    }

    async fn patch(
        &self,
        site: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError> {
        let edits = patches
            .into_iter()
            .map(|patch| Edit::Patch(Box::new(patch)));
        self.site(site)?.edit(edits.collect()).await
    }

    async fn delete(
        &self,
        site: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError> {
        let edits = keys.into_iter().map(Edit::Delete).collect();
        self.site(site)?.edit(edits).await
    }

    async fn note_refused_uploads(
        &self,
        site: &TrackerId,
        uploads: Vec<RefusedUpload>,
    ) -> Result<(), EngineError> {
        let bytes = EDIT_BYTES * uploads.len();
        let site = self.site(site)?;
        site.write(Work::NoteRefused(uploads), bytes).await?;
        Ok(())
    }

    async fn commit_generation(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        let site = self.site(site)?;
        match site.write(Work::Commit(commit), EDIT_BYTES).await? {
            (Done::Commit(outcome), _) => Ok(outcome),
            (other, _) => Err(mixed_up(&other)),
        }
    }

    async fn wait_visible(
        &self,
        site: &TrackerId,
        visibility: Visibility,
    ) -> Result<(), EngineError> {
        self.site(site)?.wait_visible(visibility).await
    }
}

#[async_trait]
impl CatalogReads for OpenSearchCatalogs {
    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError> {
        self.site(site)?.scan(&scan).await
    }

    async fn preview_commit(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError> {
        self.site(site)?.preview_commit(&commit).await
    }

    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError> {
        self.site(site)?.count(&scope).await
    }
}

#[async_trait]
impl Search for OpenSearchCatalogs {
    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        let site = self.site(site)?;
        site.follow_events();
        site.search(&query).await
    }

    fn capabilities(&self) -> SearchCapabilities {
        CAPABILITIES
    }
}

#[async_trait]
impl Inspection for OpenSearchCatalogs {
    async fn survey(&self, site: &TrackerId) -> Result<Survey, EngineError> {
        self.site(site)?.survey().await
    }

    async fn sample(
        &self,
        site: &TrackerId,
        object_type: ObjectType,
        limit: usize,
    ) -> Result<Sample, EngineError> {
        self.site(site)?.sample(&object_type, limit).await
    }

    async fn inspect(
        &self,
        site: &TrackerId,
        identity: Identity,
    ) -> Result<Option<Inspected>, EngineError> {
        self.site(site)?.inspect(identity).await
    }
}
