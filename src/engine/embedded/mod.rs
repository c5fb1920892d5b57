//! The engine that needs no other service: one catalog folder a site, `SQLite` and tantivy inside,
//! named nowhere else.
//!
//! A write goes `door` → `batch` (made ready) → `catalog` (it waits) → `write` → `batch` (executed) → `store`, is
//! answered, and goes on to `follow` → `index`. What a write does, [`super::plan`] decides. A search goes `door` → `read` → `index` → `store`.
//!
//! From the bottom to the top; nothing uses what is below it in this table:
//!
//! | place | for |
//! |---|---|
//! | `ids`, `settings`, `error` | names, bounds and errors that all parts share |
//! | `spare` | a little of the disk that is kept for starts |
//! //! | `store` | the truth of a site: `SQLite` |
//! //! | [`index`] | what is searched, derived from the store: tantivy |
//! | `batch` | writes made ready, and what a batch of them does to the store |
//! | `learning` | what stores of earlier versions lack |
//! | `catalog` | the state of one site that is open |
//! | `follow` | the index follows the store: indexing, repair, reindex, rebuild |
//! | `write` | the worker that writes |
//! | `record` | the worker that counts events |
//! | `jobs` | in the background what takes more than one write batch |
//! | `sites` | the sites of a data folder, opened and closed |
//! | `maintenance` | what is done to all of them now and then |
//! | [`offline`] | what a person asks of a data folder |
//! | `read` | searches and listings |
//! | `engine`, `door` | all of it together, and the traits it is reached by |

mod batch;
mod catalog;
mod door;
mod engine;
mod error;
mod follow;
pub mod ids;
pub mod index;
mod jobs;
mod learning;
mod maintenance;
pub mod offline;
mod read;
mod record;
mod settings;
mod share;
mod sites;
mod spare;
mod store;
mod write;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

pub use engine::EmbeddedEngine;
pub use settings::EmbeddedSettings;
