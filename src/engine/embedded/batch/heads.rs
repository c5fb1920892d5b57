//! What the store has, as plans ask for it. Invariant: what is damaged is noted down and never handed out.

use std::sync::Arc;

use crate::domain::{
    CommitSurvey, Generation, GenerationCommit, Identity, Object, ObjectType, SourceCommit,
    SourceName, SourceSurvey,
};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::store::heads::{self, Head};
use crate::engine::embedded::store::{Damaged, StoreError, Transaction, contents, sources};
use crate::engine::plan::{ContentHash, Heads};

/// The heads of a transaction, with what it has done to them.
pub(super) struct StoreHeads<'w> {
    pub(super) transaction: Transaction<'w>,
    pub(super) damaged: Arc<Damaged>,
}

impl Heads for StoreHeads<'_> {
    type Version = VersionId;
    type Error = StoreError;

    fn head(&mut self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        self.transaction.head(identity)
    }

    fn content(&mut self, head: &Head) -> Result<Option<Object>, StoreError> {
        match contents::current(&self.transaction, head) {
            Ok(Some(found)) => Ok(Some(found.object)),
            Ok(None) => {
                self.damaged.note(head.version, "there is none");
                Ok(None)
            }
            Err(StoreError::Content(why)) => {
                self.damaged.note(head.version, why);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn is_damaged(&self, version: VersionId) -> bool {
        self.damaged.has(version)
    }

    fn is_told_by(&self, content: ContentHash, mention: ContentHash) -> bool {
        self.transaction.is_told_by(content, mention)
    }

    fn note_told(&mut self, content: ContentHash, mention: ContentHash) {
        self.transaction.note_told(content, mention);
    }

    fn named_otherwise(
        &mut self,
        source: &SourceName,
        key: &str,
    ) -> Result<Vec<Identity>, StoreError> {
        sources::named_otherwise(&self.transaction, source, key)
    }

    fn has_generation(
        &mut self,
        object_type: &ObjectType,
        generation: &Generation,
    ) -> Result<bool, StoreError> {
        heads::has_generation(&self.transaction, object_type, generation)
    }

    fn survey_generation(&mut self, commit: &GenerationCommit) -> Result<CommitSurvey, StoreError> {
        heads::survey_generation(&self.transaction, commit)
    }

    fn survey(&mut self, commit: &SourceCommit) -> Result<SourceSurvey, StoreError> {
        sources::survey(&self.transaction, commit)
    }
}
