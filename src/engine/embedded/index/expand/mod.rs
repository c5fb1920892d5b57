//! Query expansion: what a word of a query is met by.

pub(super) mod prefixes;
pub(super) mod spelling;
pub(super) mod synonyms;
pub(super) mod typed;
pub(super) mod typed_word;
pub(super) mod wording;
