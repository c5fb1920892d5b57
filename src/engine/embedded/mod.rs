//! The engine that needs no other service: one catalog folder a site, `SQLite` and tantivy inside,
//! named nowhere else.
//!
//! A write goes `edit` → `write` → `group` → `store`, is answered, and goes on to `indexing` →
//! `index`. A search goes `read` → `index` → `store`. `rebuild` brings an index in step with its store, `renewal` makes another
//! one beside it.
//! `jobs` do in the background what takes more than one group of writes.

mod catalog;
pub mod check;
mod edit;
mod folder;
mod group;
mod health;
mod inbox;
pub mod index;
mod indexing;
mod jobs;
mod listing;
mod memory;
mod purge;
mod read;
mod rebuild;
mod renewal;
mod served;
mod slots;
mod sources;
mod store;
mod task;
mod write;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, oneshot};

use catalog::{Budget, Catalog};
use edit::{Edit, Repeats};
use health::unavailable;
use memory::Memory;
use purge::Purger;
use read::{ObjectCache, SearchPool};
use served::Served;
use slots::{Slot, open_all};
use store::{Reader, StoreError};
use write::Request;

use super::{
    Engine, EngineError, EngineSettings, Extraction, Readiness, RowsReport, Sequence, SiteProblem,
    WriteReport,
};
use crate::domain::{
    Clock, CommitOutcome, Fingerprint, GenerationCommit, Job, JobNumber, JobRefusal, JobRequest,
    ObjectKey, ObjectPatch, Scan, ScanPage, Scope, SearchQuery, SearchResults, Site, SourceCommit,
    SourceCommitOutcome, SourceName, SourceRows, SourceSurvey, Submission, TrackerId,
};

/// How long [`Engine::close`] waits for what is in the queues.
const CLOSE_WITHIN: Duration = Duration::from_secs(8);

/// Batches with up to this many objects to encode are made ready where they are; larger ones on
/// another thread, so that they do not hold up other requests.
const PREPARED_INLINE: usize = 4;

pub struct EmbeddedEngine {
    served: Arc<Served>,
    searches: SearchPool,
    cache: Arc<ObjectCache>,
    memory: Arc<Memory>,
    /// Batches being made ready at a time.
    preparing: Semaphore,
    purger: Mutex<Option<Purger>>,
    _lock: folder::Lock,
}

impl EmbeddedEngine {
    /// Opens the data folder and every site, making what is missing, and returns when their indexes
    /// are current. A site that cannot be opened is a problem of that site only.
    pub fn open(
        data_dir: &Path,
        sites: Vec<Site>,
        settings: EngineSettings,
        clock: Clock,
    ) -> Result<Self, EngineError> {
        let lock = lock(data_dir)?;
        let budget = Budget::of(&settings, sites.len());
        let slots = open_all(data_dir, sites, budget, &clock);
        for catalog in slots.values().filter_map(Slot::catalog) {
            jobs::resume(&catalog);
        }
        let searches = SearchPool::new(&settings);
        let retention = Duration::from_secs(settings.expired_retention_s);
        let served = Served::new(slots, data_dir.to_owned(), settings, clock);
        let served = Arc::new(served);
        let purger = Purger::start(Arc::clone(&served), retention)
            .map_err(|error| internal("cannot start a thread", error))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            served,
            searches,
            cache: Arc::new(read::object_cache()),
            memory: Arc::new(Memory::new()),
            preparing: Semaphore::new(cores),
            purger: Mutex::new(Some(purger)),
            _lock: lock,
        })
    }

    fn catalog(&self, site: &TrackerId) -> Result<Arc<Catalog>, EngineError> {
        self.served.catalog(site)
    }

    /// Makes edits ready and has them written. `to_encode` of the batch take work to make ready.
    async fn edit<T: Send + 'static>(
        &self,
        site: &TrackerId,
        batch: Vec<T>,
        to_encode: usize,
        prepare: impl FnMut(T) -> Edit + Send + 'static,
    ) -> Result<WriteReport, EngineError> {
        let catalog = self.catalog(site)?;
        if batch.is_empty() {
            return Ok(WriteReport {
                outcomes: Vec::new(),
                sequence: Sequence::default(),
            });
        }
        // Looked at again when the request is queued; here it saves the work of a lost cause.
        if !catalog.requests.has_room(0) {
            return Err(write::overloaded());
        }
        let edits = if to_encode <= PREPARED_INLINE {
            batch.into_iter().map(prepare).collect()
        } else {
            let _turn = self.preparing.acquire().await;
            tokio::task::spawn_blocking(move || batch.into_iter().map(prepare).collect())
                .await
                .map_err(|error| internal("a batch could not be made ready", error))?
        };
        let (request, promise) = Request::edit(edits);
        let bytes = request.bytes();
        write::submit(&catalog, request, bytes)?;
        kept(promise).await
    }

    /// Reads the store of a site, off the async threads, among the searches.
    async fn read_store<T: Send + 'static>(
        &self,
        site: &TrackerId,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let catalog = self.catalog(site)?;
        let read = move || {
            catalog
                .readers
                .with(work)
                .map_err(|error| read::failed(&catalog, error))
        };
        self.searches.run(read).await
    }

    /// Ends the threads of all sites; blocks. What is queued is finished first, within the time.
    fn close_within(&self, time: Duration) {
        drop(
            self.purger
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        self.served.close_all(time);
    }
}

