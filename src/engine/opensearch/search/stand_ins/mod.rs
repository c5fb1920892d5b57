//! Searches where variants stand for the object they are nested in (docs/reference/05-search.md §9, `best`). A search is put
//! together as anywhere else; here it becomes one about nested documents, of which the cluster says which are found, and one is
//! shown of each object. Invariant: which one it is, is decided as in the embedded engine, by `engine::ranking`.
//!
//! | file | for |
//! |---|---|
//! | `question` | queries and counts about nested documents |
//! | `order` | orders by them |
//! | `page` | objects asked for with what stands for them |
//! | `totals` | how many hits there are |
//! | `listed` | pages in an order that the one shown decides |

mod listed;
mod order;
pub(super) mod page;
pub(super) mod question;
pub(super) mod totals;

pub(super) use self::listed::Listed;
