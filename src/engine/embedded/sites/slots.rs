//! The sites of a data folder, opened side by side and closed side by side. Invariant: one that cannot
//! be opened is its own problem only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::open::{Start, close, open};
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::embedded::catalog::{Budget, Catalog};
use crate::engine::embedded::follow::awake;
use crate::engine::embedded::{jobs, spare};
use crate::engine::folder;

/// Sites that are opened at the same time.
const OPENERS: usize = 4;

#[derive(Clone)]
pub(in crate::engine::embedded) enum Slot {
    Open(Arc<Catalog>),
    /// The site could not be opened; the others are served.
    Failed(String),
}

impl Slot {
    pub(super) fn open(
        data_dir: &Path,
        site: Site,
        clock: &Clock,
        budget: &Budget,
        start: Start,
    ) -> Self {
        let id = site.tracker_id.clone();
        let folder = folder::of_site(data_dir, &id);
        let open = |site| open(data_dir, site, clock.clone(), budget.clone(), start);
        let opened = open(site.clone()).or_else(|error| {
            if !spare::give_up(&folder) {
                return Err(error);
            }
            tracing::warn!(site.tracker_id = id.as_str(), %error, "opened with what was kept of the disk for that");
            open(site)
        });
        match opened {
            Ok(catalog) => Self::Open(catalog),
            Err(error) => {
                tracing::error!(site.tracker_id = id.as_str(), %error, "site cannot be opened");
                Self::Failed(format!("cannot be opened: {error}"))
            }
        }
    }

    pub(in crate::engine::embedded) fn catalog(&self) -> Option<Arc<Catalog>> {
        match self {
            Self::Open(catalog) => Some(catalog.clone()),
            Self::Failed(_) => None,
        }
    }
}

pub(in crate::engine::embedded) fn open_all(
    data_dir: &Path,
    sites: Vec<Site>,
    budget: &Budget,
    clock: &Clock,
    start: Start,
) -> HashMap<TrackerId, Slot> {
    let unopened = Mutex::new(sites);
    let next = || {
        unopened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    };
    let opener = || {
        let mut slots = Vec::new();
        while let Some(site) = next() {
            let id = site.tracker_id.clone();
            let slot = Slot::open(data_dir, site, clock, budget, start);
            if let Some(catalog) = slot.catalog() {
                jobs::resume(&catalog);
                if !catalog.presence.is_awake() {
                    catalog.readers.keep(false);
                }
                // What had to be done with it is done.
                if budget.shared.wakefulness.too_many() > 0 {
                    awake::fall_asleep(&catalog);
                }
            }
            slots.push((id, slot));
        }
        slots
    };
    std::thread::scope(|scope| {
        let openers: Vec<_> = (0..OPENERS).map(|_| scope.spawn(opener)).collect();
        openers
            .into_iter()
            .flat_map(|opener| match opener.join() {
                Ok(slots) => slots,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

pub(super) fn close_all(catalogs: impl Iterator<Item = Arc<Catalog>>, time: Duration) {
    let deadline = Instant::now() + time;
    let catalogs: Vec<Arc<Catalog>> = catalogs.collect();
    // All at once first: then the sites finish side by side, not one after another.
    for catalog in &catalogs {
        catalog.bells.close();
    }
    for catalog in &catalogs {
        catalog.bells.wait_without_worker(deadline);
        catalog.requests.close();
    }
    for catalog in &catalogs {
        close(catalog, deadline);
    }
}
