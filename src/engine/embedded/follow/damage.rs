//! What becomes of a site whose disk did not keep what was written. Invariant: damage that anybody meets is
//! told once in the log and as long as it lasts in the readiness, and ends by itself where the store has what
//! the index lacks.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::catalog::Catalog;
use super::renewal;
use super::store::wal;
use crate::domain::TrackerId;

/// Takes note of a damaged index, and has another one made.
pub(super) fn note_index(catalog: &Arc<Catalog>) {
    let Some(index) = catalog.index.load_full() else {
        return;
    };
    if index.is_newly_damaged() {
        catalog.index_damages.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            site.tracker_id = catalog.tracker_id.as_str(),
            reason = index.damage(),
            "the index is damaged; making another one"
        );
    }
    if index.damage().is_some() {
        renewal::start_if_needed(catalog);
    }
}

/// Verifies an index that was too large to be verified before it served.
pub(super) fn verify_beside(catalog: &Arc<Catalog>) {
    note_index(catalog);
    let Some(index) = catalog.index.load_full() else {
        return;
    };
    if index.is_verified_first() {
        return;
    }
    let owned = Arc::clone(catalog);
    let verifying = std::thread::Builder::new()
        .name(format!("verify {}", catalog.tracker_id))
        .spawn(move || {
            index.verify();
            // Not of use when another has taken its place: that one is verified when it is opened.
            note_index(&owned);
        });
    if let Err(error) = verifying {
        tracing::warn!(%error, "cannot start a thread to verify an index");
    }
}

/// Looks, before a store is opened and its write-ahead log is written over, whether all is found that was
/// committed to it; how many transactions are not. A log that lost some is kept.
pub(super) fn look_for_lost_writes(site: &TrackerId, folder: &Path) -> io::Result<u64> {
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

/// Has another index made where this one shows what the store no longer tells of.
pub(super) fn note_strays(catalog: &Arc<Catalog>) {
    if catalog.readers.damaged().take_strays() {
        if let Some(index) = catalog.index.load_full() {
            index.condemn("it shows an object whose head in the store was damaged");
        }
        note_index(catalog);
    }
}

/// Takes note of what a read found out about the store.
pub(super) fn note_store(catalog: &Catalog) {
    if let Some(error) = catalog.readers.damaged().take_file_error() {
        let site = catalog.tracker_id.as_str();
        catalog.health.store_failed(site, &error);
    }
}
