//! The objects of a site: written, committed, listed.

use async_trait::async_trait;

use super::{EngineError, Visibility, WriteReport};
use crate::domain::{
    CommitOutcome, CommitPreview, Fingerprint, GenerationCommit, ObjectKey, ObjectPatch,
    RefusedUpload, Scan, ScanPage, Scope, Submission, TrackerId,
};

/// Whether nested objects become standalone ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Extraction {
    #[default]
    Extract,
    Leave,
}

/// Changes of a catalog. Every method returns once what it did is durable.
#[async_trait]
pub trait CatalogWrites: Send + Sync + 'static {
    /// Creates or replaces whole objects, and what is nested in them.
    async fn replace(
        &self,
        site: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError>;

    /// Whether an object sent in these words may be handed to [`Self::replace`] unread, which saves
    /// most of its work when nothing changed. Never wrong to ask, or to read the object all the same.
    fn remembers(&self, fingerprint: Fingerprint, extraction: Extraction) -> bool;

    /// Changes parts of existing objects.
    async fn patch(
        &self,
        site: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError>;

    async fn delete(
        &self,
        site: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError>;

    /// Notes that the newest upload of each of these was refused, for commits that keep them. What is not there is not
    /// noted, and an upload that is taken later takes the note away.
    async fn note_refused_uploads(
        &self,
        site: &TrackerId,
        uploads: Vec<RefusedUpload>,
    ) -> Result<(), EngineError>;

    /// Deletes every object of the type that the upload did not mark, in one step that no crash can
    /// divide. Returns once the deletions are visible.
    async fn commit_generation(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError>;

    /// Returns once what a write was answered with can be found.
    async fn wait_visible(
        &self,
        site: &TrackerId,
        visibility: Visibility,
    ) -> Result<(), EngineError>;
}

/// A catalog as it lies in the store.
#[async_trait]
pub trait CatalogReads: Send + Sync + 'static {
    /// One page of the catalog as it lies in the store: what was acknowledged is in it.
    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError>;

    /// What the commit would delete now; `None` where it would be refused.
    async fn preview_commit(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<Option<CommitPreview>, EngineError>;

    /// How many objects a scan of everything would meet now.
    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError>;
}
