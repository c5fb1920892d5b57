//! A site wakes up when its index is needed, and falls asleep when nobody uses it. Invariants: what was acknowledged
//! before a site fell asleep is found by whoever wakes it; one that is being written, searched or mended stays awake;
//! whoever comes meanwhile waits or wakes it again.

use std::sync::Arc;

use super::{damage, rebuild, reindex};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::{Asleep, Catalog};
use crate::engine::embedded::error::unavailable;
use crate::engine::embedded::ids::Sequence;
use crate::engine::embedded::index::{Index, Peek};
use crate::engine::queue::Put;
use crate::engine::stats::IndexStats;

/// The index of a site, which is opened where it is not; blocks.
pub(in crate::engine::embedded) fn index(
    catalog: &Arc<Catalog>,
) -> Result<Arc<Index>, EngineError> {
    if let Some(index) = catalog.index.load_full() {
        return Ok(index);
    }
    // Held until somebody has it in hand: it might fall asleep again at once.
    let _opening = catalog.opening();
    wake(catalog);
    let index = catalog.index.load_full();
    index.ok_or_else(|| unavailable("the index is being made"))
}

/// Opens the index of a site that is asleep. To be called by who holds [`Catalog::opening`].
pub(super) fn wake(catalog: &Arc<Catalog>) {
    if catalog.index.load().is_some() || catalog.asleep.load().is_none() {
        return;
    }
    catalog.note_use();
    catalog.budget.shared.wakefulness.wait_for_room();
    let opened = rebuild::reopen_index(catalog);
    catalog.asleep.store(None);
    match opened {
        Ok(applied) => {
            catalog.show(applied);
            damage::verify_beside(catalog);
            reindex::start_if_needed(catalog);
        }
        Err(error) => {
            tracing::error!(
                site.tracker_id = catalog.tracker_id.as_str(),
                %error,
                "the index of a site that was asleep cannot be opened; trying again in the background"
            );
            catalog.index_failed(&error);
            if catalog.groups.claim() == Put::NeedsWorker {
                (catalog.workers.index)(catalog);
            }
        }
    }
}

/// Leaves a site asleep that was just opened, where that keeps nothing back: its index is one that can be read, and has
/// all that the store has. Whether it does.
pub(in crate::engine::embedded) fn stay_asleep(catalog: &Catalog, last: Sequence) -> bool {
    let folder = rebuild::index_folder(&catalog.folder);
    let stats = match Index::peek(&folder, catalog.store_id) {
        Ok(Peek { applied, stats }) if applied == last => stats,
        // Nothing was ever written: there is nothing to be made ready.
        Err(_) if last == Sequence::default() && !folder.exists() => IndexStats::default(),
        _ => return false,
    };
    catalog.show_first(last);
    let asleep = Asleep {
        stats,
        learnt: None,
    };
    catalog.asleep.store(Some(Arc::new(asleep)));
    true
}

/// Closes what an unused site has open; whether it sleeps now. Workers that only wait for more work are sent away, and
/// the next call may find them gone.
pub(in crate::engine::embedded) fn fall_asleep(catalog: &Arc<Catalog>) -> bool {
    let is_busy = catalog.reindexing.is_at_work()
        || catalog.names.is_running()
        || catalog.bells.have_worker();
    if is_busy || catalog.health.problem().is_some() {
        return false;
    }
    catalog.presence.send_to_sleep();
    // Each of them is told.
    let are_there = [
        catalog.requests.send_away(),
        catalog.groups.send_away(),
        catalog.events.queue.send_away(),
    ];
    if are_there.contains(&true) {
        return false;
    }
    let Some(_opening) = catalog.try_opening() else {
        return false;
    };
    // As its worker: nobody else gives anything to the index meanwhile.
    if catalog.groups.claim() == Put::HasWorker {
        return false;
    }
    let is_asleep = close(catalog);
    if !catalog.groups.try_leave() {
        (catalog.workers.index)(catalog);
    }
    is_asleep
}

fn close(catalog: &Catalog) -> bool {
    match catalog.index.load_full() {
        Some(index) => {
            // Ours, and that of the catalog: others are of searches.
            if index.damage().is_some() || Arc::strong_count(&index) > 2 {
                return false;
            }
            let asleep = Asleep {
                stats: index.stats(),
                learnt: Some(index.learnt()),
            };
            catalog.asleep.store(Some(Arc::new(asleep)));
            catalog.index.store(None);
        }
        // Read of the store alone, since it woke up.
        None if catalog.asleep.load().is_some() => {}
        None => return false,
    }
    catalog.events.fall_asleep();
    catalog.fall_asleep();
    true
}
