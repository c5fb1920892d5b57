//! A search: the index finds, the store supplies, over a read connection of its own. Invariant: what is read
//! of the store is part of the work a search may do.

use std::collections::HashMap;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::{
    AnswerMemory, Correction, FoundObject, HighlightRequest, Hit, Object, Passing, QueryText,
    RecordedQuery, SearchQuery, SearchResults, ShownObject, Siblings, Timestamp, Turn, stand_in,
};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::follow::{awake, damage};
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::{Effort, FoundHit};
use crate::engine::embedded::store::{Reader, Severity, StoreError};
use crate::engine::events;
use crate::engine::highlight::Marker;
use crate::engine::met_by::name_attributes;
use crate::engine::written;

/// Objects kept ready for the next search, all sites together, in bytes.
const CACHE_BYTES: u64 = 32 << 20;

/// Versions by store and id. A version never changes, so nothing here is ever stale.
pub(in crate::engine::embedded) type ObjectCache =
    Cache<(uuid::Uuid, VersionId), CachedObject, ByBytes>;

#[derive(Clone)]
pub(in crate::engine::embedded) struct CachedObject {
    object: Arc<Object>,
    updated_at: Timestamp,
    bytes: u64,
}

#[derive(Clone)]
pub(in crate::engine::embedded) struct ByBytes;

impl Weighter<(uuid::Uuid, VersionId), CachedObject> for ByBytes {
    fn weight(&self, _key: &(uuid::Uuid, VersionId), cached: &CachedObject) -> u64 {
        cached.bytes
    }
}

pub(in crate::engine::embedded) fn object_cache() -> ObjectCache {
    /// What an object of a usual shop takes; only the number of slots depends on it.
    const OBJECT_BYTES: u64 = 4 << 10;
    Cache::with_weighter((CACHE_BYTES / OBJECT_BYTES) as usize, CACHE_BYTES, ByBytes)
}

/// Searches one site; blocks.
pub(in crate::engine::embedded) fn search(
    catalog: &Arc<Catalog>,
    cache: &ObjectCache,
    query: &SearchQuery,
    effort: &Arc<Effort>,
) -> Result<SearchResults, EngineError> {
    let index = awake::index(catalog)?;
    let known = with_behaviour(catalog, query);
    let query = known.as_ref().unwrap_or(query);
    let found = index.search(&catalog.schema.load(), &catalog.site.load(), query, effort);
    if index.damage().is_some() {
        damage::note_index(catalog);
    }
    let found = found?;
    let supplied = |found_hits: &[FoundHit]| {
        let made = index.settings();
        let mut hits = Vec::with_capacity(found_hits.len());
        for some in found_hits.chunks(SUPPLIED_AT_ONCE) {
            effort.spend(some.len() as u64 * work_a_hit(query))?;
            for one in some {
                let supplied = supply(catalog, cache, one, &query.memory);
                let supplied = supplied.map_err(|error| failed(catalog, error))?;
                let Some(supplied) = supplied else { continue };
                let Supplied {
                    mut hit,
                    object,
                    bytes,
                    passing,
                } = supplied;
                highlight(&mut hit, &found.marker, &query.highlights);
                if let Some(explanation) = &mut hit.explanation {
                    name_attributes(
                        Arc::make_mut(explanation),
                        hit.object.shown(),
                        query.text.as_ref().map_or("", QueryText::as_str),
                        made.language,
                        made.has_links,
                    );
                }
                if query.memory.is_bounded() {
                    let kept = match query.projection.cut(&object, bytes) {
                        None => bytes,
                        Some(cut) => {
                            hit.object = cut;
                            hit.object.memory_bytes()
                        }
                    };
                    passing.keep(kept);
                }
                hits.push(hit);
            }
        }
        catalog.note_store();
        Ok::<_, EngineError>(hits)
    };
    let mut results = SearchResults {
        hits: supplied(&found.hits)?,
        quicksearch_hits: supplied(&found.quicksearch_hits)?,
        work: 0,
        // Whoever gave it knows.
        turn: Turn::default(),
        total_hits: found.total_hits,
        facets: found.facets,
        correction: found
            .correction
            .map(|correction| {
                let (witnesses, memory) = (&found.witnesses, &query.memory);
                as_written(catalog, cache, correction, witnesses, effort, memory)
            })
            .transpose()?,
        partial_words: found.partial_words,
    };
    if events::found::is_wanted(query) {
        let (site, own) = (catalog.site.load(), &found.own_queries);
        let live = catalog.events.live();
        if let Some(live) = live.as_ref() {
            let is_own = |folded: &str| own.has(folded);
            let spend = |work| Ok(effort.spend(work)?);
            events::found::add(live, query, &site.rules, is_own, &mut results, spend)?;
        }
    }
    results.work = effort.spent();
    Ok(results)
}

/// The query with what visitors chose after it, where that is known.
fn with_behaviour(catalog: &Catalog, query: &SearchQuery) -> Option<SearchQuery> {
    // Where a sort decides, nothing is ranked (docs/reference/05-search.md §2).
    let is_heeded = query.heeds_visitors && query.sort.is_empty();
    let text = query.text.as_ref().filter(|_| is_heeded)?;
    let live = catalog.events.live();
    let behaviour = live
        .as_ref()?
        .behaviour(&RecordedQuery::fold_typed(text.as_str()));
    (!behaviour.is_empty()).then(|| SearchQuery {
        behaviour,
        ..query.clone()
    })
}

