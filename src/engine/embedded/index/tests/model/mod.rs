//! The index against a scan of the same objects: after any writes, in any number of commits, every
//! search must give what the rules of contract 05 say of each object by itself.

mod generate;
mod scan;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;

use self::generate::{queries, writes};
use self::scan::{Entry, Key, Model, by_signals, by_sort, keys, values, words_met};
use super::*;
use crate::domain::{AttributeType, FacetBucket, TypedValue};

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_search_gives_what_a_scan_gives(
        writes in writes(),
        queries in proptest::collection::vec(queries(), 1..20),
    ) {
        let mut catalog = Catalog::new();
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

fn check(catalog: &Catalog, model: &Model, query: &SearchQuery) {
    let schema = &catalog.schema;
    let unknown =
        |key: &SortKey| key.field.as_str() != "type" && schema.get(key.field.as_str()).is_none();
    let found = catalog.index.search(schema, &catalog.site, query);
    if let Some(key) = query.sort.iter().find(|key| unknown(key)) {
        assert!(matches!(found, Err(EngineError::UnknownAttribute(name)) if name == key.field));
        return;
    }
    let found = found.unwrap();
    let mut expected = model.found(schema, query, None);
    assert_eq!(found.total_hits, expected.len() as u64);
    check_order(schema, query, &mut expected, &found);
    let counted: Vec<&str> = found
        .facets
        .iter()
        .map(|facet| facet.field.as_str())
        .collect();
    let known = |field: &&str| *field == "type" || schema.get(field).is_some();
    let asked = query.facets.iter().map(|facet| facet.field.as_str());
    assert_eq!(counted, asked.filter(known).collect::<Vec<_>>());
    for facet in &found.facets {
        let field = facet.field.as_str();
        let over = model.found(schema, query, Some(field));
        check_facet(schema, &over, field, &facet.kind);
    }
}

fn check_order(schema: &Schema, query: &SearchQuery, expected: &mut Vec<&Entry>, found: &Found) {
    let page = query.page;
    let words = query.text.as_ref();
    let words = words.map_or(0, |text| scan::query_words(text).len());
    let met = |entry: &Entry| {
        query
            .text
            .as_ref()
            .map_or(0, |text| words_met(&entry.object, text))
    };
    let of_version = |hit: &FoundHit| {
        let mut entries = expected.iter().copied();
        entries
            .find(|entry| entry.version == hit.version)
            .expect("a hit is one of the expected")
    };
    for hit in &found.hits {
        assert_eq!(hit.exact, met(of_version(hit)) == words);
    }
    let hits: Vec<VersionId> = found.hits.iter().map(|hit| hit.version).collect();
    if query.sort.is_empty() && query.text.is_some() {
        // The score has no model; what decides before it has.
        let whole = found.hits.iter().map(|hit| met(of_version(hit)) == words);
        assert!(whole.is_sorted_by(|a, b| a >= b), "all words come first");
        let window = expected.len().saturating_sub(page.offset).min(page.limit);
        assert_eq!(hits.len(), window);
        return;
    }
    if query.sort.is_empty() {
        expected.sort_by_key(|entry| (by_signals(&entry.object), entry.first_seen));
    } else {
        expected.sort_by_cached_key(|entry| by_sort(schema, &query.sort, entry));
    }
    let window = expected.iter().skip(page.offset).take(page.limit);
    assert_eq!(hits, window.map(|entry| entry.version).collect::<Vec<_>>());
}

fn check_facet(schema: &Schema, over: &[&Entry], field: &str, kind: &FacetKind) {
    let mut counts: BTreeMap<Key, u64> = BTreeMap::new();
    for entry in over {
        let mut keys = keys(schema, &entry.object, field);
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    match kind {
        FacetKind::Text(buckets) => {
            let mut expected: Vec<(Key, u64)> = counts.into_iter().collect();
            expected.sort_by_key(|(_, count)| Reverse(*count));
            let buckets = buckets
                .iter()
                .map(|b| (Key::Text(b.value.clone()), b.count));
            assert_eq!(buckets.collect::<Vec<_>>(), expected);
        }
        FacetKind::Boolean(buckets) => {
            let buckets = buckets
                .iter()
                .map(|b| (Key::Number(b.value.into()), b.count));
            assert_eq!(buckets.collect::<BTreeMap<_, _>>(), counts);
        }
        FacetKind::Number(buckets) => {
            check_ranges(over, buckets, |entry, (from, to), is_last| {
                let values = values(schema, &entry.object, field);
                values.iter().any(|value| {
                    matches!(value, TypedValue::Numeric(n)
                        if *n >= from && (*n < to || is_last && *n <= to))
                })
            });
        }
        FacetKind::Date(buckets) => {
            check_ranges(over, buckets, |entry, (from, to), is_last| {
                let values = values(schema, &entry.object, field);
                values.iter().any(|value| {
                    matches!(value, TypedValue::Date(at)
                        if *at >= from && (*at < to || is_last && *at <= to))
                })
            });
        }
    }
    assert_eq!(
        matches!(kind, FacetKind::Number(_)),
        matches!(schema.get(field), Some((_, AttributeType::Numeric)))
    );
}

fn check_ranges<T: Copy + PartialEq + std::fmt::Debug>(
    over: &[&Entry],
    buckets: &[FacetBucket<(T, T)>],
    is_in: impl Fn(&Entry, (T, T), bool) -> bool,
) {
    for (at, bucket) in buckets.iter().enumerate() {
        let is_last = at + 1 == buckets.len();
        let count = over
            .iter()
            .filter(|entry| is_in(entry, bucket.value, is_last))
            .count();
        assert_eq!(bucket.count, count as u64, "{:?}", bucket.value);
        assert!(
            is_last || buckets[at + 1].value.0 == bucket.value.1,
            "edges are shared"
        );
    }
}
