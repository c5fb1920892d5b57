//! The turn of a search among others. Invariant: it lasts until its last clone is dropped.

use std::any::Any;
use std::sync::Arc;

/// What somebody holds for as long as it is their turn; nobody waits where there is nothing to hold. An answer that is
/// written takes a core as much as a search does, so whoever writes it holds the turn until that is done. Nobody asks for
/// another while holding one: all of them could wait for each other.
#[derive(Clone, Debug, Default)]
pub struct Turn(Option<Arc<dyn Any + Send + Sync>>);

impl Turn {
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self(Some(Arc::new(held)))
    }

    /// Somebody else's turn.
    pub fn end(&mut self) {
        self.0 = None;
    }
}
