//! Texts of files that are written and cannot be found yet: few, so that what others write meanwhile can soon be found.
//! Invariant: a text has a place from before it is written until it is shown, or until it is known not to be written.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::embedded::ids::Sequence;

/// A commit of the index takes so many of the longest within about the time that it is given.
pub(in crate::engine::embedded) const UNSEEN_TEXTS_MAX: usize = 16;

#[derive(Debug)]
pub(super) struct UnseenTexts {
    places: Arc<Semaphore>,
    /// Where those are that are written.
    written: Mutex<Vec<(Sequence, Place)>>,
}

/// For one text; who drops it gives it back.
#[derive(Debug)]
pub(in crate::engine::embedded) struct Place(
    #[expect(dead_code, reason = "held")] OwnedSemaphorePermit,
);

impl Default for UnseenTexts {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(UNSEEN_TEXTS_MAX)),
            written: Mutex::default(),
        }
    }
}

impl UnseenTexts {
    /// Waits for one. `None` once nothing is shown any more.
    pub(super) async fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        permit.ok().map(Place)
    }

    /// The place is taken until this is shown.
    pub(super) fn keep(&self, place: Place, sequence: Sequence) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push((sequence, place));
    }

    /// Gives back the places of all up to here.
    pub(super) fn shown(&self, sequence: Sequence) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.retain(|(of, _)| *of > sequence);
    }
}
