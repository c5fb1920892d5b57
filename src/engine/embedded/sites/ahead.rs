//! An index that knows of more than its store: the store, or its write-ahead log, is gone or is an older one. An index
//! only ever follows, so this is proof of a loss. Invariant: such an index is kept, nothing is written over what is
//! left of the store, and the site takes no writes until somebody took note.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::domain::TrackerId;
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::follow::rebuild;
use crate::engine::embedded::ids::{Sequence, StoreId};
use crate::engine::embedded::store::{self, StoreError, wal};
use crate::engine::folder;

/// Where an index that is ahead is kept until it is taken away.
pub(in crate::engine::embedded) fn kept_folder(site_folder: &Path) -> PathBuf {
    site_folder.join("index.ahead")
}

/// What an index says of itself, whatever else is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Checkpoint {
    store: StoreId,
    applied: Sequence,
}

/// `None` without an index that can say anything.
fn checkpoint(index: &Path) -> Option<Checkpoint> {
    let metas = fs::read_to_string(index.join("meta.json")).ok()?;
    // Nothing in a payload is escaped.
    let payload = metas.split("\"payload\"").nth(1)?.split('"').nth(1)?;
    // Its layout, the store it follows, and how far; what comes behind differs between layouts.
    let mut words = payload.split(' ').skip(1);
    Some(Checkpoint {
        store: StoreId(uuid::Uuid::parse_str(words.next()?).ok()?),
        applied: Sequence(words.next()?.parse().ok()?),
    })
}

/// Refuses to make a new store where one must have been: a new one would be an empty shop, and the end of the
/// write-ahead log beside it. To be called before anything is opened.
pub(super) fn require_store(site_folder: &Path) -> Result<(), StoreError> {
    let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    if length(&store::path(site_folder)) > 0 {
        return Ok(());
    }
    let indexes = [rebuild::index_folder(site_folder), kept_folder(site_folder)];
    let known = indexes.iter().filter_map(|index| checkpoint(index));
    let group = known.map(|known| known.applied.0).max().unwrap_or_default();
    let has_log = length(&wal::path(site_folder)) > 0;
    if group > 0 || has_log {
        return Err(StoreError::Gone { group, has_log });
    }
    Ok(())
}

/// Puts an index aside that knows of more than the store has, and says by how many groups of writes the store is
/// behind one that was. To be called before the index is opened.
pub(super) fn look(site: &TrackerId, site_folder: &Path, store: &store::Meta) -> io::Result<u64> {
    let (index, kept) = (rebuild::index_folder(site_folder), kept_folder(site_folder));
    let behind = |of: &Path| {
        let known = checkpoint(of).filter(|known| known.store == store.id)?;
        let lost = known
            .applied
            .0
            .checked_sub(store.counters.last_sequence.0)?;
        (lost > 0).then_some(lost)
    };
    if let Some(lost) = behind(&index) {
        tracing::error!(
            site.tracker_id = site.as_str(),
            groups = lost,
            "the index knows of writes that the store does not have: acknowledged writes are lost"
        );
        // An earlier one says more.
        if !kept.exists() {
            fs::rename(&index, &kept)?;
            folder::sync_parent(&kept)?;
        }
    }
    if !kept.exists() {
        return Ok(0);
    }
    if let Some(lost) = behind(&kept) {
        return Ok(lost);
    }
    if checkpoint(&kept).is_none_or(|known| known.store == store.id) {
        tracing::info!(
            site.tracker_id = site.as_str(),
            "the store has all that the index put aside knows of"
        );
    }
    folder::remove(&kept)?;
    Ok(0)
}

/// Closes the site to writes where its store is behind.
pub(super) fn note(catalog: &Catalog) {
    if catalog.groups_lost > 0 {
        catalog.health.close_writes(format!(
            "read-only: the index knew of writes that the store does not have, groups: {}; put the right `store.db` \
             and `store.db-wal` back, or take `index.ahead` away and send the catalog again, then start again",
            catalog.groups_lost
        ));
    }
}
