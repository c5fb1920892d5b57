//! What was looked for instead of what was typed.

/// A query with words replaced or dropped, in the order typed. Invariant: at least one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub words: Vec<CorrectedWord>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrectedWord {
    Kept(String),
    Replaced {
        typed: String,
        by: String,
    },
    /// It occurs nowhere, nor does anything like it.
    Dropped(String),
}

impl Correction {
    /// `None` when every word is kept.
    pub fn new(words: Vec<CorrectedWord>) -> Option<Self> {
        let is_kept = |word: &CorrectedWord| matches!(word, CorrectedWord::Kept(_));
        (!words.iter().all(is_kept)).then_some(Self { words })
    }
}
