//! The engine that needs no other service: one catalog folder a site, `SQLite` and tantivy inside,
//! named nowhere else.
//!
//! A write goes `write/prepare` → `write` → `store`, as [`super::plan`] decides, is answered, and goes on to
//! `indexing` → `index`. A search goes `searches` → `read` → `index` → `store`. `rebuild` brings an index in
//! step with its store, `renewal` makes another one beside it, `damage` says when; `examination` looks for what nobody
//! asked for. `door` is the trait.
//! `jobs` do in the background what takes more than one write batch.

mod catalog;
pub mod check;
mod damage;
mod documents;
mod door;
pub mod events;
mod examination;
mod figures;
mod folder;
mod health;
pub mod ids;
mod inbox;
pub mod index;
mod indexing;
mod jobs;
mod learning;
mod listing;
mod made;
pub mod names;
mod purge;
mod read;
mod rebuild;
mod renewal;
mod searches;
mod served;
mod settings;
mod slots;
mod sources;
mod store;
mod task;
mod turns;
mod write;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use catalog::{Budget, Catalog};
use examination::Examiner;
use health::unavailable;
use purge::Purger;
use read::ObjectCache;
use searches::SearchPool;
use served::Served;
use slots::{Slot, open_all};
use store::{Reader, StoreError};
use turns::Lane;
use write::Request;
use write::memory::Memory;

use ids::Sequence;
pub use settings::EmbeddedSettings;

use super::plan::Edit;
use super::{Engine, EngineError, WriteReport};
use crate::domain::{Clock, Site, TrackerId};

/// How long [`Lifecycle::close`](crate::engine::Lifecycle::close) waits for what is in the queues.
const CLOSE_WITHIN: Duration = Duration::from_secs(8);

/// Batches with up to this many objects to encode are made ready where they are; larger ones on
/// another thread, so that they do not hold up other requests.
const PREPARED_INLINE: usize = 4;

type Rounds = (Purger, Examiner);

pub struct EmbeddedEngine {
    served: Arc<Served>,
    searches: SearchPool,
    cache: Arc<ObjectCache>,
    memory: Arc<Memory>,
    /// Batches being made ready at a time.
    preparing: Semaphore,
    preparing_max: usize,
    rounds: Mutex<Option<Rounds>>,
    /// Held while figures are looked up: one look at a time takes enough.
    looking: tokio::sync::Mutex<()>,
    _lock: folder::Lock,
}

impl EmbeddedEngine {
    /// Opens the data folder and every site, making what is missing, and returns when their indexes
    /// are current. A site that cannot be opened is a problem of that site only.
    pub fn open(
        data_dir: &Path,
        sites: Vec<Site>,
        settings: EmbeddedSettings,
        clock: Clock,
    ) -> Result<Self, EngineError> {
        let lock = lock(data_dir)?;
        let configured = sites.iter().map(|site| site.tracker_id.clone()).collect();
        let made = made::find(data_dir, &configured)
            .map_err(|error| internal("cannot read the data folder", error))?;
        let sites: Vec<Site> = sites.into_iter().chain(made).collect();
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
        let examiner = Examiner::start(Arc::clone(&served))
            .map_err(|error| internal("cannot start a thread", error))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            served,
            searches,
            cache: Arc::new(read::object_cache()),
            memory: Arc::new(Memory::new()),
            preparing: Semaphore::new(cores),
            preparing_max: cores,
            rounds: Mutex::new(Some((purger, examiner))),
            looking: tokio::sync::Mutex::new(()),
            _lock: lock,
        })
    }

    /// All it can do.
    pub fn doors(self: &Arc<Self>) -> Engine {
        Engine {
            writes: Arc::clone(self) as _,
            reads: Arc::clone(self) as _,
            search: Arc::clone(self) as _,
            jobs: Arc::clone(self) as _,
            lifecycle: Arc::clone(self) as _,
            sources: Some(Arc::clone(self) as _),
            documents: Some(Arc::clone(self) as _),
            events: self
                .served
                .settings()
                .events
                .enabled
                .then(|| Arc::clone(self) as _),
        }
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
                visibility: Sequence::default().into(),
            });
        }
        // Looked at again when the request is queued; here it saves the work of a lost cause.
        if !catalog.requests.would_take(0) {
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
        write::submit(&catalog, request)?;
        kept(promise).await
    }

    /// Reads the store of a site, off the async threads, among the searches.
    async fn read_store<T: Send + 'static>(
        &self,
        site: &TrackerId,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let catalog = self.catalog(site)?;
        let read = move |_: &_| {
            let read = catalog.readers.with(work);
            damage::note_store(&catalog);
            read.map_err(|error| read::failed(&catalog, error))
        };
        let lane = Lane::Site(site.clone());
        self.searches.run(lane, 0, read).await
    }

    /// The threads that look at all sites now and then: they end when this is dropped.
    fn take_rounds(&self) -> Option<Rounds> {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.take()
    }

    /// Ends the threads of all sites; blocks. What is queued is finished first, within the time.
    fn close_within(&self, time: Duration) {
        drop(self.take_rounds());
        self.served.close_all(time);
    }
}

/// A server that ends without [`Lifecycle::close`](crate::engine::Lifecycle::close) must still leave the folder before the next one
/// enters.
impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        self.close_within(CLOSE_WITHIN);
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
