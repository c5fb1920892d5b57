//! Heads the writer need not look up again: a nightly upload asks for the same ones as the night
//! before. Invariant: what is known is what the transaction would read; after one that ended without
//! a commit nothing is.

use quick_cache::unsync::Cache;

use super::heads::{self, Head};
use super::{StoreError, Transaction, sources};
use crate::domain::{ActivePeriod, GenerationCommit, Identity};
use crate::engine::embedded::ids::VersionId;
use crate::engine::plan::Sweep;

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
        active: ActivePeriod,
    ) -> Result<(), StoreError> {
        heads::put(self, identity, &head, active)?;
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
        heads::set_marks(self, &moved)?;
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

    /// Deletes what the sweep takes, and returns the versions. A type that is swept as such counts as written to
    /// even where it had no objects.
    pub(in crate::engine::embedded) fn sweep(
        &mut self,
        sweep: &Sweep,
    ) -> Result<Vec<VersionId>, StoreError> {
        let mut written = std::mem::take(&mut self.written);
        let deleted = match sweep {
            Sweep::Unmarked(GenerationCommit {
                object_type,
                generation,
                ..
            }) => heads::delete_other_generations(self, object_type, generation, &mut written),
            Sweep::UnmarkedBySource(commit) => sources::delete_unmarked(self, commit, &mut written),
            Sweep::OfType(object_type) => {
                written.add(object_type);
                heads::delete_of_type(self, object_type, &mut written)
            }
            Sweep::Expired { before, limit } => {
                heads::delete_expired(self, *before, *limit, &mut written)
            }
        };
        self.written = written;
        let deleted = deleted?;
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
