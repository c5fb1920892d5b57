//! How the sites of an engine are doing, in numbers, for whoever watches over the server. Looked up when
//! somebody asks; nothing is kept for it that the engine does not need itself, but counts of events.

use std::time::Duration;

use crate::domain::{FaultKind, FileCounts, TrackerId};

#[derive(Clone, Debug, Default)]
pub struct EngineStats {
    /// Sites there are, those left out included.
    pub sites: usize,
    /// The first of them by id, at most as many as were asked for.
    pub by_site: Vec<SiteStats>,
    /// Sites that have their index and connections open; the others sleep until somebody asks.
    pub sites_awake: usize,
    /// How often one of them woke up, since the server started.
    pub site_wakings: u64,
    pub batches_preparing: usize,
    pub searches_running: usize,
    pub searches_waiting: usize,
    /// Since the server started: those that ended early because nobody waited any more.
    pub searches_abandoned: u64,
    /// Memory of what searches keep for the next ones, in bytes.
    pub searches_kept_bytes: u64,
    /// `None` where there is none.
    pub cluster: Option<ClusterStats>,
}

/// The cluster that holds the catalogs, as it was looked at last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterStats {
    pub is_usable: bool,
    pub version: Option<String>,
    pub nodes: u64,
    pub unassigned_shards: u64,
    /// The share of its disk that is used at the node that has used most of it.
    pub disk_used: Option<f64>,
    /// Since the cluster was asked what it has of the sites; `None` before that.
    pub figures_age: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct SiteStats {
    pub site: TrackerId,
    /// Nothing keeps it from doing all it should.
    pub is_well: bool,
    /// `None` while it is not open.
    pub open: Option<OpenSiteStats>,
}

#[derive(Clone, Debug, Default)]
pub struct OpenSiteStats {
    pub write_queue_requests: usize,
    pub write_queue_bytes: usize,
    /// Writes turned away since the site was opened, because the queue was full.
    pub writes_refused: u64,
    pub index_queue_groups: usize,
    /// Objects, documents and rows refused one by one, since the site was opened.
    pub objects_refused: u64,
    /// Values kept although they do not fit the types of their attributes, since the site was opened.
    pub misfits_kept: u64,
    /// Names of attributes that are in use, and how many may be.
    pub names: usize,
    pub names_max: usize,
    /// Given up since the site was opened.
    pub names_freed: u64,
    pub index_queue_operations: usize,
    pub visible: u64,
    pub index_commits: u64,
    /// Since the last of them.
    pub index_commit_age: Duration,
    /// Times the index was found to be damaged since the site was opened.
    pub index_damages: u64,
    /// Transactions the store had lost when it was opened, at least.
    pub lost_transactions: u64,
    /// Objects left out because the store is damaged, as far as they were met.
    pub damaged_objects: usize,
    /// `None` while the index is being made.
    pub index: Option<IndexStats>,
    /// `None` while the store cannot be read.
    pub store: Option<StoreStats>,
    pub events: EventStats,
}

/// What happened to events since the site was opened, and what is held of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventStats {
    pub queue_requests: usize,
    pub queue_bytes: usize,
    pub counted: u64,
    pub repeated: u64,
    /// Of times that cannot be.
    pub dropped: u64,
    pub over_session: u64,
    /// Turned away because the queue or the file was full.
    pub overload: u64,
    /// What the file takes, as far as it was opened to be written.
    pub file_bytes: u64,
    pub faults: Vec<(FaultKind, u64)>,
    pub sessions: usize,
    pub queries_without_results: usize,
    pub queries_without_clicks: usize,
    /// Counts of objects bought together, by week.
    pub pairs: usize,
    /// Objects of which it is to be found out what goes with them.
    pub companions_waiting: usize,
    /// Since all was counted that came to any process; `None` where there is one, or nobody asks for events.
    pub behind: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexStats {
    pub documents: u64,
    pub segments: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    pub written: u64,
    pub jobs: JobStats,
    pub files: FileCounts,
    pub receipts: ReceiptStats,
}

/// Jobs that are remembered, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobStats {
    pub queued: u64,
    pub running: u64,
    pub complete: u64,
    pub failed: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiptStats {
    pub pending: u64,
    /// `None` without any.
    pub oldest_pending_age: Option<Duration>,
    /// Since the site was opened.
    pub complete: u64,
    pub failed: u64,
}
