//! Query expansion: what a word of a query is met by, whatever has the words. A backend says what its words are
//! (`dictionary`), and nothing else of it is known here.
//!
//! | file | for |
//! |---|---|
//! | `found_words` | what a dictionary found |
//! | `dictionary` | what is asked of one |
//! | `edits` | how far words are from each other |
//! | `beginnings` | words that begin with what was typed |
//! | `known` | what the dictionary knows of a word |
//! | `spoken` | languages of a catalog, for words that only join others |
//! | `synonyms` | synonyms of the site |
//! | `wording` | how words of a site are met: language, synonyms, stop words |
//! | `term` | one way to meet a word |
//! | `query_term` | one word of a query with everything it is met by |
//! | `expansion` | a query text, word by word, and with neighbours written together |

pub(in crate::engine) mod beginnings;
pub(in crate::engine) mod dictionary;
pub(in crate::engine) mod edits;
pub(in crate::engine) mod expansion;
pub(in crate::engine) mod found_words;
mod known;
pub(in crate::engine) mod query_term;
pub(in crate::engine) mod spoken;
pub(in crate::engine) mod synonyms;
mod term;
pub(in crate::engine) mod wording;
