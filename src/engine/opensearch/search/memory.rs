//! What searches of a site found out and the next ones need not find out again. Invariant: it can be lost at any time.

use std::sync::{Arc, Mutex, PoisonError};

use super::text::{KnownWords, Sight};
use crate::engine::expand::synonyms::SynonymsCache;
use crate::engine::opensearch::control::Control;
use crate::engine::ranking::Sample;

/// A catalog as it looks, or as it is since the last fence.
pub(super) type State = Result<Sight, u64>;

#[derive(Default)]
pub(in crate::engine::opensearch) struct SearchMemory {
    pub(super) synonyms: SynonymsCache,
    pub(super) words: KnownWords,
    sample: Mutex<Option<(State, Arc<Sample>)>>,
    control: Mutex<Option<Arc<Control>>>,
}

impl SearchMemory {
    pub(super) fn sample(&self, state: State) -> Option<Arc<Sample>> {
        let known = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|(of, _)| *of == state);
        known.map(|(_, sample)| Arc::clone(sample))
    }

    pub(super) fn keep_sample(&self, state: State, sample: Arc<Sample>) {
        let mut known = self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((state, sample));
    }

    /// What the site said of itself when a search heard it last.
    pub(in crate::engine::opensearch) fn control(&self) -> Option<Arc<Control>> {
        let known = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    pub(in crate::engine::opensearch) fn keep_control(&self, control: Arc<Control>) {
        let mut known = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(control);
    }
}
