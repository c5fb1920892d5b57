//! What has a word that begins so, kept for the next ones who type the same letters: of few letters everybody
//! does. Invariants: what is kept is of one segment in one state of one index; who finds it here is
//! charged what finding it costs.

use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tantivy::index::SegmentId;

use super::any_word::Having;
use super::one_room::in_one;
use crate::engine::embedded::index::segments::segment::IndexState;

/// Memory of all indexes together, in bytes.
const MEMORY_BYTES: u64 = 16 << 20;
/// What an entry of a usual shop takes; only the number of slots depends on it.
const ENTRY_BYTES: u64 = 64 << 10;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// How long texts are on average goes into what a word is worth.
    pub(super) state: IndexState,
    pub(super) segment: SegmentId,
    pub(super) beginning: String,
}

#[derive(Clone)]
pub(super) struct Known {
    pub(super) having: Arc<Vec<Having>>,
    /// What finding it cost, in units of work.
    pub(super) work: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Known> for ByBytes {
    fn weight(&self, key: &Key, known: &Known) -> u64 {
        /// The entry and its place in the cache.
        const BYTES: usize = 128;
        (BYTES + key.beginning.len() + known.having.len() * size_of::<Having>()) as u64
    }
}

/// Of all indexes.
#[derive(Clone)]
pub(in super::super) struct SharedBegunCache(Arc<Cache<Key, Known, ByBytes>>);

impl Default for SharedBegunCache {
    fn default() -> Self {
        Self(Arc::new(in_one(MEMORY_BYTES, ENTRY_BYTES, ByBytes)))
    }
}

impl SharedBegunCache {
    /// Bytes of what is kept.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}

/// The same for one that was opened.
pub(in super::super) struct BegunCache {
    of_all: SharedBegunCache,
    index: u64,
}

impl BegunCache {
    /// For another index than all before.
    pub(in super::super) fn of_another(of_all: SharedBegunCache) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let index = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { of_all, index }
    }

    pub(in super::super) fn state(&self, generation: u64) -> IndexState {
        (self.index, generation)
    }

    pub(super) fn get(&self, key: &Key) -> Option<Known> {
        self.of_all.0.get(key)
    }

    pub(super) fn insert(&self, key: Key, known: Known) {
        self.of_all.0.insert(key, known);
    }
}
