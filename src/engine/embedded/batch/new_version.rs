//! Versions on their way from a write batch to the index. Invariant: a batch keeps a bounded amount of memory of
//! them, however much its requests read of the store and wrote again; what it does not keep is read back, one
//! version at a time, by whoever tells the index.

use std::sync::Arc;

use crate::domain::{Derived, Object, Timestamp};

#[derive(Debug)]
pub(in crate::engine::embedded) struct NewVersion {
    pub first_seen: u64,
    pub updated_at: Timestamp,
    /// `None` for what has to be read back.
    pub kept: Option<Kept>,
}

#[derive(Debug)]
pub(in crate::engine::embedded) struct Kept {
    pub object: Arc<Object>,
    pub derived: Derived,
    bytes: usize,
}

/// How much memory the versions of a batch take. Batches of whole objects seldom take all of it, for their bodies
/// are bounded; changes of parts read objects that no body says the size of.
#[derive(Debug)]
pub(in crate::engine::embedded) struct KeptBytes {
    now: usize,
    max: usize,
}

impl KeptBytes {
    pub(in crate::engine::embedded) fn at_most(max: usize) -> Self {
        Self { now: 0, max }
    }

    /// A version with its object, while there is room.
    pub(in crate::engine::embedded) fn version(
        &mut self,
        first_seen: u64,
        updated_at: Timestamp,
        object: &Arc<Object>,
        derived: Derived,
    ) -> NewVersion {
        let bytes = object.memory_bytes() + derived.memory_bytes();
        let fits = self.now + bytes <= self.max;
        let kept = fits.then(|| {
            self.now += bytes;
            Kept {
                object: Arc::clone(object),
                derived,
                bytes,
            }
        });
        NewVersion {
            first_seen,
            updated_at,
            kept,
        }
    }

    /// The version was superseded in its own batch.
    pub(in crate::engine::embedded) fn forget(&mut self, version: &NewVersion) {
        self.now -= version.bytes();
    }
}

impl NewVersion {
    /// About how much memory its object takes.
    pub(super) fn bytes(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.bytes)
    }
}
