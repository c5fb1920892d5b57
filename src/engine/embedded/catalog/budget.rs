//! What of the engine's settings one site may use. Invariant: what all sites share, they share in equal parts.

use std::time::Duration;

use crate::engine::embedded::queue::Load;
use crate::engine::embedded::settings::{EmbeddedSettings, EventSettings};

/// Heads that writers keep at hand, all sites together: some 200 bytes each while a site is written.
const HEADS_KNOWN: usize = 100_000;

/// What of the engine's settings one site may use.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine::embedded) struct Budget {
    pub disk_reserve_bytes: u64,
    /// Page cache of the store of this site, readers and writer together.
    pub page_cache_bytes: u64,
    /// Heads the writer of this site keeps at hand.
    pub heads_known: usize,
    /// What one index writer fills before it writes a segment.
    pub index_memory_bytes: usize,
    pub write_queue: Load,
    pub search_timeout: Duration,
    pub events: EventSettings,
}

impl Budget {
    pub(in crate::engine::embedded) fn of(settings: &EmbeddedSettings, sites: usize) -> Self {
        Self {
            disk_reserve_bytes: settings.disk_reserve_bytes,
            page_cache_bytes: settings.page_cache_bytes / sites.max(1) as u64,
            heads_known: HEADS_KNOWN / sites.max(1),
            index_memory_bytes: settings.index_memory_bytes,
            write_queue: Load {
                entries: settings.write_queue_requests,
                size: settings.write_queue_bytes,
            },
            search_timeout: Duration::from_millis(settings.search_timeout_ms),
            events: settings.events,
        }
    }
}
