//! That the tables in memory are brought to today, once however many ask. Invariant: whoever waits is told when that
//! has ended, however it ended.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::lock;

#[derive(Debug, Default)]
pub(super) struct Refreshing {
    /// While it is under way.
    since: Mutex<Option<Instant>>,
    ended: Notify,
}

/// What was asked for; dropped when it has ended.
pub(in crate::engine) struct Asked(Arc<Refreshing>);

impl Refreshing {
    /// `None` where it is under way.
    pub(super) fn ask(refreshing: &Arc<Self>) -> Option<Asked> {
        let mut since = lock(&refreshing.since);
        if since.is_some() {
            return None;
        }
        *since = Some(Instant::now());
        drop(since);
        Some(Asked(Arc::clone(refreshing)))
    }

    pub(super) fn since(&self) -> Option<Instant> {
        *lock(&self.since)
    }

    pub(super) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        *lock(&self.0.since) = None;
        self.0.ended.notify_waiters();
    }
}
