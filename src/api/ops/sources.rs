//! What the sources of product sync say of themselves, for `exposition`. Without the feature `postgres`, or
//! without a configured source, nothing.

use crate::telemetry::metrics::Page;

#[cfg(feature = "postgres")]
use std::sync::Arc;

#[cfg(feature = "postgres")]
use crate::sync::{SourceStatus, Status, Syncs};
#[cfg(feature = "postgres")]
use crate::telemetry::metrics::{Metric, names};

#[derive(Clone, Default)]
pub struct Sources {
    #[cfg(feature = "postgres")]
    pub(super) syncs: Option<Arc<Syncs>>,
}

impl Sources {
    #[cfg(feature = "postgres")]
    pub fn of(syncs: &Arc<Syncs>) -> Self {
        Self {
            syncs: Some(Arc::clone(syncs)),
        }
    }

    #[cfg(feature = "postgres")]
    pub(super) fn look_up(&self, page: &mut Page) {
        // Without a name nothing can be unknown.
        let sources = self.syncs.iter().flat_map(|syncs| syncs.status(None));
        for source in sources.flatten() {
            add(page, &source);
        }
    }

    #[cfg(not(feature = "postgres"))]
    pub(super) fn look_up(&self, _: &mut Page) {}
}

#[cfg(feature = "postgres")]
fn add(page: &mut Page, source: &SourceStatus) {
    let seconds = |ms: u64| ms as f64 / 1e3;
    let mut add = |metric: &Metric, value: f64| page.add(metric, &[&source.name], value);
    let numbers = &source.numbers;
    add(&names::SYNC_ROWS_READ, numbers.rows_read as f64);
    add(&names::SYNC_ROWS_WRITTEN, numbers.rows_written as f64);
    add(&names::SYNC_ROWS_FAILED, numbers.rows_failed as f64);
    add(&names::SYNC_PAGES, numbers.pages as f64);
    add(&names::SYNC_PAGES_SECONDS, seconds(numbers.pages_ms));
    add(&names::SYNC_PAGE_LAST, seconds(numbers.last_page_ms));
    add(&names::SYNC_PAGE_SLOWEST, seconds(numbers.slowest_page_ms));
    let is_running = source.status == Status::Running;
    add(&names::SYNC_RUNNING, f64::from(u8::from(is_running)));
    if let Some(duration_ms) = source.duration_ms {
        add(&names::SYNC_DURATION, duration_ms as f64 / 1e3);
    }
    if let Some(at_ms) = source.last_success_at_ms {
        add(&names::SYNC_LAST_SUCCESS, at_ms as f64 / 1e3);
    }
    add(&names::SYNC_LAG, source.lag_seconds);
    add(&names::SYNC_PENDING, source.pending as f64);
}