/// A server that ends without [`Engine::close`] must still leave the folder before the next one
/// enters.
impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        self.close_within(CLOSE_WITHIN);
    }
}

#[async_trait]
impl Engine for EmbeddedEngine {
    async fn replace(
        &self,
        site: &TrackerId,
        objects: Vec<Submission>,
        extraction: Extraction,
    ) -> Result<WriteReport, EngineError> {
        let mut repeats = Repeats::default();
        let memory = self.memory.clone();
        let is_read = |object: &&Submission| matches!(object, Submission::Read { .. });
        let to_encode = objects.iter().filter(is_read).count();
        self.edit(site, objects, to_encode, move |object| {
            Edit::replace(object, extraction, &mut repeats, &memory)
        })
        .await
    }

    fn remembers(&self, fingerprint: Fingerprint, extraction: Extraction) -> bool {
        self.memory.holds(fingerprint, extraction)
    }

    async fn patch(
        &self,
        site: &TrackerId,
        patches: Vec<ObjectPatch>,
    ) -> Result<WriteReport, EngineError> {
        self.edit(site, patches, 0, |patch| Edit::Patch(Box::new(patch)))
            .await
    }

    async fn delete(
        &self,
        site: &TrackerId,
        keys: Vec<ObjectKey>,
    ) -> Result<WriteReport, EngineError> {
        self.edit(site, keys, 0, Edit::Delete).await
    }

    async fn commit_generation(
        &self,
        site: &TrackerId,
        commit: GenerationCommit,
    ) -> Result<CommitOutcome, EngineError> {
        let catalog = self.catalog(site)?;
        let (request, promise) = Request::task(move |group| group.commit_generation(&commit));
        write::submit(&catalog, request, 0)?;
        let (outcome, sequence) = kept(promise).await?;
        catalog.wait_visible(sequence).await?;
        Ok(outcome)
    }

    async fn wait_visible(&self, site: &TrackerId, sequence: Sequence) -> Result<(), EngineError> {
        self.catalog(site)?.wait_visible(sequence).await
    }

    async fn search(
        &self,
        site: &TrackerId,
        query: SearchQuery,
    ) -> Result<SearchResults, EngineError> {
        let catalog = self.catalog(site)?;
        let cache = self.cache.clone();
        self.searches
            .run(move || read::search(&catalog, &cache, &query))
            .await
    }

    async fn submit_job(
        &self,
        site: &TrackerId,
        request: JobRequest,
    ) -> Result<JobNumber, EngineError> {
        jobs::submit(&self.catalog(site)?, request).await
    }

