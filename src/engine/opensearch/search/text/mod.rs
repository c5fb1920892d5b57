//! Texts: what is met, which objects that makes the result, and in what order.
//!
//! | file | for |
//! |---|---|
//! | `dictionary` | the words of a catalog |
//! | `lookups` | what the cluster is asked about them |
//! | `frequencies` | how many objects have a word |
//! | `known_words` | what is known of them from one search to the next |
//! | `sight` | when the catalog looks the same |
//! | `patterns` | what a dictionary is looked through for |
//! | `sought` | a query text with everything its words are met by |
//! | `words` | words as queries |
//! | `steps` | how well words are met, as queries |
//! | `chosen` | which objects are the result |
//! | `misspelled` | which words of what is found are misspelled |
//! | `partly` | what is the result where nothing has all of the text |
//! | `occurrences` | words of an object that are asked for |
//! | `scope` | words looked for in some attributes alone |
//! | `whole` | texts that are values of attributes |
//! | `looking` | what is asked for with each hit |
//! | `candidate` | a hit that was looked at |
//! | `rank` | hits in their order |
//! | `suggested` | suggestions in theirs |
//! | `marking` | what is said of each |
//! | `hits` | what is found, looked at |
//! | `page` | a page of it |

mod candidate;
mod chosen;
mod dictionary;
mod frequencies;
mod hits;
mod known_words;
mod looking;
mod lookups;
mod marking;
mod misspelled;
mod occurrences;
mod page;
mod partly;
mod patterns;
mod rank;
mod scope;
mod sight;
mod sought;
mod steps;
mod suggested;
mod whole;
mod words;

pub(super) use self::candidate::Candidate;
pub(super) use self::hits::{ByText, Looked, TextHits};
pub(super) use self::known_words::KnownWords;
pub(super) use self::sight::Sight;
