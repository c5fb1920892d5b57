//! What is counted beside.
//!
//! | file | for |
//! |---|---|
//! | `docs` | the documents of a result, and which of them are one hit |
//! | `counting` | counts over them: values, ranges, edges |
//! | `text_counts` | texts, by their numbers in the dictionaries of segments |
//! | `value_counts` | numbers and dates value by value |
//! | `cache` | counts, kept for those who ask for the same |
//! | `dynamic` | facets that nobody named |

pub(super) mod cache;
pub(super) mod counting;
pub(super) mod docs;
pub(super) mod dynamic;
pub(super) mod text_counts;
pub(super) mod value_counts;
