//! What the dictionary said of a word, kept for the next key that is typed behind it and for the next page of the same
//! search: words spelled like it, words that begin so. Invariants: what is kept is of one state of one index; who
//! finds it here is charged what asking costs.

use std::mem::size_of;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::engine::embedded::index::segments::segment::IndexState;
use crate::engine::expand::found_words::{Reach, Spelling};

/// Memory of all indexes together, in bytes.
const MEMORY_BYTES: u64 = 8 << 20;
/// What an entry of a usual shop takes; only the number of slots depends on it.
const ENTRY_BYTES: u64 = 2 << 10;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) state: IndexState,
    pub(super) asked: Asked,
    pub(super) word: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    Similar,
    Begun,
}

#[derive(Clone)]
pub(super) struct Known {
    pub(super) words: Arc<[Spelling]>,
    /// Of those that begin so.
    pub(super) reach: Reach,
    /// What finding them cost, in units of work.
    pub(super) work: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Known> for ByBytes {
    fn weight(&self, key: &Key, known: &Known) -> u64 {
        /// The entry and its place in the cache.
        const BYTES: usize = 192;
        let words = known.words.iter();
        let words = words.map(|word| size_of::<Spelling>() + word.text.len());
        (BYTES + key.word.len() + words.sum::<usize>()) as u64
    }
}

/// Of all indexes.
#[derive(Clone)]
pub(in super::super) struct DictionaryCache(Arc<Cache<Key, Known, ByBytes>>);

impl Default for DictionaryCache {
    fn default() -> Self {
        let slots = (MEMORY_BYTES / ENTRY_BYTES) as usize;
        Self(Arc::new(Cache::with_weighter(slots, MEMORY_BYTES, ByBytes)))
    }
}

impl DictionaryCache {
    pub(super) fn get(&self, key: &Key) -> Option<Known> {
        self.0.get(key)
    }

    pub(super) fn insert(&self, key: Key, known: Known) {
        self.0.insert(key, known);
    }

    /// Bytes of what is kept.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}
