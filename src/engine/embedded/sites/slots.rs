//! The sites of a data folder, opened side by side and closed side by side. Invariant: one that cannot
//! be opened is its own problem only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::open::{close, open};
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::embedded::catalog::{Budget, Catalog};
use crate::engine::embedded::{folder, spare};

/// Sites that are opened at the same time.
const OPENERS: usize = 4;

#[derive(Clone)]
pub(in crate::engine::embedded) enum Slot {
    Open(Arc<Catalog>),
    /// The site could not be opened; the others are served.
    Failed(String),
}

impl Slot {
    pub(super) fn open(data_dir: &Path, site: Site, clock: &Clock, budget: Budget) -> Self {
        let id = site.tracker_id.clone();
        let folder = folder::of_site(data_dir, &id);
        let opened = open(data_dir, site.clone(), clock.clone(), budget).or_else(|error| {
            if !spare::give_up(&folder) {
                return Err(error);
            }
            tracing::warn!(site.tracker_id = id.as_str(), %error, "opened with what was kept of the disk for that");
            open(data_dir, site, clock.clone(), budget)
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
    budget: Budget,
    clock: &Clock,
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
            slots.push((id, Slot::open(data_dir, site, clock, budget)));
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
