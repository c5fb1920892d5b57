//! What is done when the file cannot be read. Invariant: who asks for what was counted is answered as if nothing had
//! been, and an operator is told.

use super::{EventLog, Trouble, lock};
use crate::engine::embedded::store::{Severity, StoreError};

impl EventLog {
    /// What was read, or nothing.
    pub(in crate::engine::embedded) fn read_or_nothing<T: Default>(
        &self,
        site: &str,
        read: Result<T, StoreError>,
    ) -> T {
        read.unwrap_or_else(|error| {
            self.note_unread(site, &error);
            T::default()
        })
    }

    /// Tells an error once. A damaged file stays one until the next start.
    fn note_unread(&self, site: &str, error: &StoreError) {
        let reason = error.to_string();
        let is_final = error.severity() == Severity::Final;
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
