//! [`EngineStats`] of the catalogs. Invariant: what is read here is read in passing; no write and no
//! search waits for it.

use std::sync::atomic::Ordering;

use super::served::Served;
use super::slots::Slot;
use crate::domain::Schema;
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::store::{StoreError, files, jobs, read_meta, receipts};
use crate::engine::stats::{
    EngineStats, IndexStats, OpenSiteStats, ReceiptStats, SiteStats, StoreStats,
};

/// Of the first sites by id; blocks.
pub(in crate::engine::embedded) fn look_up(served: &Served, sites_max: usize) -> EngineStats {
    let slots = served.slots();
    let mut sites: Vec<_> = slots.iter().collect();
    sites.sort_by_key(|(site, _)| *site);
    let by_site = sites.iter().take(sites_max).map(|(site, slot)| {
        let (is_well, open) = match slot {
            Slot::Open(catalog) => (catalog.problem().is_none(), Some(of_catalog(catalog))),
            Slot::Failed(_) => (false, None),
        };
        SiteStats {
            site: (*site).clone(),
            is_well,
            open,
        }
    });
    EngineStats {
        sites: sites.len(),
        sites_awake: served.wakefulness().awake(),
        site_wakings: served.wakefulness().wakings(),
        by_site: by_site.collect(),
        searches_kept_bytes: served.searches_kept_bytes(),
        ..EngineStats::default()
    }
}

fn of_catalog(catalog: &Catalog) -> OpenSiteStats {
    let (queue, writes_refused) = catalog.requests.load();
    let (index_queue, _) = catalog.groups.load();
    let (index_commits, index_commit_age) = catalog.commits();
    let store = catalog.store_stats(|| of_store(catalog));
    let store = store.inspect_err(|error| {
        let site = catalog.tracker_id.as_str();
        tracing::warn!(site.tracker_id = site, %error, "the stats of a store cannot be read");
    });
    OpenSiteStats {
        write_queue_requests: queue.entries,
        write_queue_bytes: queue.size,
        writes_refused,
        index_queue_groups: index_queue.entries,
        index_queue_operations: index_queue.size,
        objects_refused: catalog.refused.count(),
        misfits_kept: catalog.misfits_kept.load(Ordering::Relaxed),
        names: catalog.schema.load().len(),
        names_max: Schema::ATTRIBUTES_MAX,
        names_freed: catalog.names.freed(),
        visible: catalog.visible().0,
        index_commits,
        index_commit_age,
        index_damages: catalog.index_damages.load(Ordering::Relaxed),
        lost_transactions: catalog.lost_transactions + catalog.groups_lost,
        damaged_objects: catalog.readers.damaged().count(),
        index: of_index(catalog),
        store: store.ok(),
        events: catalog.events.stats(),
    }
}

/// What a site that is asleep had when it fell asleep, it has still.
fn of_index(catalog: &Catalog) -> Option<IndexStats> {
    match &*catalog.index.load() {
        Some(index) => Some(index.stats()),
        None => catalog.asleep.load().as_ref().map(|asleep| asleep.stats),
    }
}

fn of_store(catalog: &Catalog) -> Result<StoreStats, StoreError> {
    // Taken before the store is read: what is called visible now, was visible then.
    let visible = catalog.visible();
    let now = catalog.clock.now();
    catalog.readers.with(|reader| {
        let snapshot = reader.snapshot()?;
        let (pending, oldest_pending_age) = receipts::pending(&snapshot, visible, now)?;
        Ok(StoreStats {
            written: read_meta(&snapshot)?.counters.last_sequence.0,
            jobs: jobs::by_state(&snapshot)?,
            files: files::counts(&snapshot)?,
            receipts: ReceiptStats {
                pending,
                oldest_pending_age,
                complete: catalog.receipts.complete_but(pending),
                failed: catalog.receipts.failed(),
            },
        })
    })
}
