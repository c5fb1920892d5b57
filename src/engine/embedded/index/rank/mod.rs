//! In which order what is found stands.
//!
//! | file | for |
//! |---|---|
//! | `relevance` | the order of relevance by columns and postings; the recipe is `engine::ranking` |
//! | `signal` | one signal of a segment's documents, read from a column |
//! | `preferred` | wishes of `prefer[]` |
//! | `sort` | orders by attributes |
//! | `behaviour` | what visitors chose after the same query |
//! | `top` | the best of many in bounded space |
//! | `behaviour` | where the objects are that visitors chose after a query |
//! | `feedback` | the best hits looked at once more: titles, and what they have in common |
//! | `hit_titles` | titles of hits as they were sent |
//! | `fixed` | what puts a document before others whatever is looked for |
//! | `led_to` | of suggestions, what leads to more that can be had |
//! | `variety` | of suggestions, what is nearly the same makes room |

pub(super) mod behaviour;
pub(super) mod feedback;
pub(super) mod fixed;
pub(super) mod hit_titles;
pub(super) mod led_to;
pub(super) mod preferred;
pub(super) mod relevance;
mod signal;
pub(super) mod sort;
pub(super) mod top;
pub(super) mod variety;
