//! Whether an answer is one that the rules allow. Invariant: what a score alone decides is not judged; what
//! decides before it is.

use std::collections::BTreeSet;

use crate::domain::{FacetCounts, FacetKind, Hit, SearchQuery, SearchResults};
use crate::engine::conformance::reference::order::is_sorted;
use crate::engine::conformance::reference::scan::{Naive, Shown, query_words, quicksearches};

/// An answer as far as it is compared.
pub(in crate::engine) struct Answer {
    pub(in crate::engine) hits: Vec<Seen>,
    pub(in crate::engine) total_hits: u64,
    pub(in crate::engine) quicksearch_hits: Vec<Seen>,
    pub(in crate::engine) facets: Vec<FacetCounts>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Seen {
    pub(in crate::engine) identity: String,
    pub(in crate::engine) exact: bool,
}

impl From<SearchResults> for Answer {
    fn from(results: SearchResults) -> Self {
        let seen = |hits: Vec<Hit>| {
            let seen = hits.iter().map(|hit| Seen {
                identity: hit.object.shown().identity().to_string(),
                exact: hit.exact,
            });
            seen.collect()
        };
        Self {
            hits: seen(results.hits),
            total_hits: results.total_hits,
            quicksearch_hits: seen(results.quicksearch_hits),
            facets: results.facets,
        }
    }
}

/// Panics where the answer to a query, which can be answered, is none.
pub(in crate::engine) fn check(naive: &Naive<'_>, query: &SearchQuery, answer: &Answer) {
    let found = naive.found(query, None);
    assert_eq!(answer.total_hits, found.len() as u64);
    check_hits(naive, query, &answer.hits);
    let mut left = &answer.quicksearch_hits[..];
    // One type after the other, each as a search for it alone.
    for alone in quicksearches(query) {
        let expected = naive.found(&alone, None).len();
        let own;
        (own, left) = left.split_at(expected.min(alone.page.limit).min(left.len()));
        check_hits(naive, &alone, own);
    }
    assert!(left.is_empty(), "hits of no type");
    check_facets(&naive.facets(query), &answer.facets);
}

fn check_hits(naive: &Naive<'_>, query: &SearchQuery, seen: &[Seen]) {
    let hits = naive.found(query, None);
    let window = hits
        .len()
        .saturating_sub(query.page.offset)
        .min(query.page.limit);
    assert_eq!(seen.len(), window);
    let shown: Vec<&Shown> = seen.iter().map(|hit| shown_by(&hits, hit)).collect();
    let told: Vec<bool> = seen.iter().map(|hit| hit.exact).collect();
    let exact: Vec<bool> = shown.iter().map(|one| naive.is_exact(query, one)).collect();
    assert_eq!(told, exact);
    if !query.all_variants {
        let masters: BTreeSet<_> = shown.iter().map(|one| &one.master).collect();
        assert_eq!(masters.len(), shown.len(), "a hit comes once");
    }
    let is_chosen_by_score = |hit: &Vec<Shown>| hit.len() > 1 && query.text.is_some();
    if query.text.is_some() && !is_sorted(query) || hits.iter().any(is_chosen_by_score) {
        if !is_sorted(query) {
            assert!(exact.is_sorted_by(|a, b| a >= b), "all words come first");
        }
        return;
    }
    let expected = naive.page(query);
    let expected: Vec<&str> = expected
        .iter()
        .map(|one| one.whole.identity.as_str())
        .collect();
    let identities: Vec<&str> = seen.iter().map(|hit| hit.identity.as_str()).collect();
    assert_eq!(identities, expected, "{} words", words(query));
}

fn words(query: &SearchQuery) -> usize {
    query
        .text
        .as_ref()
        .map_or(0, |text| query_words(text).len())
}

fn shown_by<'h>(hits: &'h [Vec<Shown>], seen: &Seen) -> &'h Shown {
    let mut shown = hits.iter().flatten();
    let found = shown.find(|one| one.whole.identity.as_str() == seen.identity);
    found.unwrap_or_else(|| panic!("{seen:?} is none of those that are found"))
}

/// The same counts; edges of ranges may be rounded.
fn check_facets(expected: &[FacetCounts], told: &[FacetCounts]) {
    let names = |facets: &[FacetCounts]| {
        let names = facets.iter().map(|facet| facet.field.as_str().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(told), names(expected));
    for (expected, told) in expected.iter().zip(told) {
        assert_eq!(told.misfits, expected.misfits, "{:?}", told.field);
        let (FacetKind::Number(expected), FacetKind::Number(told)) = (&expected.kind, &told.kind)
        else {
            assert_eq!(told.kind, expected.kind, "{:?}", told.field);
            continue;
        };
        assert_eq!(told.len(), expected.len());
        let width = expected
            .last()
            .map_or(0.0, |last| last.value.1 - expected[0].value.0);
        for (expected, told) in expected.iter().zip(told) {
            assert_eq!(told.count, expected.count, "{told:?} {expected:?}");
            let is_near = |a: f64, b: f64| (a - b).abs() <= width * 1e-6;
            let (expected, told) = (expected.value, told.value);
            assert!(
                is_near(expected.0, told.0) && is_near(expected.1, told.1),
                "{told:?}"
            );
        }
    }
}
