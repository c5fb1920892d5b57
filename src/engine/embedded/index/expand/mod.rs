//! Query expansion: what a word of a query is met by.

mod automaton;
pub(super) mod expansion;
mod known;
pub(super) mod prefix;
pub(super) mod query_term;
pub(super) mod spelling;
pub(super) mod spoken;
pub(super) mod synonyms;
pub(super) mod wording;
