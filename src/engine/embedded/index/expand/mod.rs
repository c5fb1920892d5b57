//! Query expansion: what a word of a query is met by.
//!
//! | file | for |
//! |---|---|
//! | `query_term` | one word of a query with everything it is met by |
//! | `expansion` | a query text, word by word, and with neighbours written together |
//! | `known` | what the dictionary knows of a word |
//! | `spelling` | words spelled like one, by an automaton |
//! | `dictionary_cache` | what it said of a word, kept |
//! | `found_words` | what it found |
//! | `automaton` | that automaton on a dictionary |
//! | `prefix` | words that begin with what was typed |
//! | `synonyms` | synonyms of the site |
//! | `spoken` | languages of a catalog, for words that only join others |
//! | `wording` | how words of a site are met: language, synonyms, stop words |

mod automaton;
pub(super) mod dictionary_cache;
pub(super) mod expansion;
pub(super) mod found_words;
mod known;
pub(super) mod prefix;
pub(super) mod query_term;
pub(super) mod spelling;
pub(super) mod spoken;
pub(super) mod synonyms;
pub(super) mod wording;
