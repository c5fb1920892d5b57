//! Counts of facets, kept for the next ones who ask for the same page of a shop: the same filters, the same attribute, the
//! same state of the index. Invariants: what is kept is what would be counted now, for it is of one state of the index
//! in which time alone changes nothing; who finds it here is charged what counting it costs.

use std::mem::size_of;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::{FacetBucket, FacetKind, Timestamp};
use crate::engine::embedded::index::query::fingerprint::Fingerprint;
use crate::engine::embedded::index::segments::segment::IndexState;
use crate::engine::facets::Counted;

/// Memory of all indexes together, in bytes.
const MEMORY_BYTES: u64 = 16 << 20;
/// What an entry of a usual shop takes; only the number of slots depends on it.
const ENTRY_BYTES: u64 = 2 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Key {
    pub(in super::super) state: IndexState,
    /// Which documents are counted, and what of them.
    pub(in super::super) asked: Fingerprint,
}

/// Counts of facets that are made together: those that stand on the same field.
#[derive(Clone)]
pub(in super::super) struct Known {
    pub(in super::super) counts: Arc<Vec<Counted>>,
    pub(in super::super) counted_at: Timestamp,
    /// What counting cost, in units of work, and what finding the documents that several such lists share cost.
    pub(in super::super) work: u64,
    pub(in super::super) shared_work: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Known> for ByBytes {
    fn weight(&self, _: &Key, known: &Known) -> u64 {
        /// The entry and its place in the cache.
        const BYTES: usize = 256;
        let counts = known.counts.iter().map(bytes_of);
        (BYTES + counts.sum::<usize>()) as u64
    }
}

fn bytes_of(counts: &Counted) -> usize {
    fn texts(buckets: &[FacetBucket<String>]) -> usize {
        let texts = buckets.iter().map(|bucket| bucket.value.len());
        size_of_val(buckets) + texts.sum::<usize>()
    }
    let kind = match &counts.kind {
        FacetKind::Text(buckets) => texts(buckets),
        FacetKind::Boolean(buckets) => size_of_val(buckets.as_slice()),
        FacetKind::Number(buckets) => size_of_val(buckets.as_slice()),
        FacetKind::Date(buckets) => size_of_val(buckets.as_slice()),
    };
    size_of::<Counted>() + kind + texts(&counts.misfits)
}

/// Of all indexes.
#[derive(Clone)]
pub(in super::super) struct FacetCache(Arc<Cache<Key, Known, ByBytes>>);

impl Default for FacetCache {
    fn default() -> Self {
        let slots = (MEMORY_BYTES / ENTRY_BYTES) as usize;
        Self(Arc::new(Cache::with_weighter(slots, MEMORY_BYTES, ByBytes)))
    }
}

impl FacetCache {
    /// What was counted, unless the clock was set back since.
    pub(in super::super) fn get(&self, key: &Key, now: Timestamp) -> Option<Known> {
        self.0.get(key).filter(|known| known.counted_at <= now)
    }

    pub(in super::super) fn insert(&self, key: Key, known: Known) {
        self.0.insert(key, known);
    }

    /// Bytes of what is kept.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::index::query::fingerprint::Question;

    fn known(value: &str) -> Known {
        let bucket = FacetBucket {
            value: value.to_owned(),
            count: 1,
        };
        let counts = Counted {
            kind: FacetKind::Text(vec![bucket]),
            misfits: Vec::new(),
        };
        Known {
            counts: Arc::new(vec![counts]),
            counted_at: Timestamp::from_millis(0),
            work: 1,
            shared_work: 0,
        }
    }

    #[test]
    fn there_is_a_bound_for_what_is_kept() {
        let cache = FacetCache::default();
        let long = "x".repeat(64 << 10);
        for number in 0..1_000 {
            let asked = Question::default().with(&number).fingerprint();
            let key = Key {
                state: (0, 0),
                asked,
            };
            cache.insert(key, known(&long));
            assert!((1..=MEMORY_BYTES).contains(&cache.bytes()));
        }
        assert!(cache.bytes() > MEMORY_BYTES / 2);
    }
}
