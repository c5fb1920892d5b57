//! What is done about an index whose disk did not keep what was written. Invariant: damage that anybody meets is
//! told once in the log and as long as it lasts in the readiness, and ends by itself where the store has what
//! the index lacks.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::reindex;
use crate::engine::embedded::catalog::Catalog;

/// Takes note of a damaged index, and has another one made.
pub(in crate::engine::embedded) fn note_index(catalog: &Arc<Catalog>) {
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
        reindex::start_if_needed(catalog);
    }
}

/// Verifies an index that was too large to be verified before it served.
pub(in crate::engine::embedded) fn verify_beside(catalog: &Arc<Catalog>) {
    note_index(catalog);
    let Some(index) = catalog.index.load_full() else {
        return;
    };
    if index.is_verified_first() {
        return;
    }
    let owned = Arc::clone(catalog);
    catalog.budget.shared.looking.run(move || {
        index.verify();
        // Not of use when another has taken its place: that one is verified when it is opened.
        note_index(&owned);
    });
}

/// Has another index made where this one shows what the store no longer tells of.
pub(in crate::engine::embedded) fn note_strays(catalog: &Arc<Catalog>) {
    if catalog.readers.damaged().take_strays() {
        if let Some(index) = catalog.index.load_full() {
            index.condemn("it shows an object whose head in the store was damaged");
        }
        note_index(catalog);
    }
}
