//! The index against a scan of the same objects: after any writes, in any number of commits, every
//! search must give what the rules of contract 05 say of each object by itself.

mod generate;
mod order;
mod scan;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use self::generate::{modes, queries, writes};
use self::order::{best, by_signals, by_sorts, main_type_sorts};
use self::scan::{Model, Shown, is_refused, texts, values, words_met};
use super::*;
use crate::domain::{AttributeType, FacetBucket, FacetCounts, Quicksearch, TypedValue};

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn every_search_gives_what_a_scan_gives(
        mode in modes(),
        writes in writes(),
        queries in proptest::collection::vec(queries(), 1..20),
    ) {
        let mut catalog = Catalog::with_variants(mode);
        let mut model = Model::default();
        for write in writes {
            model.apply(&mut catalog, write);
        }
        catalog.commit();
        for query in queries {
            check(&catalog, &model, &query);
        }
    }
}

/// Filters that are said so often that each is worked out as a set find the same.
fn check_filters_as_sets(catalog: &Catalog, query: &SearchQuery, found: &Found) {
    const TIMES: usize = 17;
    let mut query = query.clone();
    let filters = &mut query.filters;
    for list in [
        &mut filters.any_of,
        &mut filters.all_of,
        &mut filters.none_of,
    ] {
        *list = vec![list.clone(); TIMES].concat();
    }
    let again = catalog.search(&query);
    let told = |found: &Found| {
        let Found {
            hits,
            total_hits,
            quicksearch_hits,
            facets,
            ..
        } = found;
        format!("{total_hits} {hits:?} {quicksearch_hits:?} {facets:?}")
    };
    assert_eq!(told(&again), told(found));
}

fn check(catalog: &Catalog, model: &Model, query: &SearchQuery) {
    let schema = &catalog.schema;
    let found = catalog.try_search(query, &Effort::unbounded());
    if is_refused(schema, query) {
        let refused = matches!(
            found,
            Err(EngineError::UnknownAttribute(_) | EngineError::NoOrigin)
        );
        assert!(refused, "{found:?}");
        return;
    }
    let found = found.unwrap();
    check_filters_as_sets(catalog, query, &found);
    let expected = model.found(catalog, query, None);
    assert_eq!(found.total_hits, expected.len() as u64);
    check_hits(schema, query, expected, &found.hits);
    check_quicksearch(catalog, model, query, &found.quicksearch_hits);
    let counted: Vec<&str> = found
        .facets
        .iter()
        .map(|facet| facet.field.as_str())
        .collect();
    let known = |field: &&str| match schema.get(field) {
        None => *field == "type",
        Some((_, kind)) => kind != AttributeType::Geo,
    };
    let asked = query.facets.iter().map(|facet| facet.field.as_str());
    assert_eq!(counted, asked.filter(known).collect::<Vec<_>>());
    for facet in &found.facets {
        let field = facet.field.as_str();
        let over = model.found(catalog, query, Some(field));
        check_facet(schema, &over, facet);
    }
}

/// One type after the other, each as a search for it alone.
fn check_quicksearch(catalog: &Catalog, model: &Model, query: &SearchQuery, found: &[FoundHit]) {
    let mut left = found;
    for Quicksearch { object_type, limit } in &query.quicksearch {
        let own_sort = query
            .type_sorts
            .iter()
            .find(|sort| sort.object_type == *object_type);
        let mut alone = SearchQuery {
            sort: own_sort.map_or(Vec::new(), |sort| sort.keys.clone()),
            type_sorts: Vec::new(),
            quicksearch: Vec::new(),
            page: Page {
                offset: 0,
                limit: *limit,
            },
            ..query.clone()
        };
        let by_type = std::mem::take(&mut alone.filters.by_type);
        alone.filters = Filters {
            all_of: field_filters(&[&format!("type:{object_type}")]),
            by_type,
            ..Filters::default()
        };
        let expected = model.found(catalog, &alone, None);
        let own;
        (own, left) = left.split_at(expected.len().min(*limit));
        check_hits(&catalog.schema, &alone, expected, own);
    }
    assert!(left.is_empty(), "hits of no type");
}

