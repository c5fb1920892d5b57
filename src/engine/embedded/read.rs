//! Searches: the index finds, the store supplies. They run on a bounded number of blocking threads,
//! each with a read connection of its own; none waits or runs longer than a search may.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::catalog::Catalog;
use super::damage;
use super::health::unavailable;
use super::index::{FoundHit, Marker, VersionId};
use super::store::{Reader, Severity, StoreError};
use crate::domain::{
    HighlightRequest, Hit, Object, SearchQuery, SearchResults, Siblings, Timestamp, stand_in,
};
use crate::engine::{EngineError, EngineSettings};

/// Objects kept ready for the next search, all sites together, in bytes.
const CACHE_BYTES: u64 = 32 << 20;

/// Seconds until a full queue of searches is worth another try.
const QUEUE_RETRY_S: u32 = 1;

/// The places searches run in.
pub(super) struct SearchPool {
    places: Arc<Semaphore>,
    places_max: usize,
    waiting: AtomicUsize,
    waiting_max: usize,
    time_limit: Duration,
}

impl SearchPool {
    pub(super) fn new(settings: &EngineSettings) -> Self {
        let places_max = settings.searches_concurrent_max.max(1);
        Self {
            places: Arc::new(Semaphore::new(places_max)),
            places_max,
            waiting: AtomicUsize::new(0),
            waiting_max: settings.search_queue_max,
            time_limit: Duration::from_millis(settings.search_timeout_ms),
        }
    }

    /// Runs the work on a blocking thread. Work that takes too long is let run on, in its place: a
    /// thread cannot be stopped, but neither can slow searches take more threads than there are
    /// places.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let searched = tokio::time::timeout(self.time_limit, async {
            let place = self.place().await?;
            tokio::task::spawn_blocking(move || {
                let _place = place;
                work()
            })
            .await
            .map_err(|error| EngineError::Internal {
                context: "a search ended unexpectedly",
                source: error.into(),
            })?
        });
        searched.await.unwrap_or(Err(EngineError::TimedOut))
    }

    /// What runs, and what waits for a place.
    pub(super) fn load(&self) -> (usize, usize) {
        let running = self
            .places_max
            .saturating_sub(self.places.available_permits());
        (running, self.waiting.load(Ordering::Relaxed))
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let _seat = Seat::take(&self.waiting, self.waiting_max)?;
        self.places
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| unavailable("shutting down"))
    }
}

/// A seat in the waiting room, given back however the waiting ends.
struct Seat<'a>(&'a AtomicUsize);

