//! Bounds and budgets an engine keeps to, whatever the traffic is. Plain values: checked where the
//! configuration is read, handed down when the engine is opened.

use crate::engine::EventSettings;

/// The keys of `[storage]`, of `[events]` and the queue bounds of `[limits]` in the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// Writes are refused while the disk has less free space than this, in bytes.
    pub disk_reserve_bytes: u64,
    /// Sites that are awake at a time, with an open index and connections; the others sleep until somebody asks.
    pub awake_sites_max: usize,
    /// A site falls asleep when nobody has asked for so long, in seconds; 0: not for that.
    pub sleep_after_s: u64,
    /// Page cache of the stores, all sites together, in bytes.
    pub page_cache_bytes: u64,
    /// Memory one index writer may fill before it writes a segment, in bytes.
    pub index_memory_bytes: usize,
    /// Write requests that may wait, per site.
    pub write_queue_requests: usize,
    /// Size of the write requests that may wait, per site, in bytes.
    pub write_queue_bytes: usize,
    /// Searches that run at once, all sites together.
    pub searches_concurrent_max: usize,
    /// Searches that may wait for a place to run, all sites together.
    pub search_queue_max: usize,
    /// Work one request may ask of searches, in units of what one document costs where one thing is looked
    /// at.
    pub search_work_max: u64,
    /// How long a search may take, waiting included, in milliseconds.
    pub search_timeout_ms: u64,
    /// How long an object stays in the store after its `active_to`, in seconds.
    pub expired_retention_s: u64,
    /// Whether somebody fetches the files of objects.
    pub fetch_files: bool,
    pub events: EventSettings,
}

impl Default for EmbeddedSettings {
    fn default() -> Self {
        Self {
            disk_reserve_bytes: 256 << 20,
            awake_sites_max: 64,
            sleep_after_s: 30 * 60,
            page_cache_bytes: 64 << 20,
            index_memory_bytes: 100 << 20,
            write_queue_requests: 64,
            write_queue_bytes: 64 << 20,
            searches_concurrent_max: 8,
            search_queue_max: 256,
            search_work_max: 300_000_000,
            search_timeout_ms: 5_000,
            expired_retention_s: 24 * 60 * 60,
            fetch_files: false,
            events: EventSettings::default(),
        }
    }
}
