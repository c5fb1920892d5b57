//! What one write batch means for an index. Invariant: a version stands once, added or removed.

use std::collections::BTreeMap;

use super::new_version::NewVersion;
use crate::domain::Timestamp;
use crate::engine::embedded::ids::{Sequence, VersionId};

/// What a batch means for whoever fetches files.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine::embedded) enum FileWork {
    AsBefore,
    /// When the next file is to be fetched; `None` for none.
    Next(Option<Timestamp>),
}

/// What one write batch means for the index.
#[derive(Debug)]
pub(in crate::engine::embedded) struct IndexGroup {
    pub sequence: Sequence,
    pub added: BTreeMap<VersionId, NewVersion>,
    /// In ascending order.
    pub removed: Vec<VersionId>,
}

impl IndexGroup {
    /// How many operations it holds.
    pub(in crate::engine::embedded) fn operations(&self) -> usize {
        self.added.len() + self.removed.len()
    }

    /// About how much memory it takes.
    pub(in crate::engine::embedded) fn bytes(&self) -> usize {
        self.added.values().map(NewVersion::bytes).sum()
    }
}
