//! Words that the dictionary of an index found. Invariant: how far one is from what was typed stays known.

use crate::engine::ranking::TextField;

/// A word of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Spelling {
    pub(in crate::engine) text: String,
    /// Letters inserted, left out, changed or swapped.
    pub(in crate::engine) edits: u8,
    pub(in crate::engine) objects: u64,
}

/// Where words that begin so are looked for; a wider reach has the narrower ones in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Reach {
    Title,
    /// Title, brand, category, codes and short attributes.
    Name,
    All,
}

impl Reach {
    pub(in crate::engine) fn reaches(self, field: TextField) -> bool {
        let needed = match field {
            TextField::Title => Self::Title,
            TextField::Everything => Self::All,
            _ => Self::Name,
        };
        needed <= self
    }
}

/// Words that begin with what was typed, all as far from it.
pub(in crate::engine) struct Begun {
    pub(in crate::engine) words: Vec<Spelling>,
    pub(in crate::engine) reach: Reach,
}
