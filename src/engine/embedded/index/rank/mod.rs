//! In which order what is found stands.
//!
//! | file | for |
//! |---|---|
//! | `relevance` | the order of relevance by columns and postings; the recipe is `engine::ranking` |
//! | `score` | a score as something that has an order |
//! | `signal` | one signal of a segment's documents, read from a column |
//! | `sources` | from which attributes signals are read |
//! | `preferred` | wishes of `prefer[]` |
//! | `sort` | orders by attributes |
//! | `top` | the best of many in bounded space |
//! | `feedback` | the best hits looked at once more: titles, and what they have in common |

pub(super) mod feedback;
pub(super) mod preferred;
pub(super) mod relevance;
pub(super) mod score;
mod signal;
pub(super) mod sort;
pub(super) mod sources;
pub(super) mod top;
