//! Texts: what is met, which objects that makes the result, and in what order.
//!
//! | file | for |
//! |---|---|
//! | `dictionary` | the words of a catalog |
//! | `patterns` | what a dictionary is looked through for |
//! | `sought` | a query text with everything its words are met by |
//! | `words` | words as queries |
//! | `steps` | how well words are met, as queries |
//! | `chosen` | which objects are the result |
//! | `occurrences` | words of an object that are asked for |
//! | `scope` | words looked for in some attributes alone |
//! | `whole` | texts that are values of attributes |
//! | `looking` | what is asked for with each hit |
//! | `rank` | hits in their order |
//! | `suggested` | suggestions in theirs |
//! | `marking` | what is said of each |
//! | `hits` | a page of them |

mod chosen;
mod dictionary;
mod hits;
mod looking;
mod marking;
mod occurrences;
mod patterns;
mod rank;
mod scope;
mod sought;
mod steps;
mod suggested;
mod whole;
mod words;

pub(super) use self::hits::{ByText, TextHits};
