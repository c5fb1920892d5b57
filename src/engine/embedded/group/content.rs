//! What the store has of an object, read back for those who change it. Invariant: what is damaged is noted down and
//! never handed out.

use super::Group;
use crate::domain::Object;
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::store::heads::Head;
use crate::engine::embedded::store::{StoreError, contents};

impl Group<'_> {
    /// What is there now, read back; `None` when it is damaged.
    pub(super) fn content(&self, head: &Head) -> Result<Option<Object>, StoreError> {
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

    /// Whether what the store has of it is of no use.
    pub(super) fn is_damaged(&self, version: VersionId) -> bool {
        self.damaged.has(version)
    }
}
