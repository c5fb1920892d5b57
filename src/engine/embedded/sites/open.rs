//! Opens a site and closes it. Invariant: what was acknowledged before a site is closed is there when it is opened
//! again, and a search finds it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ahead;
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::embedded::catalog::{Budget, Catalog, Opened, Workers};
use crate::engine::embedded::follow::rebuild::Trust;
use crate::engine::embedded::follow::{awake, damage, indexing, rebuild, reindex};
use crate::engine::embedded::store::{self, Readers, StoreError, attributes, engines, files, wal};
use crate::engine::embedded::write::worker;
use crate::engine::embedded::{learning, record, spare};
use crate::engine::folder;

/// How long [`Lifecycle::close`](crate::engine::Lifecycle::close) waits for what is in the queues.
pub(in crate::engine::embedded) const CLOSE_WITHIN: Duration = Duration::from_secs(8);

/// Who does the work of an open site.
const WORKERS: Workers = Workers {
    write: worker::start,
    index: indexing::start,
};

/// Whether a site that is opened has its index opened with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::embedded) enum Start {
    Awake,
    /// Not where nothing has to be done with it.
    Asleep,
}

/// Opens the site's store and index, making what is missing. The index is current when this
/// returns, unless it cannot be made now: then it is tried again in the background. One whose words
/// were made in another way serves until a better one is made.
pub(in crate::engine::embedded) fn open(
    data_dir: &Path,
    site: Site,
    clock: Clock,
    budget: Budget,
    start: Start,
) -> Result<Arc<Catalog>, StoreError> {
    let folder = folder::of_site(data_dir, &site.tracker_id);
    folder::create(&folder)?;
    rebuild::tidy(&folder)?;
    ahead::require_store(&folder)?;
    store::require_whole(&folder)?;
    let lost_transactions = look_for_lost_writes(&site.tracker_id, &folder)?;
    let meta = store::open_or_create(&folder, clock.now())?;
    reindex::tidy(&folder)?;
    let groups_lost = ahead::look(&site.tracker_id, &folder, &meta)?;
    let readers = Readers::new(folder.clone(), Arc::clone(&budget.shared.reader_pages));
    let (schema, card, files_due) = readers.with(|reader| {
        let schema = learning::learn(&folder, reader, attributes::load(reader)?)?;
        let files_due = files::next_due(reader)?;
        Ok::<_, StoreError>((schema, engines::card(reader)?, files_due))
    })?;
    let opened = Opened {
        folder,
        store_id: meta.id,
        card,
        schema,
        readers,
        lost_transactions,
        groups_lost,
        clock,
        budget,
        workers: WORKERS,
    };
    let catalog = Arc::new(Catalog::new(site, opened));
    ahead::note(&catalog);
    catalog.files.set(files_due);
    keep_spare(&catalog);
    let has_lost = lost_transactions > 0 || groups_lost > 0;
    let last = meta.counters.last_sequence;
    if start == Start::Asleep && !has_lost && awake::stay_asleep(&catalog, last) {
        return Ok(catalog);
    }
    catalog.note_use();
    match rebuild::open_index(&catalog, Trust::Yes) {
        Ok(applied) => {
            catalog.show_first(applied);
            damage::verify_beside(&catalog);
            reindex::start_if_needed(&catalog);
        }
        Err(error) => {
            tracing::error!(
                site.tracker_id = catalog.tracker_id.as_str(),
                %error,
                "the index is not up to date; trying again in the background"
            );
            catalog.index_failed(&error);
            indexing::ensure_running(&catalog);
        }
    }
    record::wake(&catalog);
    record::examine_beside(&catalog);
    Ok(catalog)
}

/// Has some of the disk kept for the next start.
pub(in crate::engine::embedded) fn keep_spare(catalog: &Catalog) {
    if let Err(error) = spare::keep(&catalog.folder, catalog.budget.disk_reserve_bytes) {
        let site = catalog.tracker_id.as_str();
        tracing::warn!(site.tracker_id = site, %error, "nothing of the disk can be kept for the next start");
    }
}

/// Looks, before a store is opened and its write-ahead log is written over, whether all is found that was
/// committed to it; how many transactions are not. A log that lost some is kept.
fn look_for_lost_writes(site: &TrackerId, folder: &Path) -> io::Result<u64> {
    let survey = wal::survey(&wal::path(folder))?;
    if survey.lost > 0 {
        tracing::error!(
            site.tracker_id = site.as_str(),
            transactions = survey.lost,
            "the write-ahead log of the store is damaged: acknowledged writes are lost"
        );
        if let Err(error) = wal::keep(folder) {
            tracing::error!(site.tracker_id = site.as_str(), %error, "the damaged log cannot be kept");
        }
        return Ok(survey.lost);
    }
    // Of an earlier start, until somebody has taken note.
    Ok(wal::survey(&wal::kept_path(folder))?.lost)
}

/// Serves the site with other settings from the next search on.
pub(super) fn change_settings(catalog: &Arc<Catalog>, site: Site) {
    catalog.site.store(Arc::new(site));
    reindex::start_if_needed(catalog);
}

/// Lets nothing more in, writes and indexes what is in, and ends the threads. What does not get
/// done until the deadline is in the log and is done at the next start.
pub(in crate::engine::embedded) fn close(catalog: &Catalog, deadline: Instant) {
    catalog.bells.close();
    catalog.bells.wait_without_worker(deadline);
    catalog.requests.close();
    let written = catalog.requests.wait_without_worker(deadline);
    catalog.names.wait_ended(deadline);
    catalog.groups.close();
    let reindexed = catalog.reindexing.wait_ended(deadline);
    let indexed = reindexed && catalog.groups.wait_without_worker(deadline);
    if !written || !indexed {
        tracing::warn!(
            site.tracker_id = catalog.tracker_id.as_str(),
            "closing before everything was indexed; the next start goes on"
        );
    }
    catalog.events.close(deadline);
    catalog.fall_asleep();
    fold_log(catalog);
}

/// Leaves a `store.db` that is whole without its write-ahead log. What cannot be moved there stays where it is.
fn fold_log(catalog: &Catalog) {
    if catalog.health.read_only().is_none()
        && let Err(error) = store::fold_log(&catalog.folder)
    {
        tracing::warn!(
            site.tracker_id = catalog.tracker_id.as_str(),
            %error,
            "the write-ahead log stays beside the store"
        );
    }
}
