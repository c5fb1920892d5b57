//! The index follows the store. Invariant: nothing is visible that is not on the disk, and what is on the disk becomes
//! visible, whatever fails in between.
//!
//! | file | for |
//! |---|---|
//! | `awake` | the index opened when somebody needs it, and closed |
//! | `indexing` | the worker that gives groups of writes to the index and commits them |
//! | `repair` | what that does when the index cannot follow, or another takes its place |
//! | `damage` | what is done about an index that is not what was written |
//! | `reindex` | another index made beside the one that serves |
//! | `rebuild` | an index brought in step with the store: by its log, or from nothing |

pub(super) mod awake;
pub(super) mod damage;
pub(super) mod indexing;
pub(super) mod rebuild;
pub(super) mod reindex;
mod repair;
