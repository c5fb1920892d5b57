//! Deletions of many objects at once, by what their heads say. Invariant: a head that is not what was written
//! neither goes nor says what goes.

use super::Group;
use crate::domain::{CommitOutcome, GenerationCommit, Timestamp};
use crate::engine::embedded::store::{StoreError, head_row, heads};

impl Group<'_> {
    pub(in crate::engine::embedded) fn commit_generation(
        &mut self,
        commit: &GenerationCommit,
    ) -> Result<CommitOutcome, StoreError> {
        self.flush()?;
        let unfit = head_row::find_unfit(&self.transaction, &self.damaged)?;
        let marked = !commit.must_exist
            || heads::has_generation(&self.transaction, &commit.object_type, &commit.generation)?;
        if !marked {
            return Ok(CommitOutcome::NoSuchGeneration);
        }
        let deleted = self.transaction.delete_other_generations(
            &commit.object_type,
            &commit.generation,
            &unfit,
        )?;
        let count = deleted.len() as u64;
        for version in deleted {
            self.forget(version)?;
        }
        Ok(CommitOutcome::Deleted { count })
    }

    /// Deletes at most `limit` objects that expired before the instant; how many it found.
    pub(in crate::engine::embedded) fn purge(
        &mut self,
        before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.flush()?;
        let deleted = self
            .transaction
            .delete_expired(before, limit, &self.damaged)?;
        let count = deleted.len();
        for version in deleted {
            self.forget(version)?;
        }
        Ok(count)
    }
}
