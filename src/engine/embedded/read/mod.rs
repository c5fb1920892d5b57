//! What is read. Invariant: nothing is read on an async thread, and a read is bounded in time and in work.
//!
//! | file | for |
//! |---|---|
//! | `search_pool` | the places reads run in |
//! | `fair_queue` | whose search is next |
//! | `search` | a search: the index finds, the store supplies |
//! | `listing` | pages of a catalog out of its store |

mod fair_queue;
pub(super) mod listing;
pub(super) mod search;
mod search_pool;

pub(super) use fair_queue::Lane;
pub(super) use search_pool::SearchPool;
