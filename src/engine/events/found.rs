//! Queries that visitors searched for, as objects among those that a search finds
//! (docs/reference/06-autocomplete-and-others.md §6). Invariant: they stand behind all others, so pages of one search
//! fit together; what is counted as found is what further pages show; a text is there once.

use std::sync::Arc;

use super::{Live, ShownQuery};
use crate::domain::{
    ActivePeriod, AnswerMemory, FacetBucket, FacetCounts, FacetKind, FacetRequest, FieldFilter,
    FieldValue, Fields, Filters, FoundObject, Hit, Identity, LastWord, Object, ObjectParts,
    ObjectType, Page, QUERY_TYPE, QueryRules, RecordedQuery, SearchQuery, SearchResults, Timestamp,
    query_meets,
};
use crate::engine::EngineError;

const TYPE: &str = "type";
const TITLE: &str = "title";

/// Whether a search asks for queries, too.
pub(in crate::engine) fn is_wanted(query: &SearchQuery) -> bool {
    let wanted = Wanted::of(query);
    wanted.is_main || wanted.type_facet.is_some() || wanted.quicksearch.is_some()
}

/// What of a search queries are wanted for.
struct Wanted<'q> {
    is_main: bool,
    type_facet: Option<&'q FacetRequest>,
    quicksearch: Option<usize>,
}

impl<'q> Wanted<'q> {
    fn of(query: &'q SearchQuery) -> Self {
        if !query.finds_queries || query.scope.is_some() {
            return Self {
                is_main: false,
                type_facet: None,
                quicksearch: None,
            };
        }
        let mut facets = query.facets.iter();
        let mut quicksearch = query.quicksearch.iter();
        Self {
            is_main: !query.quicksearch_alone && may_be_met(&query.filters, None),
            type_facet: { facets.find(|facet| facet.field.as_str() == TYPE) }
                .filter(|_| may_be_met(&query.filters, Some(TYPE))),
            quicksearch: quicksearch.position(|group| group.object_type.as_str() == QUERY_TYPE),
        }
    }
}

/// The queries that have the words of a search, and how it was typed.
pub(in crate::engine) fn having<'l>(
    live: &'l Live,
    query: &SearchQuery,
    rules: &QueryRules,
) -> (Vec<ShownQuery<'l>>, String) {
    let text = query.text.as_ref();
    let folded = text.map_or_else(String::new, |text| RecordedQuery::fold_typed(text.as_str()));
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let is_begun = query.last_word == LastWord::Begun;
    (live.having(&words, is_begun, rules), folded)
}

/// Adds the queries that are found, and takes none away. Those that the shop has sent as objects are found as such.
pub(in crate::engine) fn add(
    live: &Live,
    query: &SearchQuery,
    rules: &QueryRules,
    is_own: impl Fn(&str) -> bool,
    results: &mut SearchResults,
    spend: impl FnOnce(u64) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let Wanted {
        is_main,
        type_facet,
        quicksearch,
    } = Wanted::of(query);
    let (mut having, folded) = having(live, query, rules);
    spend(having.len() as u64 * WORK_A_QUERY)?;
    // An object that the shop has sent says more than a text.
    having.retain(|query| !is_own(query.folded()));
    // What was typed comes first.
    having.sort_unstable_by(|a, b| {
        let is_other = |it: &ShownQuery<'_>| it.folded() != folded;
        let by_frequency = || a.by_frequency(*b);
        is_other(a).cmp(&is_other(b)).then_with(by_frequency)
    });
    if is_main {
        let found = met(&having, &query.filters, None);
        let before = results.total_hits;
        if before == 0 && !found.is_empty() {
            // What was typed is found as it was typed, whatever other objects do not have of it.
            results.correction = None;
        }
        results.total_hits += found.len() as u64;
        let page = page_of(&found, query.page, before);
        results.hits.extend(hits_of(page, &query.memory)?);
    }
    if let Some(request) = type_facet {
        let count = met(&having, &query.filters, Some(TYPE)).len() as u64;
        count_type(&mut results.facets, request, count);
    }
    if let Some(at) = quicksearch {
        let mut filters = query.quicksearch[at].filters.clone();
        let shared = query.filters.by_type.iter();
        filters.by_type.extend(shared.cloned());
        let found = met(&having, &filters, None);
        let first = query.quicksearch[..=at]
            .iter()
            .map(|group| &group.object_type);
        let first: Vec<&ObjectType> = first.collect();
        let hits = &mut results.quicksearch_hits;
        if query.quicksearch_alone && !found.is_empty() {
            // What has only some of the words stands beside nothing that has all.
            let is_query = |hit: &Hit| hit.object.shown().object_type().as_str() == QUERY_TYPE;
            hits.retain(|hit| hit.exact || !is_query(hit));
        }
        let of_first = |hit: &Hit| first.contains(&hit.object.shown().object_type());
        let behind = hits.iter().take_while(|hit| of_first(hit)).count();
        let of_query = |hit: &&Hit| hit.object.shown().object_type().as_str() == QUERY_TYPE;
        let own = hits.iter().filter(of_query).count();
        let room = query.quicksearch[at].limit.saturating_sub(own);
        let found = &found[..room.min(found.len())];
        hits.splice(behind..behind, hits_of(found, &query.memory)?);
    }
    Ok(())
}