impl<'a> Seat<'a> {
    fn take(waiting: &'a AtomicUsize, waiting_max: usize) -> Result<Self, EngineError> {
        let seat = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= waiting_max {
            return Err(EngineError::Overloaded {
                retry_after_s: QUEUE_RETRY_S,
            });
        }
        Ok(seat)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Versions by store and id. A version never changes, so nothing here is ever stale.
pub(super) type ObjectCache = Cache<(uuid::Uuid, VersionId), CachedObject, ByBytes>;

#[derive(Clone)]
pub(super) struct CachedObject {
    object: Arc<Object>,
    updated_at: Timestamp,
    bytes: u64,
}

#[derive(Clone)]
pub(super) struct ByBytes;

impl Weighter<(uuid::Uuid, VersionId), CachedObject> for ByBytes {
    fn weight(&self, _key: &(uuid::Uuid, VersionId), cached: &CachedObject) -> u64 {
        cached.bytes
    }
}

pub(super) fn object_cache() -> ObjectCache {
    /// What an object of a usual shop takes; only the number of slots depends on it.
    const OBJECT_BYTES: u64 = 4 << 10;
    Cache::with_weighter((CACHE_BYTES / OBJECT_BYTES) as usize, CACHE_BYTES, ByBytes)
}

/// Searches one site; blocks.
pub(super) fn search(
    catalog: &Arc<Catalog>,
    cache: &ObjectCache,
    query: &SearchQuery,
) -> Result<SearchResults, EngineError> {
    let index = catalog
        .index
        .load_full()
        .ok_or_else(|| unavailable("the index is being made"))?;
    let found = index.search(&catalog.schema.load(), &catalog.site.load(), query);
    if index.damage().is_some() {
        damage::note_index(catalog);
    }
    let found = found?;
    let supplied = |found_hits: &[FoundHit]| {
        let mut hits =
            supply(catalog, cache, found_hits).map_err(|error| failed(catalog, error))?;
        damage::note_store(catalog);
        highlight(&mut hits, &found.marker, &query.highlights);
        Ok::<_, EngineError>(hits)
    };
    Ok(SearchResults {
        hits: supplied(&found.hits)?,
        quicksearch_hits: supplied(&found.quicksearch_hits)?,
        total_hits: found.total_hits,
        facets: found.facets,
        correction: found.correction,
    })
}

fn highlight(hits: &mut [Hit], marker: &Marker, requests: &[HighlightRequest]) {
    let requests = &requests[..requests.len().min(SearchQuery::HIGHLIGHTS_MAX)];
    for hit in hits {
        let texts = requests.iter().filter_map(|request| {
            let text = marker.mark(&hit.object, request)?;
            Some((request.field.clone(), text))
        });
        hit.highlights = texts.collect();
    }
}

/// Takes note of a store that cannot be read, and says what to answer.
pub(super) fn failed(catalog: &Catalog, error: StoreError) -> EngineError {
    if error.severity() == Severity::Final {
        let site = catalog.tracker_id.as_str();
        catalog.health.store_failed(site, &error);
    }
    EngineError::Internal {
        context: "the store could not be read",
        source: error.into(),
    }
}

/// The objects of the hits. One that is not in the store any more is left out: versions outlast every
/// search that may still be answered, so only the page of a search that has timed out gets shorter.
fn supply(
    catalog: &Catalog,
    cache: &ObjectCache,
    found: &[FoundHit],
) -> Result<Vec<Hit>, StoreError> {
    let store = catalog.store_id.0;
    let mut objects: Vec<Option<CachedObject>> = found
        .iter()
        .map(|hit| cache.get(&(store, hit.version)))
        .collect();
    if objects.iter().any(Option::is_none) {
        catalog.readers.with(|reader| {
            let missing = objects.iter_mut().zip(found);
            for (slot, hit) in missing.filter(|(slot, _)| slot.is_none()) {
                *slot = read(reader, hit.version)?;
                if let Some(object) = slot {
                    cache.insert((store, hit.version), object.clone());
                } else if !reader.damaged().has(hit.version) {
                    tracing::warn!(
                        site.tracker_id = catalog.tracker_id.as_str(),
                        version = hit.version.0,
                        "found a version that is not in the store"
                    );
                }
            }
            Ok::<_, StoreError>(())
        })?;
    }
    let hits = objects.into_iter().zip(found).filter_map(|(object, hit)| {
        let object = object?;
        Some(Hit {
            object: match hit.stand_in {
                None => object.object,
                Some(at) => Arc::new(stand_in(&object.object, at, Siblings::Nested)),
            },
            updated_at: object.updated_at,
            exact: hit.exact,
            score: hit.score,
            highlights: Vec::new(),
            explanation: hit.explanation.clone(),
        })
    });
    Ok(hits.collect())
}

fn read(reader: &Reader, version: VersionId) -> Result<Option<CachedObject>, StoreError> {
    /// An object takes about this many times the length of its JSON, and this much at least.
    const FACTOR: usize = 3;
    const BYTES_MIN: usize = 512;
    let found = reader.object(version)?;
    Ok(found.map(|found| CachedObject {
        bytes: (BYTES_MIN + FACTOR * found.json_bytes) as u64,
        object: Arc::new(found.object),
        updated_at: found.updated_at,
    }))
}
