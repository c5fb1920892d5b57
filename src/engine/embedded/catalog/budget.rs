//! What of the engine's settings one site may use. Invariant: what all sites share has one bound, however many there are.

use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;
use crate::engine::EventSettings;
use crate::engine::embedded::settings::EmbeddedSettings;
use crate::engine::queue::Load;

/// What of the engine's settings one site may use.
#[derive(Clone)]
pub(in crate::engine::embedded) struct Budget {
    pub disk_reserve_bytes: u64,
    pub write_queue: Load,
    pub search_timeout: Duration,
    pub events: EventSettings,
    pub fetch_files: bool,
    pub shared: Arc<Shared>,
}

impl Budget {
    /// What is shared, is shared by those who have this budget.
    pub(in crate::engine::embedded) fn of(settings: &EmbeddedSettings) -> Self {
        Self {
            disk_reserve_bytes: settings.disk_reserve_bytes,
            write_queue: Load {
                entries: settings.write_queue_requests,
                size: settings.write_queue_bytes,
            },
            search_timeout: Duration::from_millis(settings.search_timeout_ms),
            events: settings.events,
            fetch_files: settings.fetch_files,
            shared: Shared::new(settings),
        }
    }
}
