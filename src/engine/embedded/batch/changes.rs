//! What one write batch means for an index. Invariant: a version stands once, added or removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Derived, Object, Timestamp};
use crate::engine::embedded::ids::{Sequence, VersionId};

/// What one write batch means for the index.
#[derive(Debug)]
pub(in crate::engine::embedded) struct IndexGroup {
    pub sequence: Sequence,
    pub added: BTreeMap<VersionId, NewVersion>,
    /// In ascending order.
    pub removed: Vec<VersionId>,
}

#[derive(Debug)]
pub(in crate::engine::embedded) struct NewVersion {
    pub first_seen: u64,
    pub updated_at: Timestamp,
    pub object: Arc<Object>,
    pub derived: Derived,
}

impl IndexGroup {
    /// How many operations it holds.
    pub(in crate::engine::embedded) fn operations(&self) -> usize {
        self.added.len() + self.removed.len()
    }

    /// About how much memory it takes.
    pub(in crate::engine::embedded) fn bytes(&self) -> usize {
        let added = self.added.values();
        let bytes = |new: &NewVersion| new.object.memory_bytes() + new.derived.memory_bytes();
        added.map(bytes).sum()
    }
}
