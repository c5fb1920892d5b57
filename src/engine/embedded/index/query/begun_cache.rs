//! What has a word that begins so, kept for the next ones who type the same letters: of few letters everybody
//! does. Invariants: what is kept is of one segment in one state of the index; who finds it here is
//! charged what finding it costs.

use std::mem::size_of;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tantivy::index::SegmentId;

use super::any_word::Having;

/// Memory of one index, in bytes.
const MEMORY_BYTES: u64 = 16 << 20;
/// What an entry of a usual shop takes; only the number of slots depends on it.
const ENTRY_BYTES: u64 = 64 << 10;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Of the index: how long texts are on average goes into what a word is worth.
    pub(super) state: u64,
    pub(super) segment: SegmentId,
    pub(super) beginning: String,
}

#[derive(Clone)]
pub(super) struct Known {
    pub(super) having: Arc<[Having]>,
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

pub(in super::super) struct BegunCache(Cache<Key, Known, ByBytes>);

impl Default for BegunCache {
    fn default() -> Self {
        let slots = (MEMORY_BYTES / ENTRY_BYTES) as usize;
        Self(Cache::with_weighter(slots, MEMORY_BYTES, ByBytes))
    }
}

impl BegunCache {
    pub(super) fn get(&self, key: &Key) -> Option<Known> {
        self.0.get(key)
    }

    pub(super) fn insert(&self, key: Key, known: Known) {
        self.0.insert(key, known);
    }
}