/// Looking whether filters are met, in units of work.
const WORK_A_QUERY: u64 = 8;

/// Whether any query can meet the filters, as far as its type decides.
fn may_be_met(filters: &Filters, except: Option<&str>) -> bool {
    let is_of_type = |filter: &FieldFilter| filter.asked.text() == Some(QUERY_TYPE);
    let of_type = |filter: &&FieldFilter| filter.field.as_str() == TYPE;
    let mut wanted = filters.any_of.iter().filter(of_type).peekable();
    let is_wanted = except == Some(TYPE) || wanted.peek().is_none() || wanted.any(is_of_type);
    is_wanted
        && filters.all_of.iter().filter(of_type).all(is_of_type)
        && !filters.none_of.iter().filter(of_type).any(is_of_type)
}

/// Those that meet the filters, the `f[]` filters on the field `except` left out.
fn met<'l>(
    queries: &[ShownQuery<'l>],
    filters: &Filters,
    except: Option<&str>,
) -> Vec<ShownQuery<'l>> {
    let meets = |query: &&ShownQuery<'l>| query_meets(query.title(), filters, except);
    queries.iter().filter(meets).copied().collect()
}

/// Of the page what lies behind the hits that were found `before`.
fn page_of<'f, 'l>(found: &'f [ShownQuery<'l>], page: Page, before: u64) -> &'f [ShownQuery<'l>] {
    if page.is_beyond_reach() {
        return &[];
    }
    let before = usize::try_from(before).unwrap_or(usize::MAX);
    let place = |rank: usize| rank.saturating_sub(before).min(found.len());
    &found[place(page.offset)..place(page.offset + page.limit)]
}

fn hits_of(queries: &[ShownQuery<'_>], memory: &AnswerMemory) -> Result<Vec<Hit>, EngineError> {
    let mut hits = Vec::with_capacity(queries.len());
    for hit in queries.iter().filter_map(|query| hit_of(*query)) {
        let bytes = hit.object.memory_bytes();
        let room = memory.take(bytes).map_err(|_| EngineError::NoRoom)?;
        room.keep(bytes);
        hits.push(hit);
    }
    Ok(hits)
}

/// `None` where the text cannot be an identity.
fn hit_of(query: ShownQuery<'_>) -> Option<Hit> {
    let mut fields = Fields::default();
    fields.insert(TITLE, FieldValue::Text(query.title().into()));
    let object = Object::new(ObjectParts {
        identity: Identity::new(query.title()).ok()?,
        object_type: ObjectType::new(QUERY_TYPE).ok()?,
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields,
        nested: Vec::new(),
    });
    Some(Hit {
        object: FoundObject::new(Arc::new(object.ok()?)),
        updated_at: Timestamp::from_millis(query.last_day() * DAY_MS),
        exact: true,
        score: None,
        highlights: Vec::new(),
        explanation: None,
    })
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Adds to the facet on types.
fn count_type(facets: &mut Vec<FacetCounts>, request: &FacetRequest, count: u64) {
    let fits = request.values_with.as_ref();
    if count == 0 || fits.is_some_and(|pattern| !pattern.matches(QUERY_TYPE)) {
        return;
    }
    let of_type = |facet: &&mut FacetCounts| facet.field.as_str() == TYPE;
    let Some(facet) = facets.iter_mut().find(of_type) else {
        facets.push(FacetCounts {
            field: request.field.clone(),
            kind: FacetKind::Text(vec![FacetBucket {
                value: QUERY_TYPE.to_owned(),
                count,
            }]),
            misfits: Vec::new(),
        });
        return;
    };
    let FacetKind::Text(buckets) = &mut facet.kind else {
        return;
    };
    match buckets.iter_mut().find(|bucket| bucket.value == QUERY_TYPE) {
        Some(bucket) => bucket.count += count,
        None => buckets.push(FacetBucket {
            value: QUERY_TYPE.to_owned(),
            count,
        }),
    }
    buckets.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    buckets.truncate(request.values_max);
}
