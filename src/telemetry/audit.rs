//! What clients deleted: one line in the log for each call, under the target `audit`, whatever `[log] level` leaves out.
//! Invariant: a line says what is gone when it is gone, and never which objects or whose key it was; the request's id
//! leads to its other lines.

/// Lines of this target are written at every level but one that names it.
pub(super) const TARGET: &str = "audit";

/// A call that deleted something, or was there to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deletion<'d> {
    pub site: &'d str,
    /// What was asked for: `delete`, `commit`, `delete_type`, `remove_engine`, `forget_client`.
    pub call: &'static str,
    /// Of one type only.
    pub object_type: Option<&'d str>,
    /// What a commit kept.
    pub generation: Option<&'d str>,
    /// A commit that no guard held.
    pub is_forced: bool,
    /// Objects; `None` where all there was is gone uncounted.
    pub deleted: Option<u64>,
}

impl Deletion<'_> {
    pub fn note(self) {
        tracing::info!(
            target: TARGET,
            call = self.call,
            site.tracker_id = self.site,
            object_type = self.object_type,
            generation = self.generation,
            is_forced = self.is_forced.then_some(true),
            deleted = self.deleted,
            "deleted on request"
        );
    }
}
