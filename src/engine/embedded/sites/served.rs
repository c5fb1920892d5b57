//! The sites that are served, which may change while they are. Invariant: whoever took a catalog from
//! here can finish what it does with it; a catalog is closed when nobody new can take it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::Notify;

use super::open::{Start, change_settings, close};
use super::registry;
use super::slots::{Slot, close_all};
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::{Budget, Catalog, Wakefulness};
use crate::engine::embedded::error::unavailable;
use crate::engine::embedded::settings::EmbeddedSettings;
use crate::engine::embedded::store::StoreError;
use crate::engine::embedded::{jobs, record};

/// Between two looks whether a closed catalog is still held.
const HELD_PAUSE: Duration = Duration::from_millis(10);

pub(in crate::engine::embedded) struct Served {
    slots: ArcSwap<HashMap<TrackerId, Slot>>,
    /// Held while a site is opened or closed: never two catalogs on one folder.
    changing: Mutex<()>,
    /// Nothing is opened any more.
    is_closed: AtomicBool,
    data_dir: PathBuf,
    settings: EmbeddedSettings,
    budget: Budget,
    clock: Clock,
}

impl Served {
    pub(in crate::engine::embedded) fn new(
        slots: HashMap<TrackerId, Slot>,
        data_dir: PathBuf,
        settings: EmbeddedSettings,
        budget: Budget,
        clock: Clock,
    ) -> Self {
        Self {
            slots: ArcSwap::from_pointee(slots),
            changing: Mutex::new(()),
            is_closed: AtomicBool::new(false),
            data_dir,
            settings,
            budget,
            clock,
        }
    }

    pub(in crate::engine::embedded) fn settings(&self) -> &EmbeddedSettings {
        &self.settings
    }

    pub(in crate::engine::embedded) fn slots(&self) -> Guard<Arc<HashMap<TrackerId, Slot>>> {
        self.slots.load()
    }

    /// Of all sites, asleep or not.
    pub(in crate::engine::embedded) fn wakefulness(&self) -> &Wakefulness {
        &self.budget.shared.wakefulness
    }

    /// Rings when files may have to be fetched.
    pub(in crate::engine::embedded) fn files_bell(&self) -> &Notify {
        &self.budget.shared.files_bell
    }

    /// Memory of what searches of all sites keep, in bytes.
    pub(super) fn searches_kept_bytes(&self) -> u64 {
        self.budget.shared.caches.bytes()
    }

    /// A site for whoever is about to use it.
    pub(in crate::engine::embedded) fn catalog(
        &self,
        site: &TrackerId,
    ) -> Result<Arc<Catalog>, EngineError> {
        match self.slots.load().get(site) {
            Some(Slot::Open(catalog)) => {
                if catalog.note_use() {
                    record::wake(catalog);
                    record::examine_beside(catalog);
                }
                Ok(Arc::clone(catalog))
            }
            Some(Slot::Failed(reason)) => Err(unavailable(reason)),
            None => Err(EngineError::UnknownSite(site.clone())),
        }
    }

    pub(in crate::engine::embedded) fn catalogs(&self) -> Vec<Arc<Catalog>> {
        self.slots
            .load()
            .values()
            .filter_map(Slot::catalog)
            .collect()
    }

    /// Serves one more site, or tries one again that could not be opened; blocks. One that is open is
    /// served with these settings from now on.
    pub(in crate::engine::embedded) fn open(&self, site: Site) {
        let _changing = self.changing.lock();
        let id = site.tracker_id.clone();
        let slots = self.slots.load_full();
        if self.is_closed.load(Ordering::SeqCst) {
            return;
        }
        if let Some(Slot::Open(catalog)) = slots.get(&id) {
            change_settings(catalog, site);
            return;
        }
        let (clock, budget) = (&self.clock, &self.budget);
        let slot = Slot::open(&self.data_dir, site, clock, budget, Start::Awake);
        if let Some(catalog) = slot.catalog() {
            jobs::resume(&catalog);
        }
        self.slots.rcu(|slots| {
            let mut slots = HashMap::clone(slots);
            slots.insert(id.clone(), slot.clone());
            slots
        });
        // Whoever closed everything meanwhile may not have seen it.
        if self.is_closed.load(Ordering::SeqCst) {
            self.close_all(Duration::ZERO);
        }
    }

    /// Makes the folder of a new site; `false` when there is one. Blocks.
    pub(in crate::engine::embedded) fn make(
        &self,
        site: &Site,
        name: String,
    ) -> Result<bool, StoreError> {
        let _changing = self.changing.lock();
        registry::make(&self.data_dir, site, name, self.clock.now())
    }

    /// Serves a site no more and removes its folder; blocks.
    pub(in crate::engine::embedded) fn remove(
        &self,
        site: &TrackerId,
        time: Duration,
    ) -> std::io::Result<()> {
        self.close(site, time);
        let _changing = self.changing.lock();
        if self.slots.load().contains_key(site) {
            // Somebody opened it again meanwhile.
            return Ok(());
        }
        registry::remove(&self.data_dir, site)
    }

    /// Serves a site no more; blocks until what was acknowledged is indexed and its files are
    /// closed, or the time is over.
    pub(in crate::engine::embedded) fn close(&self, site: &TrackerId, time: Duration) {
        let _changing = self.changing.lock();
        let before = self.slots.rcu(|slots| {
            let mut slots = HashMap::clone(slots);
            slots.remove(site);
            slots
        });
        let Some(catalog) = before.get(site).and_then(Slot::catalog) else {
            return;
        };
        drop(before);
        let deadline = Instant::now() + time;
        close(&catalog, deadline);
        // Opening it again must not meet files that a last search still reads.
        let held = Arc::downgrade(&catalog);
        drop(catalog);
        while held.strong_count() > 0 && Instant::now() < deadline {
            std::thread::sleep(HELD_PAUSE);
        }
    }

    /// Ends the threads of all sites; blocks. What is queued is finished first, within the time.
    pub(in crate::engine::embedded) fn close_all(&self, time: Duration) {
        self.is_closed.store(true, Ordering::SeqCst);
        close_all(self.catalogs().into_iter(), time);
    }
}