/// The correction in words as the shop writes them: the index has them without accents.
fn as_written(
    catalog: &Catalog,
    cache: &ObjectCache,
    correction: Correction,
    witnesses: &[(String, Vec<VersionId>)],
    effort: &Effort,
    memory: &AnswerMemory,
) -> Result<Correction, EngineError> {
    const READING: u64 = 2_000;
    let mut spellings: HashMap<&str, String> = HashMap::new();
    for (word, versions) in witnesses {
        effort.spend(versions.len() as u64 * READING)?;
        let mut objects = Vec::with_capacity(versions.len());
        for &version in versions {
            // Looked at and let go, with its room.
            let found = object(catalog, cache, version, memory);
            let found = found.map_err(|error| failed(catalog, error))?;
            objects.extend(found.map(|(found, _)| found.object));
        }
        let shown = objects.iter().map(|object| ShownObject::new(object));
        let commonest = written::commonest(shown, word);
        spellings.extend(commonest.map(|spelling| (word.as_str(), spelling)));
    }
    Ok(correction.written(|word| spellings.get(word).cloned()))
}

/// Hits supplied between two looks at whether anybody waits.
const SUPPLIED_AT_ONCE: usize = 50;

/// What showing a hit costs, in units of work: it is read, and texts of it are gone through.
fn work_a_hit(query: &SearchQuery) -> u64 {
    const READING: u64 = 2_000;
    const MARKING: u64 = 5_000;
    let marked = query.highlights.len().min(SearchQuery::HIGHLIGHTS_MAX);
    READING + MARKING * marked as u64
}

fn highlight(hit: &mut Hit, marker: &Marker, requests: &[HighlightRequest]) {
    let requests = &requests[..requests.len().min(SearchQuery::HIGHLIGHTS_MAX)];
    let texts = requests.iter().filter_map(|request| {
        let text = marker.mark(hit.object.shown(), request)?;
        Some((request.field.clone(), text))
    });
    hit.highlights = texts.collect();
}

/// Takes note of a store that cannot be read, and says what to answer.
pub(in crate::engine::embedded) fn failed(catalog: &Catalog, error: StoreError) -> EngineError {
    if matches!(error, StoreError::NoRoom) {
        return EngineError::NoRoom;
    }
    if error.severity() == Severity::Final {
        let site = catalog.tracker_id.as_str();
        catalog.health.store_failed(site, &error);
    }
    EngineError::Internal {
        context: "the store could not be read",
        source: error.into(),
    }
}

/// A hit on its way into an answer.
struct Supplied<'m> {
    hit: Hit,
    object: Arc<Object>,
    /// About how much memory the object takes.
    bytes: usize,
    passing: Passing<'m>,
}

/// A hit with its object and the room for it. One that is not in the store any more is left out: versions outlast
/// every search that may still be answered, so only the page of a search that has timed out gets shorter.
fn supply<'m>(
    catalog: &Catalog,
    cache: &ObjectCache,
    hit: &FoundHit,
    memory: &'m AnswerMemory,
) -> Result<Option<Supplied<'m>>, StoreError> {
    let Some((found, passing)) = object(catalog, cache, hit.version, memory)? else {
        return Ok(None);
    };
    let (object, bytes) = match hit.stand_in {
        None => (found.object, found.bytes as usize),
        Some(at) => {
            let object = stand_in(&found.object, at, Siblings::Nested);
            let bytes = object.memory_bytes();
            (Arc::new(object), bytes)
        }
    };
    let made = Hit {
        object: FoundObject::new(Arc::clone(&object)),
        updated_at: found.updated_at,
        exact: hit.exact,
        score: hit.score,
        highlights: Vec::new(),
        explanation: hit.explanation.clone(),
    };
    Ok(Some(Supplied {
        hit: made,
        object,
        bytes,
        passing,
    }))
}

/// The object of a version and the room for it; `None` for one that is not in the store any more.
fn object<'m>(
    catalog: &Catalog,
    cache: &ObjectCache,
    version: VersionId,
    memory: &'m AnswerMemory,
) -> Result<Option<(CachedObject, Passing<'m>)>, StoreError> {
    let key = (catalog.store_id.0, version);
    if let Some(cached) = cache.get(&key) {
        let passing = memory.take(cached.bytes as usize)?;
        return Ok(Some((cached, passing)));
    }
    let read = catalog
        .readers
        .with(|reader| read(reader, version, memory))?;
    match &read {
        Some((read, _)) => cache.insert(key, read.clone()),
        None if catalog.readers.damaged().has(version) => {}
        None => tracing::warn!(
            site.tracker_id = catalog.tracker_id.as_str(),
            version = version.0,
            "found a version that is not in the store"
        ),
    }
    Ok(read)
}

fn read<'m>(
    reader: &Reader,
    version: VersionId,
    memory: &'m AnswerMemory,
) -> Result<Option<(CachedObject, Passing<'m>)>, StoreError> {
    /// What an entry takes beside its object.
    const ENTRY_BYTES: usize = 256;
    let found = reader.object_within(version, memory)?;
    Ok(found.map(|(found, passing)| {
        let cached = CachedObject {
            bytes: (ENTRY_BYTES + found.object.memory_bytes()) as u64,
            object: Arc::new(found.object),
            updated_at: found.updated_at,
        };
        (cached, passing)
    }))
}