    async fn job(&self, site: &TrackerId, number: JobNumber) -> Result<Option<Job>, EngineError> {
        self.read_store(site, move |store| store::jobs::find(store, number))
            .await
    }

    async fn job_refusals(
        &self,
        site: &TrackerId,
        number: JobNumber,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JobRefusal>, EngineError> {
        self.read_store(site, move |store| {
            store::jobs::refusals_after(store, number, after, limit)
        })
        .await
    }

    async fn scan(&self, site: &TrackerId, scan: Scan) -> Result<ScanPage, EngineError> {
        let named = site.clone();
        self.read_store(site, move |store| listing::page(store, &named, &scan))
            .await
    }

    async fn count(&self, site: &TrackerId, scope: Scope) -> Result<u64, EngineError> {
        self.read_store(site, move |store| store::listing::count(store, &scope))
            .await
    }

    async fn write_rows(
        &self,
        site: &TrackerId,
        rows: SourceRows,
    ) -> Result<RowsReport, EngineError> {
        sources::write(self, site, rows).await
    }

    async fn bookmark(
        &self,
        site: &TrackerId,
        source: &SourceName,
    ) -> Result<Option<String>, EngineError> {
        sources::bookmark(self, site, source.clone()).await
    }

    async fn survey_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceSurvey, EngineError> {
        sources::survey(self, site, commit).await
    }

    async fn commit_source(
        &self,
        site: &TrackerId,
        commit: SourceCommit,
    ) -> Result<SourceCommitOutcome, EngineError> {
        sources::commit(self, site, commit).await
    }

    fn readiness(&self) -> Readiness {
        let mut readiness = Readiness::default();
        for (site, slot) in self.served.slots().iter() {
            let problem = match slot {
                Slot::Open(catalog) => {
                    readiness.serving += usize::from(catalog.index.load().is_some());
                    catalog.problem()
                }
                Slot::Failed(reason) => Some(reason.clone()),
            };
            readiness.problems.extend(problem.map(|reason| SiteProblem {
                site: site.clone(),
                reason,
            }));
        }
        readiness.problems.sort_by(|a, b| a.site.cmp(&b.site));
        readiness
    }

    async fn open_site(&self, site: Site) {
        let served = Arc::clone(&self.served);
        let opened = tokio::task::spawn_blocking(move || served.open(site));
        if let Err(error) = opened.await {
            tracing::error!(%error, "opening a site ended unexpectedly");
        }
    }

    async fn close_site(&self, site: &TrackerId) {
        let (served, site) = (Arc::clone(&self.served), site.clone());
        let closed = tokio::task::spawn_blocking(move || served.close(&site, CLOSE_WITHIN));
        if let Err(error) = closed.await {
            tracing::error!(%error, "closing a site ended unexpectedly");
        }
    }

    async fn close(&self) {
        drop(
            self.purger
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let served = Arc::clone(&self.served);
        let closed = tokio::task::spawn_blocking(move || served.close_all(CLOSE_WITHIN));
        if let Err(error) = closed.await {
            tracing::error!(%error, "closing ended unexpectedly");
        }
    }
}

fn lock(data_dir: &Path) -> Result<folder::Lock, EngineError> {
    folder::create(data_dir)
        .and_then(|()| folder::Lock::take(data_dir))
        .map_err(|error| internal("cannot open the data folder", error))?
        .ok_or_else(|| {
            unavailable(format!(
                "another vetrina works on the data folder `{}`",
                data_dir.display()
            ))
        })
}

/// The answer of the writer. It always answers, unless it panicked.
async fn kept<T>(promise: oneshot::Receiver<Result<T, EngineError>>) -> Result<T, EngineError> {
    promise
        .await
        .map_err(|error| internal("the writer ended unexpectedly", error))?
}

fn internal(
    context: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> EngineError {
    EngineError::Internal {
        context,
        source: Box::new(source),
    }
}
