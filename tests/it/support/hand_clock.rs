//! Time in the hands of a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use vetrina::domain::{Clock, Timestamp};

/// A clock that goes when told to, from now on.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn new() -> Self {
        let now = Clock::system().now().as_millis();
        Self(Arc::new(AtomicI64::new(now)))
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
    }

    pub(crate) fn go_on(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}
