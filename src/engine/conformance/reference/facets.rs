//! Counts of values over what is found (docs/reference/05-search.md §7). Invariant: a hit counts once a value.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::scan::{COMPARED_BYTES_MAX, Naive, Shown};
use crate::domain::{
    AttributeType, DynamicFacets, FacetBucket, FacetCounts, FacetKind, FacetRequest, SearchQuery,
    Timestamp, TypedValue,
};

type Hits<'h> = &'h [Vec<Shown>];

impl Naive<'_> {
    /// In the order asked for; on attributes that nothing ever had there are none.
    pub(in crate::engine) fn facets(&self, query: &SearchQuery) -> Vec<FacetCounts> {
        let asked = query.facets.iter();
        let mut facets: Vec<FacetCounts> = asked
            .filter_map(|request| self.facet(query, request))
            .collect();
        if let Some(dynamic) = query.dynamic_facets {
            self.add_dynamic(query, dynamic, &mut facets);
        }
        facets
    }

    fn facet(&self, query: &SearchQuery, request: &FacetRequest) -> Option<FacetCounts> {
        let field = request.field.as_str();
        let kind = match self.schema.get(field) {
            None if field == "type" => AttributeType::Text,
            found => found?.1,
        };
        // A facet does not see the filter on its own field.
        let hits = self.found(query, Some(field));
        let (mut texts, booleans) = (self.texts(&hits, field), self.booleans(&hits, field));
        let mut misfits = BTreeMap::new();
        let kind = match kind {
            AttributeType::Text => {
                if let Some(pattern) = &request.values_with {
                    texts.retain(|text, _| pattern.matches(text));
                }
                FacetKind::Text(by_count(texts, request.values_max))
            }
            AttributeType::Boolean => {
                std::mem::swap(&mut misfits, &mut texts);
                FacetKind::Boolean(booleans)
            }
            AttributeType::Numeric => {
                misfits = texts;
                let number = |value: &TypedValue<'_>| match value {
                    TypedValue::Numeric(number) => Some(*number),
                    _ => None,
                };
                let each = self.each_number(&hits, field);
                let mut whole = each.iter().map(|bucket| bucket.value.0.fract() == 0.0);
                let are_few = each.len() <= FacetRequest::RANGES && whole.all(|is_whole| is_whole);
                if are_few && request.lists_few_integers() && !request.each_value {
                    FacetKind::Number(each)
                } else {
                    FacetKind::Number(self.ranges(&hits, request, number, number_edges))
                }
            }
            AttributeType::Date => {
                misfits = texts;
                let date = |value: &TypedValue<'_>| match value {
                    TypedValue::Date(at) => Some(*at),
                    _ => None,
                };
                FacetKind::Date(self.ranges(&hits, request, date, date_edges))
            }
            AttributeType::Geo => return None,
        };
        Some(FacetCounts {
            field: request.field.clone(),
            kind,
            misfits: by_count(misfits, request.values_max),
        })
    }

    fn texts(&self, hits: Hits<'_>, field: &str) -> BTreeMap<String, u64> {
        let text = |value: TypedValue<'_>| match value {
            TypedValue::Text(text) if text.len() <= COMPARED_BYTES_MAX => Some(text.into_owned()),
            _ => None,
        };
        self.counted(hits, field, text)
    }

    /// `true` before `false`.
    fn booleans(&self, hits: Hits<'_>, field: &str) -> Vec<FacetBucket<bool>> {
        let boolean = |value: TypedValue<'_>| match value {
            TypedValue::Boolean(value) => Some(value),
            _ => None,
        };
        let counts = self.counted(hits, field, boolean).into_iter().rev();
        let buckets = counts.map(|(value, count)| FacetBucket { value, count });
        buckets.collect()
    }

    fn counted<T: Ord>(
        &self,
        hits: Hits<'_>,
        field: &str,
        read: impl Fn(TypedValue<'_>) -> Option<T>,
    ) -> BTreeMap<T, u64> {
        let mut counts = BTreeMap::new();
        for hit in hits {
            let values = hit.iter().flat_map(|shown| self.values(shown, field));
            for value in values.filter_map(&read).collect::<BTreeSet<T>>() {
                *counts.entry(value).or_default() += 1;
            }
        }
        counts
    }

    fn numbers(&self, hits: Hits<'_>, field: &str) -> Vec<f64> {
        let values = hits
            .iter()
            .flatten()
            .flat_map(|shown| self.values(shown, field));
        let numbers = values.filter_map(|value| match value {
            TypedValue::Numeric(number) => Some(number),
            _ => None,
        });
        numbers.collect()
    }

    fn each_number(&self, hits: Hits<'_>, field: &str) -> Vec<FacetBucket<(f64, f64)>> {
        let mut numbers = self.numbers(hits, field);
        numbers.sort_by(f64::total_cmp);
        numbers.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let has = |shown: &Shown, number: f64| {
            let mut values = self.values(shown, field).into_iter();
            values.any(|value| value == TypedValue::Numeric(number))
        };
        let buckets = numbers.into_iter().map(|number| FacetBucket {
            value: (number, number),
            count: hits
                .iter()
                .filter(|hit| hit.iter().any(|one| has(one, number)))
                .count() as u64,
        });
        buckets.collect()
    }

    fn ranges<T: Copy + PartialOrd>(
        &self,
        hits: Hits<'_>,
        request: &FacetRequest,
        read: impl Fn(&TypedValue<'_>) -> Option<T>,
        edges: impl Fn(T, T) -> Vec<T>,
    ) -> Vec<FacetBucket<(T, T)>> {
        let field = request.field.as_str();
        let by_hit = hits.iter().map(|hit| {
            let values = hit.iter().flat_map(|shown| self.values(shown, field));
            values.filter_map(|value| read(&value)).collect::<Vec<T>>()
        });
        let by_hit: Vec<Vec<T>> = by_hit.collect();
        let mut all: Vec<T> = by_hit.iter().flatten().copied().collect();
        all.sort_by(|a, b| a.partial_cmp(b).expect("values compare"));
        let count = |is_in: &dyn Fn(T) -> bool| {
            let counted = by_hit
                .iter()
                .filter(|hit| hit.iter().any(|&value| is_in(value)));
            counted.count() as u64
        };
        let (Some(&least), Some(&greatest)) = (all.first(), all.last()) else {
            return Vec::new();
        };
        let bucket = |from, to, count| FacetBucket {
            value: (from, to),
            count,
        };
        if request.each_value {
            all.dedup_by(|a, b| a == b);
            let each = all.iter();
            let mut buckets: Vec<_> = each
                .map(|&one| bucket(one, one, count(&|value| value == one)))
                .collect();
            buckets.sort_by_key(|bucket| Reverse(bucket.count));
            buckets.truncate(request.values_max);
            return buckets;
        }
        let edges = edges(least, greatest);
        let windows = edges.windows(2).enumerate();
        // A shared edge counts in the upper range, the last range includes its upper edge.
        let buckets = windows.map(|(at, edge)| {
            let (from, to, is_last) = (edge[0], edge[1], at + 2 == edges.len());
            let is_in = |value: T| from <= value && (value < to || is_last && value <= to);
            bucket(from, to, count(&is_in))
        });
        buckets.collect()
    }

    /// Attributes that most of what is found has come first; those that tell no two groups apart, or every
    /// object from every other, are left out.
    fn add_dynamic(
        &self,
        query: &SearchQuery,
        dynamic: DynamicFacets,
        facets: &mut Vec<FacetCounts>,
    ) {
        const IDENTIFYING_VALUES: usize = 10;
        let facets_max = (facets.len() + dynamic.facets_max).min(FacetRequest::FACETS_MAX);
        let hits = self.found(query, None);
        let covered = |field: &str| {
            let shown = hits.iter().flatten();
            shown
                .filter(|one| !self.values(one, field).is_empty())
                .count()
        };
        let names = self.schema.iter().map(|(_, name, _)| name.as_str());
        let names = names.filter(|name| DynamicFacets::may_choose(name));
        let mut choices: Vec<(usize, &str)> = names.map(|name| (covered(name), name)).collect();
        choices.retain(|(covered, name)| {
            *covered > 0
                && !query
                    .facets
                    .iter()
                    .any(|asked| asked.field.as_str() == *name)
        });
        choices.sort_by_key(|(covered, _)| Reverse(*covered));
        for (covered, name) in choices {
            let request = FacetRequest::new(name, dynamic.values_max.max(2));
            let facet = request.and_then(|request| self.facet(query, &request));
            let Some(mut facet) = facet.filter(|_| facets.len() < facets_max) else {
                continue;
            };
            let groups = match &facet.kind {
                FacetKind::Text(buckets) => {
                    let is_alone = buckets.first().is_some_and(|most| most.count == 1);
                    let identifies = covered >= IDENTIFYING_VALUES && is_alone;
                    if identifies { 0 } else { buckets.len() }
                }
                FacetKind::Boolean(buckets) => buckets.len(),
                FacetKind::Number(buckets) => buckets.iter().filter(|one| one.count > 0).count(),
                FacetKind::Date(buckets) => buckets.iter().filter(|one| one.count > 0).count(),
            };
            if groups + facet.misfits.len() > 1 {
                if let FacetKind::Text(values) = &mut facet.kind {
                    values.truncate(dynamic.values_max);
                }
                facet.misfits.truncate(dynamic.values_max);
                facets.push(facet);
            }
        }
    }
}

/// The commonest first, then by text.
fn by_count(counts: BTreeMap<String, u64>, values_max: usize) -> Vec<FacetBucket<String>> {
    let counts = counts.into_iter();
    let mut buckets: Vec<_> = counts
        .map(|(value, count)| FacetBucket { value, count })
        .collect();
    buckets.sort_by_key(|bucket| Reverse(bucket.count));
    buckets.truncate(values_max);
    buckets
}

fn number_edges(least: f64, greatest: f64) -> Vec<f64> {
    if least >= greatest {
        return vec![least, greatest];
    }
    let parts = FacetRequest::RANGES;
    let inner = (1..parts).map(|at| {
        let share = at as f64 / parts as f64;
        least * (1.0 - share) + greatest * share
    });
    let edges = std::iter::once(least).chain(inner).chain([greatest]);
    edges.collect()
}

/// In whole seconds, as they are told.
fn date_edges(least: Timestamp, greatest: Timestamp) -> Vec<Timestamp> {
    let start = least.as_millis().div_euclid(1_000);
    let end = -(-greatest.as_millis()).div_euclid(1_000);
    let parts = if least == greatest {
        1
    } else {
        FacetRequest::RANGES as i64
    };
    let edges = (0..=parts).map(|at| start + (end - start) * at / parts);
    edges
        .map(|second| Timestamp::from_millis(second * 1_000))
        .collect()
}
