//! What objects came to by the words they were sent in: the same words again need no reading.
//! Invariant: an entry says what the words mean, which no write changes, so nothing here is ever
//! stale. Whether the store still holds it is the writer's to find out.

use std::mem::size_of;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::{Fingerprint, Identity};
use crate::engine::Extraction;
use crate::engine::plan::{Content, Part, Parts};

/// Memory of all sites together, in bytes. Some 200,000 objects fit; of a larger upload the same part
/// stays in memory from night to night.
const MEMORY_BYTES: u64 = 32 << 20;

/// Objects extracted from many others that are kept once.
const SHARED_PARTS: usize = 20_000;

pub(in crate::engine::embedded) struct FingerprintCache {
    parts: Cache<Key, Parts, ByBytes>,
    /// The same category stands under many products.
    shared: Cache<Identity, Arc<Part>>,
}

type Key = (Fingerprint, Extraction);

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Parts> for ByBytes {
    fn weight(&self, _: &Key, parts: &Parts) -> u64 {
        /// The entry, its place in the cache, and the object itself, which is in no other entry.
        const BYTES: usize = 256;
        (BYTES + parts.len() * size_of::<Arc<Part>>()) as u64
    }
}

impl FingerprintCache {
    pub(in crate::engine::embedded) fn new() -> Self {
        /// What an object of a usual shop takes; only the number of slots depends on it.
        const ENTRY_BYTES: u64 = 320;
        Self {
            parts: Cache::with_weighter(
                (MEMORY_BYTES / ENTRY_BYTES) as usize,
                MEMORY_BYTES,
                ByBytes,
            ),
            shared: Cache::new(SHARED_PARTS),
        }
    }

    pub(in crate::engine::embedded) fn holds(
        &self,
        fingerprint: Fingerprint,
        extraction: Extraction,
    ) -> bool {
        self.parts.contains_key(&(fingerprint, extraction))
    }

    pub(in crate::engine::embedded) fn recall(
        &self,
        fingerprint: Fingerprint,
        extraction: Extraction,
    ) -> Option<Parts> {
        self.parts.get(&(fingerprint, extraction))
    }

    pub(in crate::engine::embedded) fn learn(
        &self,
        fingerprint: Fingerprint,
        extraction: Extraction,
        objects: &[Arc<Content>],
    ) {
        let own = objects
            .iter()
            .take(1)
            .map(|sent| Arc::new(Part::from(&**sent)));
        let extracted = objects.iter().skip(1).map(|object| self.shared(object));
        let parts = own.chain(extracted).collect();
        self.parts.insert((fingerprint, extraction), parts);
    }

    /// What came of the words has to be told each time.
    pub(in crate::engine::embedded) fn forget(
        &self,
        fingerprint: Fingerprint,
        extraction: Extraction,
    ) {
        self.parts.remove(&(fingerprint, extraction));
    }

    fn shared(&self, content: &Content) -> Arc<Part> {
        if let Some(known) = self.shared.get(&content.object.identity)
            && known.hash == content.hash
            && known.is_mention == content.is_mention
        {
            return known;
        }
        let part = Arc::new(Part::from(content));
        self.shared.insert(part.identity.clone(), part.clone());
        part
    }
}
