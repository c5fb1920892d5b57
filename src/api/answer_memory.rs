//! What `http` knows of room for answers, as the engine asks for it. Invariant: whoever answers holds on to the
//! room until the answer is written.

use std::sync::Arc;

use crate::domain::{AnswerMemory, TakesRoom};
use crate::http::SourceRoom;

#[derive(Debug)]
struct OfAnswer(SourceRoom);

impl TakesRoom for OfAnswer {
    fn take(&self, bytes: usize) -> bool {
        self.0.take(bytes).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.give_back(bytes);
    }
}

/// Without bounds where no connection is, as in tests of a router alone.
pub(super) fn answer_memory(source: Option<SourceRoom>) -> AnswerMemory {
    source.map_or_else(AnswerMemory::default, |source| {
        AnswerMemory::new(Arc::new(OfAnswer(source)))
    })
}
