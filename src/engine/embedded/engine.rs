//! The engine: every site of a data folder, and what they share. Invariant: one server works on a data folder, and it
//! leaves the folder before it ends.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::batch::FingerprintCache;
use super::catalog::{Budget, Catalog, Request, kept, overloaded, submit};
use super::error::internal;
use super::ids::Sequence;
use super::maintenance::{Examiner, Purger, Sleeper};
use super::read::search::{self, ObjectCache};
use super::read::{Lane, SearchPool};
use super::settings::EmbeddedSettings;
use super::sites::{self, CLOSE_WITHIN, Served, Start, open_all, registry};
use super::store::{Reader, StoreError};
use crate::domain::{Clock, Site, TrackerId};
use crate::engine::folder;
use crate::engine::plan::Edit;
use crate::engine::{Engine, EngineError, WriteReport};

/// Batches with up to this many objects to encode are made ready where they are; larger ones on
/// another thread, so that they do not hold up other requests.
const PREPARED_INLINE: usize = 4;

type Rounds = (Purger, Examiner, Sleeper);

pub struct EmbeddedEngine {
    pub(super) served: Arc<Served>,
    pub(super) searches: SearchPool,
    pub(super) cache: Arc<ObjectCache>,
    pub(super) fingerprints: Arc<FingerprintCache>,
    /// Batches being made ready at a time.
    pub(super) preparing: Semaphore,
    pub(super) preparing_max: usize,
    rounds: Mutex<Option<Rounds>>,
    /// Held while stats are looked up: one look at a time takes enough.
    pub(super) looking: tokio::sync::Mutex<()>,
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
        let lock = sites::lock(data_dir)?;
        let configured = sites.iter().map(|site| site.tracker_id.clone()).collect();
        let made = registry::find(data_dir, &configured)
            .map_err(|error| internal("cannot read the data folder", error))?;
        let sites: Vec<Site> = sites.into_iter().chain(made).collect();
        let budget = Budget::of(&settings);
        let start = if sites.len() <= settings.awake_sites_max {
            Start::Awake
        } else {
            Start::Asleep
        };
        let slots = open_all(data_dir, sites, &budget, &clock, start);
        let searches = SearchPool::new(&settings);
        let retention = Duration::from_secs(settings.expired_retention_s);
        let shared = Arc::clone(&budget.shared);
        let served = Served::new(slots, data_dir.to_owned(), settings, budget, clock);
        let served = Arc::new(served);
        let purger = Purger::start(Arc::clone(&served), retention)
            .map_err(|error| internal("cannot start a thread", error))?;
        let examiner = Examiner::start(Arc::clone(&served))
            .map_err(|error| internal("cannot start a thread", error))?;
        let sleeper = Sleeper::start(Arc::clone(&served), &shared)
            .map_err(|error| internal("cannot start a thread", error))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            served,
            searches,
            cache: Arc::new(search::object_cache()),
            fingerprints: Arc::new(FingerprintCache::new()),
            preparing: Semaphore::new(cores),
            preparing_max: cores,
            rounds: Mutex::new(Some((purger, examiner, sleeper))),
            looking: tokio::sync::Mutex::new(()),
            _lock: lock,
        })
    }

    /// All it can do.
    pub fn doors(self: &Arc<Self>) -> Engine {
        let has_events = self.served.settings().events.enabled;
        Engine {
            writes: Arc::clone(self) as _,
            reads: Arc::clone(self) as _,
            inspection: Arc::clone(self) as _,
            refusals: Arc::clone(self) as _,
            search: Arc::clone(self) as _,
            jobs: Arc::clone(self) as _,
            files: Some(Arc::clone(self) as _),
            lifecycle: Arc::clone(self) as _,
            sources: Some(Arc::clone(self) as _),
            documents: Some(Arc::clone(self) as _),
            events: has_events.then(|| Arc::clone(self) as _),
            affinities: has_events.then(|| Arc::clone(self) as _),
        }
    }

    pub(super) fn catalog(&self, site: &TrackerId) -> Result<Arc<Catalog>, EngineError> {
        self.served.catalog(site)
    }

    /// Makes edits ready and has them written. `to_encode` of the batch take work to make ready.
    pub(super) async fn edit<T: Send + 'static>(
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
            return Err(overloaded());
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
        submit(&catalog, request)?;
        kept(promise).await
    }

    /// Reads the store of a site, off the async threads, among the searches.
    pub(super) async fn read_store<T: Send + 'static>(
        &self,
        site: &TrackerId,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let catalog = self.catalog(site)?;
        let read = move |_: &_| {
            let read = catalog.readers.with(work);
            catalog.note_store();
            read.map_err(|error| search::failed(&catalog, error))
        };
        let lane = Lane::Site(site.clone());
        self.searches.run(lane, 0, read).await
    }

    /// The threads that look at all sites now and then: they end when this is dropped.
    pub(super) fn take_rounds(&self) -> Option<Rounds> {
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
