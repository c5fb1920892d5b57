//! The sites of a data folder. Invariant: never two catalogs on one folder, and a site that cannot be opened is its
//! own problem only.
//!
//! | file | for |
//! |---|---|
//! | `lock` | one server a data folder |
//! | `open` | opens one site with its store, index and threads, and closes it |
//! | `ahead` | an index that knows of more than its store |
//! | `slots` | all of them, opened and closed side by side |
//! | `served` | those that are served, which may change meanwhile |
//! | `registry` | those made over the API, and found again |
//! | `stats` | what can be looked up about them |

pub(super) mod ahead;
mod lock;
mod open;
pub(super) mod registry;
mod served;
mod slots;
pub(super) mod stats;

pub(super) use lock::lock;
pub(super) use open::{CLOSE_WITHIN, Start, close, keep_spare, open};
pub(super) use served::Served;
pub(super) use slots::{Slot, open_all};
