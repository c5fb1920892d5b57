//! Texts of files that are written and cannot be found yet: few, so that what others write meanwhile can soon be found.
//! Invariant: a text has a place from before it is written until it is shown, or until it is known not to be written.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::FileEnd;

/// A commit of the index takes so many of the longest within about the time that it is given.
pub(in crate::engine) const UNSEEN_TEXTS_MAX: usize = 16;

/// `N` is what a backend counts its writes by.
#[derive(Debug)]
pub(in crate::engine) struct UnseenTexts<N> {
    places: Arc<Semaphore>,
    /// Where those are that are written.
    written: Mutex<Vec<(N, Place)>>,
}

/// For one text; who drops it gives it back.
#[derive(Debug)]
pub(in crate::engine) struct Place(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl<N> Default for UnseenTexts<N> {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(UNSEEN_TEXTS_MAX)),
            written: Mutex::default(),
        }
    }
}

impl<N: Copy + Ord> UnseenTexts<N> {
    /// Waits for one, where this brings a text. `None` as well once nothing is shown any more.
    pub(in crate::engine) async fn place_for(&self, end: &FileEnd) -> Option<Place> {
        match end {
            FileEnd::Found { .. } => self.place().await,
            FileEnd::Unchanged { .. } | FileEnd::Later { .. } | FileEnd::Failed { .. } => None,
        }
    }

    async fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        permit.ok().map(Place)
    }

    /// The place is taken until this is shown.
    pub(in crate::engine) fn keep(&self, place: Place, number: N) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push((number, place));
    }

    /// Gives back the places of all up to here.
    pub(in crate::engine) fn shown(&self, number: N) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.retain(|(of, _)| *of > number);
    }

    /// Whether the next one has to wait.
    pub(in crate::engine) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }
}
