//! The traits of [`crate::engine`] by one catalog a site. Invariant: nothing here decides anything; it finds the
//! catalog and hands over.
//!
//! | file | for |
//! |---|---|
//! | `catalog` | objects: written, listed, counted |
//! | `inspection` | what people see who look into a catalog |
//! | `refusals` | what was refused lately |
//! | `search` | searches |
//! | `jobs` | jobs |
//! | `files` | files to be fetched, and what came of it |
//! | `sources` | rows of sources, made ready for the writer |
//! | `documents` | engines of documents |
//! | `events` | what visitors did, and what is popular |
//! | `affinities` | what goes with what, and what single clients did |
//! | `kept` | what comes as another backend has kept it |
//! | `lifecycle` | sites that come and go, readiness, stats |

mod affinities;
mod catalog;
mod documents;
mod events;
mod files;
mod inspection;
mod jobs;
mod kept;
mod lifecycle;
mod refusals;
mod search;
mod sources;
