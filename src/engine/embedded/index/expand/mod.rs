//! The dictionary of an index, as query expansion (`engine::expand`) asks for words.
//!
//! | file | for |
//! |---|---|
//! | `spelling` | the dictionary, and words spelled like one, by an automaton |
//! | `dictionary_cache` | what it said of a word, kept |
//! | `automaton` | that automaton on a dictionary |
//! | `prefix` | words that begin with what was typed |
//! | `spoken` | languages of a catalog, for each state of the index |

mod automaton;
pub(super) mod dictionary_cache;
mod prefix;
pub(super) mod spelling;
pub(super) mod spoken;
