//! What all sites share: threads, memory, and how many of them are awake. Invariant: each of it has one bound, however
//! many sites there are.

use std::sync::Arc;

use tokio::sync::Notify;

use super::backlog::Backlog;
use super::wakefulness::Wakefulness;
use crate::engine::embedded::index::SharedCaches;
use crate::engine::embedded::settings::EmbeddedSettings;
use crate::engine::embedded::share::{Divided, Drawn, Purse};
use crate::engine::embedded::store::Readers;
use crate::engine::queue::WorkerPool;

/// Sites that are written at once; others take turns. A thread each.
const WRITING: usize = 16;
/// Indexes that are written at once. Each has some five threads, and memory of its own.
const INDEXING: usize = 8;
/// Sites whose events are counted at once.
const COUNTING: usize = 8;
/// Sites whose jobs run at once.
const JOBS: usize = 8;
/// Looks at what lies on the disk that nobody waits for.
const LOOKING: usize = 2;
/// Looks for names that no object has: one at a time, and one that is only sent away.
const NAMING: usize = 2;

/// Heads that writers keep at hand, all sites together: some 200 bytes each.
const HEADS_KNOWN: usize = 100_000;
/// Least memory of an index writer, in bytes.
const INDEX_MEMORY_MIN: usize = 16 << 20;

pub(in crate::engine::embedded) struct Shared {
    pub writing: Arc<WorkerPool>,
    pub indexing: Arc<WorkerPool>,
    pub counting: Arc<WorkerPool>,
    pub jobs: Arc<WorkerPool>,
    pub looking: Arc<WorkerPool>,
    pub naming: Arc<WorkerPool>,
    /// Page cache of the stores, of those that write and of those that read.
    pub writer_pages: Arc<Divided>,
    pub reader_pages: Arc<Divided>,
    /// What index writers may fill before they write a segment.
    index_memory: Arc<Purse>,
    index_memory_bytes: usize,
    pub caches: SharedCaches,
    pub wakefulness: Wakefulness,
    pub backlog: Arc<Backlog>,
    /// Rings when files may have to be fetched.
    pub files_bell: Arc<Notify>,
}

impl Shared {
    pub(super) fn new(settings: &EmbeddedSettings) -> Arc<Self> {
        let index_memory_bytes = settings.index_memory_bytes;
        Arc::new(Self {
            writing: WorkerPool::new("write", WRITING),
            indexing: WorkerPool::new("index", INDEXING),
            counting: WorkerPool::new("events", COUNTING),
            jobs: WorkerPool::new("jobs", JOBS),
            looking: WorkerPool::new("look", LOOKING),
            naming: WorkerPool::new("names", NAMING),
            writer_pages: Divided::new(settings.page_cache_bytes / 2, 1),
            reader_pages: Divided::new(settings.page_cache_bytes / 2, Readers::IDLE_MAX),
            index_memory: Purse::new(2 * index_memory_bytes),
            index_memory_bytes,
            caches: SharedCaches::default(),
            wakefulness: Wakefulness::new(settings.awake_sites_max),
            backlog: Arc::default(),
            files_bell: Arc::default(),
        })
    }

    /// What another index writer may fill: all of the setting where nobody else writes.
    pub(in crate::engine::embedded) fn index_memory(&self) -> Drawn {
        let wanted = self.index_memory_bytes;
        self.index_memory.take(wanted, INDEX_MEMORY_MIN)
    }

    /// The same of an index that is made beside the one that serves: half as much.
    pub(in crate::engine::embedded) fn index_memory_beside(&self) -> Drawn {
        let wanted = self.index_memory_bytes / 2;
        self.index_memory.take(wanted, INDEX_MEMORY_MIN)
    }

    /// Heads that each of the writers there are may keep at hand.
    pub(in crate::engine::embedded) fn heads_known(&self) -> usize {
        HEADS_KNOWN / self.writer_pages.parts().max(1)
    }
}
