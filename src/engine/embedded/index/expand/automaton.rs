//! Words within some edits of another, or that begin with one, as the dictionary is walked for them.

use levenshtein_automata::{DFA, Distance, SINK_STATE};
use tantivy_fst::Automaton;

use crate::engine::expand::edits::edits;

pub(super) struct WithinEdits(pub(super) DFA);

impl WithinEdits {
    pub(super) fn edits(&self, word: &str) -> u8 {
        edits(&self.0, word)
    }
}

impl Automaton for WithinEdits {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
