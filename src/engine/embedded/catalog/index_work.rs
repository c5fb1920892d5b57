//! What may wait for the index. Invariant: what waits knows how much room it takes.

use std::sync::mpsc;

use super::backlog::Share;
use crate::engine::embedded::batch::IndexGroup;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::index::IndexSettings;
use crate::engine::queue::{Load, Queued};

/// Work for the worker of the index.
#[derive(Debug)]
pub(in crate::engine::embedded) enum IndexTask {
    Apply(IndexGroup, Share),
    /// Another index takes the place of the one that serves.
    Exchange(Prepared),
}

/// A whole index in `index.next`, of groups up to `applied`.
#[derive(Debug)]
pub(in crate::engine::embedded) struct Prepared {
    pub(in crate::engine::embedded) settings: IndexSettings,
    pub(in crate::engine::embedded) applied: Sequence,
    /// Dropped when the index was exchanged, or was not.
    pub(in crate::engine::embedded) _done: mpsc::SyncSender<()>,
}

/// Groups that may wait or be in work, and their operations. The second is where it begins: it adapts
/// to how fast the index is, so that what waits is visible in time.
pub(in crate::engine::embedded) const QUEUE_LIMIT: Load = Load {
    entries: 1_000,
    size: 3_000,
};

/// An ordinary object takes less. Few large ones count as many, so that what waits is bounded in memory, too.
const OPERATION_BYTES: usize = 16 * 1024;

/// Counted in operations, or as many as its objects have memory for.
impl Queued for IndexTask {
    fn size(&self) -> usize {
        match self {
            Self::Apply(group, _) => group.operations().max(group.bytes() / OPERATION_BYTES),
            Self::Exchange(_) => 0,
        }
    }
}
