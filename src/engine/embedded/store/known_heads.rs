//! Heads the writer need not look up again: a nightly upload asks for the same ones as the night
//! before. Invariant: what is known is what the transaction would read; after one that ended without
//! a commit nothing is.

use quick_cache::unsync::Cache;

use super::head_row::Unfit;
use super::heads::{self, Head};
use super::{Damaged, StoreError, Transaction, sources};
use crate::domain::{Generation, Identity, ObjectType, SourceCommit, Timestamp};
use crate::engine::embedded::ids::VersionId;

pub(super) struct KnownHeads {
    heads: Cache<Identity, Head>,
    /// Whether they are those of a transaction that has not committed.
    in_doubt: bool,
}

impl KnownHeads {
    /// Room for so many heads.
    pub(super) fn new(count: usize) -> Self {
        Self {
            heads: Cache::new(count),
            in_doubt: false,
        }
    }

    pub(super) fn begin(&mut self) {
        if self.in_doubt {
            self.heads.clear();
        }
        self.in_doubt = true;
    }

    pub(super) fn committed(&mut self) {
        self.in_doubt = false;
    }
}

impl Transaction<'_> {
    pub(in crate::engine::embedded) fn head(
        &mut self,
        identity: &Identity,
    ) -> Result<Option<Head>, StoreError> {
        if let Some(head) = self.heads.heads.get(identity) {
            return Ok(Some(head.clone()));
        }
        let head = heads::find(self, identity)?;
        if let Some(head) = &head {
            self.heads.heads.insert(identity.clone(), head.clone());
        }
        Ok(head)
    }

    /// Sets what the identity is now.
    pub(in crate::engine::embedded) fn put_head(
        &mut self,
        identity: &Identity,
        head: Head,
    ) -> Result<(), StoreError> {
        heads::put(self, identity, &head)?;
        self.note_write(&head.object_type);
        self.heads.heads.insert(identity.clone(), head);
        Ok(())
    }

    /// Moves the object to another upload or origin; its content stays.
    pub(in crate::engine::embedded) fn move_head(
        &mut self,
        identity: &Identity,
        moved: Head,
    ) -> Result<(), StoreError> {
        heads::set_marks(self, identity, &moved)?;
        self.heads.heads.insert(identity.clone(), moved);
        Ok(())
    }

    pub(in crate::engine::embedded) fn delete_head(
        &mut self,
        identity: &Identity,
        head: &Head,
    ) -> Result<(), StoreError> {
        heads::delete(self, identity)?;
        self.note_end_of(head);
        self.heads.heads.remove(identity);
        Ok(())
    }

    /// Deletes every object of the type that does not carry the marker, and returns their versions.
    pub(in crate::engine::embedded) fn delete_other_generations(
        &mut self,
        object_type: &ObjectType,
        generation: &Generation,
        unfit: &Unfit,
    ) -> Result<Vec<VersionId>, StoreError> {
        let deleted = heads::delete_other_generations(self, object_type, generation, unfit)?;
        self.forget_heads(&deleted);
        if !deleted.is_empty() {
            self.note_write(object_type);
        }
        Ok(deleted)
    }

    /// Deletes every object of the type, and returns their versions.
    pub(in crate::engine::embedded) fn delete_of_type(
        &mut self,
        object_type: &ObjectType,
        unfit: &Unfit,
    ) -> Result<Vec<VersionId>, StoreError> {
        let deleted = heads::delete_of_type(self, object_type, unfit)?;
        self.forget_heads(&deleted);
        self.note_write(object_type);
        Ok(deleted)
    }

    /// Deletes what a full read of a source did not mark, and returns their versions.
    pub(in crate::engine::embedded) fn delete_unmarked_by_source(
        &mut self,
        commit: &SourceCommit,
        unfit: &Unfit,
    ) -> Result<Vec<VersionId>, StoreError> {
        let mut written = std::mem::take(&mut self.written);
        let deleted = sources::delete_unmarked(self, commit, unfit, &mut written)?;
        self.written = written;
        self.forget_heads(&deleted);
        Ok(deleted)
    }

    /// Deletes at most `limit` objects that expired before the instant, and returns their versions.
    pub(in crate::engine::embedded) fn delete_expired(
        &mut self,
        before: Timestamp,
        limit: usize,
        damaged: &Damaged,
    ) -> Result<Vec<VersionId>, StoreError> {
        let mut written = std::mem::take(&mut self.written);
        let deleted = heads::delete_expired(self, before, limit, damaged, &mut written)?;
        self.written = written;
        self.forget_heads(&deleted);
        Ok(deleted)
    }

    /// Which identities were deleted is not told, so none is known any more.
    fn forget_heads(&mut self, deleted: &[VersionId]) {
        if !deleted.is_empty() {
            self.heads.heads.clear();
        }
    }
}
