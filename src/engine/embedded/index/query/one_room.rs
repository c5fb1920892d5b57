//! Caches of few large things. Invariant: what is smaller than the whole room finds a place in it.

use std::hash::Hash;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

/// A cache whose room is not divided: what is large finds a place in it, too. A search asks it once or twice.
pub(super) fn in_one<K, V, W>(bytes: u64, entry_bytes: u64, weighter: W) -> Cache<K, V, W>
where
    K: Eq + Hash,
    V: Clone,
    W: Weighter<K, V> + Clone,
{
    let entries = (bytes / entry_bytes) as usize;
    let mut options = OptionsBuilder::new();
    let options = options.shards(1).estimated_items_capacity(entries);
    match options.weight_capacity(bytes).build() {
        Ok(options) => {
            let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
            Cache::with_options(options, weighter, hasher, lifecycle)
        }
        // All it asks for is said.
        Err(_) => Cache::with_weighter(entries, bytes, weighter),
    }
}
