//! What searches of a site found out and the next ones need not find out again. Invariant: it can be lost at any time.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::expand::synonyms::SynonymsCache;
use crate::engine::ranking::Sample;

#[derive(Default)]
pub(in crate::engine::opensearch) struct SearchMemory {
    pub(super) synonyms: SynonymsCache,
    /// By the fence of the last write before it was taken.
    sample: Mutex<Option<(u64, Arc<Sample>)>>,
}

impl SearchMemory {
    pub(super) fn sample(&self, fence: u64) -> Option<Arc<Sample>> {
        let known = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|(of, _)| *of == fence);
        known.map(|(_, sample)| Arc::clone(sample))
    }

    pub(super) fn keep_sample(&self, fence: u64, sample: Arc<Sample>) {
        let mut known = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((fence, sample));
    }
}
