//! One way to meet a word of a query.

use super::found_words::Reach;
use crate::engine::ranking;

/// One way to meet a word.
#[derive(Clone, Debug)]
pub(in crate::engine) struct QueryTerm {
    /// Words of the index.
    pub(in crate::engine) texts: Vec<String>,
    pub(in crate::engine) met_by: MetBy,
    /// What meeting the word by this is worth, 1 for the word itself.
    pub(in crate::engine) weight: f32,
    /// How far it is from what was typed.
    pub(in crate::engine) edits: u8,
    /// Whether that is so by mistake.
    pub(in crate::engine) is_misspelling: bool,
    /// How many objects have one of many words, those with several of them more than once; of another term 0.
    pub(in crate::engine) objects: u64,
}

/// Which of its words an object must have to meet a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum MetBy {
    /// There is one, or they are a phrase.
    All,
    /// They are worth the same.
    Any(Reach),
}

impl QueryTerm {
    pub(super) fn right(text: String, weight: f32) -> Self {
        Self::of_all(vec![text], weight, 0)
    }

    /// Met by all of the words together.
    pub(super) fn of_all(texts: Vec<String>, weight: f32, edits: u8) -> Self {
        Self {
            texts,
            met_by: MetBy::All,
            weight,
            edits,
            is_misspelling: false,
            objects: 0,
        }
    }

    pub(super) fn typo(text: String, edits: u8) -> Self {
        Self {
            is_misspelling: true,
            ..Self::of_all(vec![text], ranking::spelling_weight(edits), edits)
        }
    }
}
