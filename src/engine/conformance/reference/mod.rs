//! An engine in memory that is obviously right: every rule is done to one object after the other, and
//! nothing is remembered that could be worked out again. What is the domain's (extraction, derived values,
//! types, patches, conditions) is shared by all backends and not tested here. Invariant: an answer follows
//! from what was written alone; a write is visible, and a job is done, when it returns.
//!
//! | file | for |
//! |---|---|
//! | `catalog` | whole objects, mentions, patches and deletions |
//! | `commits` | commits, and what they keep because it was refused |
//! | `files`, `file_row` | files, and what was found of them |
//! | `rows`, `documents`, `jobs` | what is written in other ways |
//! | `doors`, `document_door`, `inspection`, `refusals` | the traits |
//! | `scan`, `result_set`, `order`, `facets` | a search: what is found, in which order, counted |

mod catalog;
mod commits;
mod document_door;
mod documents;
mod doors;
pub(in crate::engine) mod facets;
mod file_row;
mod files;
mod inspection;
mod jobs;
pub(in crate::engine) mod order;
mod refusals;
mod result_set;
mod rows;
pub(in crate::engine) mod scan;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) use self::catalog::Catalog;
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::{Engine, EngineError};

pub(super) struct Reference {
    catalogs: Mutex<BTreeMap<TrackerId, Catalog>>,
    clock: Clock,
}

impl Reference {
    pub(super) fn new(sites: Vec<Site>, clock: Clock) -> Self {
        let now = clock.now();
        let catalogs = sites.into_iter().map(|site| {
            let id = site.tracker_id.clone();
            (id, Catalog::new(site, None, now))
        });
        Self {
            catalogs: Mutex::new(catalogs.collect()),
            clock,
        }
    }

    pub(super) fn doors(self: &Arc<Self>) -> Engine {
        Engine {
            writes: Arc::clone(self) as _,
            reads: Arc::clone(self) as _,
            inspection: Arc::clone(self) as _,
            refusals: Arc::clone(self) as _,
            search: Arc::clone(self) as _,
            jobs: Arc::clone(self) as _,
            files: Some(Arc::clone(self) as _),
            lifecycle: Arc::clone(self) as _,
            sources: Some(Arc::clone(self) as _),
            documents: Some(Arc::clone(self) as _),
            events: None,
            affinities: None,
        }
    }

    fn catalogs(&self) -> MutexGuard<'_, BTreeMap<TrackerId, Catalog>> {
        self.catalogs.lock().unwrap()
    }

    /// Does something to the catalog of a site that is served.
    pub(super) fn with<T>(
        &self,
        site: &TrackerId,
        work: impl FnOnce(&mut Catalog) -> T,
    ) -> Result<T, EngineError> {
        match self.catalogs().get_mut(site) {
            Some(catalog) if catalog.is_open => {
                catalog.now = self.clock.now();
                Ok(work(catalog))
            }
            _ => Err(EngineError::UnknownSite(site.clone())),
        }
    }
}
