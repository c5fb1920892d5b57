//! Work of a site that goes on beside requests, at the end of this process: each stops between two steps, and is left to whoever looks
//! next, who need not wait until this process is given up. Invariant: nothing of it is done here after it was left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::{JobWork, OpenSite, RebuildWork};
use crate::domain::JobNumber;
use crate::engine::opensearch::jobs;

/// Whether this process leaves its work, and whoever waits to hear of it.
#[derive(Default)]
pub(in crate::engine::opensearch) struct Leaving {
    has_begun: AtomicBool,
    begins: Notify,
    stops: Notify,
}

impl OpenSite {
    /// Whether no step may be begun any more.
    pub(in crate::engine::opensearch) fn is_leaving(&self) -> bool {
        self.is_closed() || self.leaving.has_begun.load(Ordering::SeqCst)
    }

    /// Waits between two steps, or until it is time to leave.
    pub(in crate::engine::opensearch) async fn pause(&self, pause: Duration) {
        let begins = self.leaving.begins.notified();
        if self.is_leaving() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = begins => {}
        }
    }

    /// Some work has stopped.
    pub(in crate::engine::opensearch) fn has_stopped(&self) {
        self.leaving.stops.notify_waiters();
    }

    /// Stops what goes on, and leaves it to others.
    pub(super) async fn leave_work(self: &Arc<Self>) {
        let was_at_rebuild = self.is_rebuilt.load(Ordering::SeqCst);
        self.leaving.has_begun.store(true, Ordering::SeqCst);
        self.leaving.begins.notify_waiters();
        loop {
            let stops = self.leaving.stops.notified();
            let is_at_work = self.at_work.is_worked.load(Ordering::SeqCst)
                || self.is_rebuilt.load(Ordering::SeqCst);
            if !is_at_work {
                break;
            }
            stops.await;
        }
        let own = jobs::own(self).clone();
        for number in own {
            if let Err(error) = self.step(JobWork::Leave(JobNumber(number)), 1).await {
                tracing::debug!(site.tracker_id = %self.id, job = number, %error, "a job is taken over later");
            }
        }
        if was_at_rebuild && let Err(error) = self.rebuild_step(RebuildWork::Leave).await {
            tracing::debug!(site.tracker_id = %self.id, %error, "another index is gone on with later");
        }
    }
}
