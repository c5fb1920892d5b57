//! A search: the index finds, the store supplies, over a read connection of its own. Invariant: what is read
//! of the store is part of the work a search may do.

use std::collections::HashMap;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::queries;
use crate::domain::{
    Correction, FoundObject, HighlightRequest, Hit, Object, QueryText, RecordedQuery, SearchQuery,
    SearchResults, ShownObject, Siblings, Timestamp, stand_in,
};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::Catalog;
use crate::engine::embedded::error::unavailable;
use crate::engine::embedded::follow::damage;
use crate::engine::embedded::ids::VersionId;
use crate::engine::embedded::index::{Effort, FoundHit, Marker, name_attributes, spelling};
use crate::engine::embedded::store::{Reader, Severity, StoreError};

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
    let index = catalog
        .index
        .load_full()
        .ok_or_else(|| unavailable("the index is being made"))?;
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
            let supplied = supply(catalog, cache, some);
            let mut supplied = supplied.map_err(|error| failed(catalog, error))?;
            highlight(&mut supplied, &found.marker, &query.highlights);
            for hit in &mut supplied {
                if let Some(explanation) = &mut hit.explanation {
                    name_attributes(
                        Arc::make_mut(explanation),
                        hit.object.shown(),
                        query.text.as_ref().map_or("", QueryText::as_str),
                        made.language,
                        made.has_links,
                    );
                }
            }
            hits.append(&mut supplied);
        }
        catalog.note_store();
        Ok::<_, EngineError>(hits)
    };
    let mut results = SearchResults {
        hits: supplied(&found.hits)?,
        quicksearch_hits: supplied(&found.quicksearch_hits)?,
        work: 0,
        total_hits: found.total_hits,
        facets: found.facets,
        correction: found
            .correction
            .map(|correction| written(catalog, cache, correction, &found.witnesses, effort))
            .transpose()?,
    };
    queries::add(catalog, query, &mut results, effort)?;
    results.work = effort.spent();
    Ok(results)
}

/// The query with what visitors chose after it, where that is known.
fn with_behaviour(catalog: &Catalog, query: &SearchQuery) -> Option<SearchQuery> {
    // Where a sort decides, nothing is ranked (docs/reference/05-search.md §2).
    let text = query.text.as_ref().filter(|_| query.sort.is_empty())?;
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
fn written(
    catalog: &Catalog,
    cache: &ObjectCache,
    correction: Correction,
    witnesses: &[(String, Vec<VersionId>)],
    effort: &Effort,
) -> Result<Correction, EngineError> {
    const READING: u64 = 2_000;
    let mut spellings: HashMap<&str, String> = HashMap::new();
    for (word, versions) in witnesses {
        effort.spend(versions.len() as u64 * READING)?;
        let objects = objects(catalog, cache, versions).map_err(|error| failed(catalog, error))?;
        let found = objects.into_iter().flatten();
        let found = found.filter_map(|found| spelling(ShownObject::new(&found.object), word));
        let mut counts: Vec<(String, usize)> = Vec::new();
        for spelling in found {
            match counts.iter_mut().find(|(known, _)| *known == spelling) {
                Some((_, count)) => *count += 1,
                None => counts.push((spelling, 1)),
            }
        }
        // Of equally common ones the first.
        let commonest = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        spellings.extend(commonest.map(|(spelling, _)| (word.as_str(), spelling)));
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

fn highlight(hits: &mut [Hit], marker: &Marker, requests: &[HighlightRequest]) {
    let requests = &requests[..requests.len().min(SearchQuery::HIGHLIGHTS_MAX)];
    for hit in hits {
        let texts = requests.iter().filter_map(|request| {
            let text = marker.mark(hit.object.shown(), request)?;
            Some((request.field.clone(), text))
        });
        hit.highlights = texts.collect();
    }
}

/// Takes note of a store that cannot be read, and says what to answer.
pub(in crate::engine::embedded) fn failed(catalog: &Catalog, error: StoreError) -> EngineError {
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
    let versions: Vec<VersionId> = found.iter().map(|hit| hit.version).collect();
    let objects = objects(catalog, cache, &versions)?;
    let hits = objects.into_iter().zip(found).filter_map(|(object, hit)| {
        let object = object?;
        Some(Hit {
            object: FoundObject::new(match hit.stand_in {
                None => object.object,
                Some(at) => Arc::new(stand_in(&object.object, at, Siblings::Nested)),
            }),
            updated_at: object.updated_at,
            exact: hit.exact,
            score: hit.score,
            highlights: Vec::new(),
            explanation: hit.explanation.clone(),
        })
    });
    Ok(hits.collect())
}

/// The objects of the versions; `None` for one that is not in the store any more.
fn objects(
    catalog: &Catalog,
    cache: &ObjectCache,
    versions: &[VersionId],
) -> Result<Vec<Option<CachedObject>>, StoreError> {
    let store = catalog.store_id.0;
    let known = versions.iter().map(|version| cache.get(&(store, *version)));
    let mut objects: Vec<Option<CachedObject>> = known.collect();
    if objects.iter().any(Option::is_none) {
        catalog.readers.with(|reader| {
            let missing = objects.iter_mut().zip(versions);
            for (slot, &version) in missing.filter(|(slot, _)| slot.is_none()) {
                *slot = read(reader, version)?;
                if let Some(object) = slot {
                    cache.insert((store, version), object.clone());
                } else if !reader.damaged().has(version) {
                    tracing::warn!(
                        site.tracker_id = catalog.tracker_id.as_str(),
                        version = version.0,
                        "found a version that is not in the store"
                    );
                }
            }
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(objects)
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
