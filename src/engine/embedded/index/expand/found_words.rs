//! Words that the dictionary of an index found. Invariant: how far one is from what was typed stays known.

/// A word of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Spelling {
    pub(in super::super) text: String,
    /// Letters inserted, left out, changed or swapped.
    pub(in super::super) edits: u8,
    pub(in super::super) objects: u64,
}

/// Where words that begin so are looked for; a wider reach has the narrower ones in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Reach {
    Title,
    /// Title, brand, category, codes and short attributes.
    Name,
    All,
}
