//! When the next file of a site is to be fetched. Invariant: whoever fetches is told of every time that is earlier than
//! the one it knows of, without a look at the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

use crate::domain::Timestamp;

/// No file waits.
const NEVER: i64 = i64::MAX;

#[derive(Debug)]
pub(in crate::engine::embedded) struct FilesDue {
    millis: AtomicI64,
    /// One for all sites.
    bell: Arc<Notify>,
}

impl FilesDue {
    pub(super) fn new(bell: Arc<Notify>) -> Self {
        Self {
            millis: AtomicI64::new(NEVER),
            bell,
        }
    }

    pub(in crate::engine::embedded) fn set(&self, due: Option<Timestamp>) {
        let millis = due.map_or(NEVER, Timestamp::as_millis);
        self.millis.store(millis, Ordering::SeqCst);
        if millis != NEVER {
            self.bell.notify_one();
        }
    }

    pub(in crate::engine::embedded) fn get(&self) -> Option<Timestamp> {
        let millis = self.millis.load(Ordering::SeqCst);
        (millis != NEVER).then(|| Timestamp::from_millis(millis))
    }
}
