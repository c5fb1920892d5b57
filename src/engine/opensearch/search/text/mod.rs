//! Texts: what is met, which objects that makes the result, and in what order.
//!
//! | file | for |
//! |---|---|
//! | `dictionary` | the words of a catalog |
//! | `sought` | a query text with everything its words are met by |
//! | `words` | words as queries |
//! | `steps` | how well words are met, as queries |
//! | `chosen` | which objects are the result |
//! | `occurrences` | words of an object that are asked for |
//! | `rank` | hits in their order |
//! | `hits` | a page of them |

mod chosen;
mod dictionary;
mod hits;
mod occurrences;
mod rank;
mod sought;
mod steps;
mod words;

pub(super) use self::hits::{ByText, TextHits};
