//! What is done when the file cannot be read. Invariant: who asks for what was counted is answered as if nothing had
//! been, and an operator is told.

use std::path::Path;
use std::sync::atomic::Ordering;

use super::{EventLog, Trouble, check, has_file, is_final, lock};
use crate::engine::sqlite::StoreError;

impl EventLog {
    /// What was read, or nothing.
    pub(in crate::engine) fn read_or_nothing<T: Default>(
        &self,
        site: &str,
        read: Result<T, StoreError>,
    ) -> T {
        read.unwrap_or_else(|error| {
            self.note_unread(site, &error);
            T::default()
        })
    }

    /// Looks through the file for damage that no answer would tell of; blocks for as long as reading it takes.
    pub(in crate::engine) fn examine(&self, site: &str, site_folder: &Path) {
        match check::first_fault(site_folder) {
            Ok(None) => {}
            Ok(Some(fault)) => self.note_unread(site, &StoreError::Damaged(fault)),
            Err(error) => self.note_unread(site, &error),
        }
    }

    /// Whether the caller is to look through it: there is something, and nobody did since the start.
    pub(in crate::engine) fn begin_examination(&self, site_folder: &Path) -> bool {
        let has_counted = self.settings.enabled && has_file(site_folder);
        has_counted && !self.is_examined.swap(true, Ordering::Relaxed)
    }

    /// Tells an error once. A damaged file stays one until the next start.
    fn note_unread(&self, site: &str, error: &StoreError) {
        let reason = error.to_string();
        let is_final = is_final(error);
        let mut unread = lock(&self.unread);
        if unread.as_ref().is_some_and(|told| told.reason == reason) {
            return;
        }
        if is_final || unread.as_ref().is_none_or(|told| !told.is_final) {
            *unread = Some(Trouble { reason, is_final });
        }
        drop(unread);
        tracing::error!(site.tracker_id = site, %error, is_final, "what was counted of events cannot be read");
    }
}
