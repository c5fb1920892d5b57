//! How far words are from each other, in letters inserted, left out, changed or swapped.

use std::sync::LazyLock;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};

/// Tables for one and for two edits; a transposition is one. Made once, they take some milliseconds.
pub(in crate::engine) fn builder(edits_max: u8) -> Option<&'static LevenshteinAutomatonBuilder> {
    static BUILDERS: [LazyLock<LevenshteinAutomatonBuilder>; 2] = [
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true)),
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true)),
    ];
    let at = usize::from(edits_max).checked_sub(1)?;
    BUILDERS.get(at).map(|builder| &**builder)
}

/// How far a word is, one more than the automaton looks for where it is further.
pub(in crate::engine) fn edits(dfa: &DFA, word: &str) -> u8 {
    match dfa.eval(word) {
        Distance::Exact(edits) | Distance::AtLeast(edits) => edits,
    }
}