fn check_hits(
    schema: &Schema,
    query: &SearchQuery,
    mut expected: Vec<Vec<Shown>>,
    found: &[FoundHit],
) {
    let page = query.page;
    let words = query.text.as_ref();
    let words = words.map_or(0, |text| scan::query_words(text).len());
    let met = |shown: &Shown| {
        let text = query.text.as_ref();
        text.map_or(0, |text| words_met(&shown.object, text))
    };
    let is_whole = |hit: &FoundHit| {
        let mut shown = expected.iter().flatten();
        let shown = shown.find(|one| (one.version, one.stand_in) == (hit.version, hit.stand_in));
        met(shown.expect("a hit is one of the expected")) == words
    };
    let whole: Vec<bool> = found.iter().map(is_whole).collect();
    let told: Vec<bool> = found.iter().map(|hit| hit.exact).collect();
    assert_eq!(told, whole);
    let is_sorted = !query.sort.is_empty() || !main_type_sorts(query).is_empty();
    let chosen_by_score = |hit: &Vec<Shown>| hit.len() > 1 && query.text.is_some();
    if query.text.is_some() && !is_sorted || expected.iter().any(chosen_by_score) {
        // The score has no model; what decides before it has.
        if !is_sorted {
            assert!(whole.is_sorted_by(|a, b| a >= b), "all words come first");
        }
        let window = expected.len().saturating_sub(page.offset).min(page.limit);
        assert_eq!(found.len(), window);
        let mut versions: Vec<_> = found.iter().map(|hit| hit.version).collect();
        versions.sort_unstable();
        if !query.all_variants {
            assert!(versions.is_sorted_by(|a, b| a < b), "a hit comes once");
        }
        return;
    }
    let shown = expected
        .iter_mut()
        .map(|hit| best(schema, query, hit).clone());
    let mut shown: Vec<Shown> = shown.collect();
    // What is equal in everything comes as it was sent.
    shown.sort_by_key(|one| (one.first_seen, one.stand_in));
    if is_sorted {
        shown.sort_by_cached_key(|one| by_sorts(schema, query, one));
    } else {
        shown.sort_by_cached_key(|one| (by_signals(schema, query, one), one.first_seen));
    }
    let window = shown.iter().skip(page.offset).take(page.limit);
    let window: Vec<_> = window.map(|one| (one.version, one.stand_in)).collect();
    let hits = found.iter().map(|hit| (hit.version, hit.stand_in));
    assert_eq!(hits.collect::<Vec<_>>(), window);
}

fn check_facet(schema: &Schema, over: &[Vec<Shown>], facet: &FacetCounts) {
    let field = facet.field.as_str();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for hit in over {
        let texts = hit.iter().flat_map(|shown| texts(schema, shown, field));
        for text in texts.collect::<BTreeSet<_>>() {
            *counts.entry(text).or_default() += 1;
        }
    }
    let mut fitting = BTreeMap::new();
    match &facet.kind {
        FacetKind::Text(_) => std::mem::swap(&mut fitting, &mut counts),
        FacetKind::Boolean(_) => {
            fitting = counts.clone();
            fitting.retain(|text, _| ["true", "false"].contains(&text.as_str()));
            counts.retain(|text, _| !fitting.contains_key(text));
        }
        FacetKind::Number(_) | FacetKind::Date(_) => {}
    }
    assert_eq!(pairs(&facet.misfits), by_count(counts), "{field}");
    match &facet.kind {
        FacetKind::Text(buckets) => assert_eq!(pairs(buckets), by_count(fitting)),
        FacetKind::Boolean(buckets) => {
            let buckets = buckets.iter().map(|b| (b.value.to_string(), b.count));
            assert_eq!(buckets.collect::<BTreeMap<_, _>>(), fitting);
        }
        FacetKind::Number(buckets) => {
            check_ranges(over, buckets, |shown, (from, to), is_last| {
                let values = values(schema, shown, field);
                values.iter().any(|value| {
                    matches!(value, TypedValue::Numeric(n)
                        if *n >= from && (*n < to || is_last && *n <= to))
                })
            });
        }
        FacetKind::Date(buckets) => {
            check_ranges(over, buckets, |shown, (from, to), is_last| {
                let values = values(schema, shown, field);
                values.iter().any(|value| {
                    matches!(value, TypedValue::Date(at)
                        if *at >= from && (*at < to || is_last && *at <= to))
                })
            });
        }
    }
    assert_eq!(
        matches!(facet.kind, FacetKind::Number(_)),
        matches!(schema.get(field), Some((_, AttributeType::Numeric)))
    );
}

fn pairs(buckets: &[FacetBucket<String>]) -> Vec<(String, u64)> {
    let buckets = buckets.iter();
    buckets.map(|b| (b.value.clone(), b.count)).collect()
}

/// The commonest first, then by text.
fn by_count(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

fn check_ranges<T: Copy + PartialEq + std::fmt::Debug>(
    over: &[Vec<Shown>],
    buckets: &[FacetBucket<(T, T)>],
    is_in: impl Fn(&Shown, (T, T), bool) -> bool,
) {
    for (at, bucket) in buckets.iter().enumerate() {
        let is_last = at + 1 == buckets.len();
        let count = over
            .iter()
            .filter(|hit| hit.iter().any(|shown| is_in(shown, bucket.value, is_last)))
            .count();
        assert_eq!(bucket.count, count as u64, "{:?}", bucket.value);
        assert!(
            is_last || buckets[at + 1].value.0 == bucket.value.1,
            "edges are shared"
        );
    }
}
