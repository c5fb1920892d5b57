//! What is found by a text, kept for the next ones who type the same: what is suggested for a letter or two, for much
//! begins so and everybody begins so; and what searches found that took some time, for everybody looks for much the
//! same, in other colours and at other prices. Invariants: what is kept is what would be chosen now, for it is of one state of the index in which
//! time alone changes nothing; who finds it here is charged what choosing it costs.

use std::mem::size_of;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::fingerprint::Fingerprint;
use super::one_room::in_one;
use super::result_set::{ChosenDoc, ResultSet};
use crate::domain::{ObjectType, Timestamp};
use crate::engine::embedded::index::segments::segment::IndexState;

/// Memory of all indexes together, in bytes.
const MEMORY_BYTES: u64 = 48 << 20;
/// What an entry of a usual shop takes; only the number of slots depends on it.
const ENTRY_BYTES: u64 = 64 << 10;

/// Choosing that costs less is done anew, in units of work. Tests keep everything, so that all of them ask what is kept.
pub(in super::super) const KEPT_WORK_MIN: u64 = if cfg!(test) { 1 } else { 65_536 };

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Key {
    Beginning(Beginning),
    /// What the words mean by now, whatever was typed.
    Words(IndexState, Fingerprint),
}

/// A letter or two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Beginning {
    pub(in super::super) state: IndexState,
    pub(in super::super) typed: String,
    /// In the order in which they were asked for.
    pub(in super::super) types: Vec<ObjectType>,
    pub(in super::super) all_variants: bool,
    /// What tells nothing the site may say at any time.
    pub(in super::super) is_telling: bool,
}

#[derive(Clone)]
pub(in super::super) struct Known {
    pub(in super::super) set: Arc<ResultSet>,
    pub(in super::super) chosen_at: Timestamp,
    /// What choosing it cost, in units of work.
    pub(in super::super) work: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Known> for ByBytes {
    fn weight(&self, key: &Key, known: &Known) -> u64 {
        /// The entry, its place in the cache and the lists in it.
        const BYTES: usize = 512;
        let docs = known.set.docs() * size_of::<ChosenDoc>();
        let typed = match key {
            Key::Beginning(beginning) => beginning.typed.len(),
            Key::Words(..) => 0,
        };
        (BYTES + typed + docs) as u64
    }
}

/// Of all indexes.
#[derive(Clone)]
pub(in super::super) struct SetCache(Arc<Cache<Key, Known, ByBytes>>);

impl Default for SetCache {
    fn default() -> Self {
        Self(Arc::new(in_one(MEMORY_BYTES, ENTRY_BYTES, ByBytes)))
    }
}

impl SetCache {
    /// What was chosen, unless the clock was set back since.
    pub(in super::super) fn get(&self, key: &Key, now: Timestamp) -> Option<Known> {
        self.0.get(key).filter(|known| known.chosen_at <= now)
    }

    pub(in super::super) fn insert(&self, key: Key, known: Known) {
        self.0.insert(key, known);
    }

    /// Bytes of what is kept.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}
