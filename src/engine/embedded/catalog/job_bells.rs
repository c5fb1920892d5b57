//! What wakes the workers of jobs. What is to do lies in the store; a bell says only that it is worth a look.
//! Invariant: a job that was queued has rung.

use std::time::Instant;

use crate::domain::JobKind;
use crate::engine::queue::{Load, Queued, WorkQueue};

/// Rings for the worker of a kind.
pub(in crate::engine::embedded) type Bell = WorkQueue<Ring>;

/// Somebody rang.
#[derive(Debug)]
pub(in crate::engine::embedded) struct Ring;

impl Queued for Ring {
    fn size(&self) -> usize {
        0
    }
}

/// Rings before anybody looks are as good as one.
const RINGS: Load = Load {
    entries: 16,
    size: 0,
};

/// One bell a kind.
pub(in crate::engine::embedded) struct JobBells([Bell; JobKind::ALL.len()]);

impl Default for JobBells {
    fn default() -> Self {
        Self(JobKind::ALL.map(|_| Bell::new(RINGS)))
    }
}

impl JobBells {
    pub(in crate::engine::embedded) fn of(&self, kind: JobKind) -> &Bell {
        match kind {
            JobKind::UpdateByQuery => &self.0[0],
        }
    }

    /// Ends every job after the step it is at.
    pub(in crate::engine::embedded) fn close(&self) {
        for bell in &self.0 {
            bell.close();
        }
    }

    /// Whether a job runs, or is about to.
    pub(in crate::engine::embedded) fn have_worker(&self) -> bool {
        self.0.iter().any(Bell::send_away)
    }

    pub(in crate::engine::embedded) fn wait_without_worker(&self, deadline: Instant) {
        for bell in &self.0 {
            bell.wait_without_worker(deadline);
        }
    }
}
