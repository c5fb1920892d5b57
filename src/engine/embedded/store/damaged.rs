//! Contents that are not what was written. Invariant: what is named here is never answered; it is left out,
//! as if the object were not there, until somebody sends the object again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::StoreError;
use crate::engine::embedded::ids::VersionId;

#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Damaged {
    versions: Mutex<BTreeSet<VersionId>>,
    /// Places in the order whose heads cannot be read.
    heads: Mutex<BTreeSet<u64>>,
    /// Of both, so that asking costs nothing while all is well.
    count: AtomicUsize,
    /// Whether the index may show what no head told of.
    has_strays: AtomicBool,
    /// What says that the file as such is damaged, until somebody has taken note.
    file: Mutex<Option<StoreError>>,
}

impl Damaged {
    /// Most that are told apart; more are counted no further.
    pub(super) const NAMED_MAX: usize = 100_000;

    /// How many objects are left out.
    pub(in crate::engine::embedded) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub(in crate::engine::embedded) fn has(&self, version: VersionId) -> bool {
        self.count() > 0 && lock(&self.versions).contains(&version)
    }

    pub(in crate::engine::embedded) fn note(&self, version: VersionId, why: &str) {
        if insert(&mut lock(&self.versions), version) {
            self.count.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                version = version.0,
                why,
                "a content in the store is damaged; its object is left out until it is sent again"
            );
        }
    }

    pub(super) fn note_head(&self, first_seen: u64, error: &StoreError) {
        if insert(&mut lock(&self.heads), first_seen) {
            self.count.fetch_add(1, Ordering::Relaxed);
            tracing::error!(first_seen, %error, "a head in the store is damaged; its object is left out");
        }
    }

    /// An object was replaced or deleted whose version nobody knows: the index still shows it.
    pub(in crate::engine::embedded) fn note_stray(&self) {
        self.has_strays.store(true, Ordering::Relaxed);
    }

    /// Whether there was one since this was last asked.
    pub(in crate::engine::embedded) fn take_strays(&self) -> bool {
        self.has_strays.swap(false, Ordering::Relaxed)
    }

    pub(super) fn note_file(&self, error: StoreError) {
        lock(&self.file).get_or_insert(error);
    }

    /// What a read said of the file as such, once.
    pub(in crate::engine::embedded) fn take_file_error(&self) -> Option<StoreError> {
        lock(&self.file).take()
    }

    /// What was in these places was written again, or is gone.
    pub(in crate::engine::embedded) fn forget_heads(&self, places: &[u64]) {
        if self.count() == 0 {
            return;
        }
        let mut named = lock(&self.heads);
        let forgotten = places.iter().filter(|place| named.remove(place));
        self.count.fetch_sub(forgotten.count(), Ordering::Relaxed);
    }

    /// No object has these contents any more.
    pub(in crate::engine::embedded) fn forget(&self, versions: &[VersionId]) {
        if self.count() == 0 {
            return;
        }
        let mut named = lock(&self.versions);
        let forgotten = versions.iter().filter(|version| named.remove(version));
        self.count.fetch_sub(forgotten.count(), Ordering::Relaxed);
    }
}

fn insert<T: Ord>(named: &mut BTreeSet<T>, one: T) -> bool {
    named.len() < Damaged::NAMED_MAX && named.insert(one)
}

fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
