//! Counts of values over a result (docs/reference/05-search.md §7). Invariant: counts are exact, whatever the
//! number of segments, and a hit counts once per distinct value.

use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::{Cardinality, Column, MonotonicallyMappableToU64};

use super::docs::{DocsBySegment, SegmentDocs, for_each_block};
use super::text_counts::{SegmentCounts, top_values};
use super::value_counts::top_numbers;
use crate::domain::{FacetBucket, FacetKind, FacetRequest, Timestamp};
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::columns::{SourceColumn, boolean_text};
use crate::engine::embedded::index::segments::known_texts::{self, KnownTexts};
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::facets::{Counted, Source, date_edges, number_edges, single};

pub(in super::super) fn count(
    segments: &[Segment<'_>],
    source: Source,
    request: &FacetRequest,
    docs: &DocsBySegment,
    effort: &Effort,
) -> tantivy::Result<Counted> {
    let (mut columns, mut known) = (Vec::with_capacity(docs.len()), Vec::new());
    let texts_name = source.texts_name();
    let mut misfits = Vec::new();
    for (segment, docs) in segments.iter().zip(docs) {
        if !docs.list().is_empty() {
            if let Some(column) = source.open(segment)? {
                effort.spend(work(&column, request, docs))?;
                if let (Some(name), Some(texts)) = (&texts_name, &column.texts) {
                    known.push(known_texts::of(segment, name, texts)?);
                }
                columns.push((column, docs));
            }
            if let Some(texts) = source.open_misfits(segment)? {
                effort.spend(docs.list().len() as u64)?;
                misfits.push(SegmentCounts::new(texts, None, docs));
            }
        }
    }
    let kind = match source {
        Source::ObjectType | Source::Text(_) => {
            FacetKind::Text(top_values(&text_counts(columns, known), request, effort)?)
        }
        Source::Boolean(_) => return booleans(&text_counts(columns, known), request, effort),
        Source::Number(_) if request.each_value => {
            let counts = top_numbers(&columns, request.values_max).into_iter();
            FacetKind::Number(
                counts
                    .map(|(n, count)| single(f64::from_u64(n), count))
                    .collect(),
            )
        }
        Source::Date(_) if request.each_value => {
            let counts = top_numbers(&columns, request.values_max).into_iter();
            let at = |n| Timestamp::from_millis(i64::from_u64(n));
            FacetKind::Date(counts.map(|(n, count)| single(at(n), count)).collect())
        }
        Source::Number(_) => {
            let values = values_of(&columns);
            let one_by_one = request.lists_few_integers() && are_few_integers(&values);
            FacetKind::Number(if one_by_one {
                integers(&columns)
            } else {
                number_ranges(&columns, &values)
            })
        }
        Source::Date(_) => FacetKind::Date(date_ranges(&columns)),
    };
    let misfits = match misfits.as_slice() {
        [] => Vec::new(),
        misfits => top_values(misfits, request, effort)?,
    };
    Ok(Counted { kind, misfits })
}

/// What counting the values of a segment costs, in units of work.
fn work(column: &SourceColumn, request: &FacetRequest, docs: &SegmentDocs) -> u64 {
    /// Texts of a dictionary that cost together what a document does.
    const TEXTS_AT_ONCE: usize = 8;
    let a_document = match &column.texts {
        Some(_) => 1,
        None if request.each_value => 8,
        None if column.values.get_cardinality() == Cardinality::Multivalued => 8,
        None => 6,
    };
    let texts = column.texts.as_ref().map_or(0, |texts| texts.num_terms());
    (a_document * docs.list().len() + texts / TEXTS_AT_ONCE) as u64
}

/// Whether there are at most ten values, all of them whole: `availability` is 0 or 1, and nothing between.
fn are_few_integers(values: &[Vec<u64>]) -> bool {
    let mut distinct: Vec<u64> = Vec::with_capacity(FacetRequest::RANGES);
    values.iter().flatten().all(|&value| {
        let is_known = distinct.contains(&value);
        if !is_known {
            distinct.push(value);
        }
        is_known || distinct.len() <= FacetRequest::RANGES && f64::from_u64(value).fract() == 0.0
    })
}

/// Every value by itself, ascending.
fn integers(columns: &[(SourceColumn, &SegmentDocs)]) -> Vec<FacetBucket<(f64, f64)>> {
    let mut counts = top_numbers(columns, FacetRequest::RANGES);
    counts.sort_unstable();
    let buckets = counts.into_iter();
    buckets
        .map(|(value, count)| single(f64::from_u64(value), count))
        .collect()
}

/// `known`: of each column of texts.
fn text_counts(
    columns: Vec<(SourceColumn, &SegmentDocs)>,
    known: Vec<Option<Arc<KnownTexts>>>,
) -> Vec<SegmentCounts> {
    let of_texts = columns
        .into_iter()
        .filter_map(|(column, docs)| Some((column.texts?, docs)));
    let counted = of_texts.zip(known);
    counted
        .map(|((texts, docs), known)| SegmentCounts::new(texts, known, docs))
        .collect()
}

/// `true` before `false`; zero counts are left out. All other texts do not fit.
fn booleans(
    counts: &[SegmentCounts],
    request: &FacetRequest,
    effort: &Effort,
) -> tantivy::Result<Counted> {
    let mut buckets = Vec::with_capacity(2);
    for value in [true, false] {
        let mut count = 0;
        for segment in counts {
            count += segment.count_of(boolean_text(value))?;
        }
        if count > 0 {
            buckets.push(FacetBucket { value, count });
        }
    }
    let with_booleans = FacetRequest {
        values_max: request.values_max.saturating_add(buckets.len()),
        ..request.clone()
    };
    let mut misfits = top_values(counts, &with_booleans, effort)?;
    misfits.retain(|bucket| {
        ![true, false]
            .map(boolean_text)
            .contains(&bucket.value.as_str())
    });
    misfits.truncate(request.values_max);
    Ok(Counted {
        kind: FacetKind::Boolean(buckets),
        misfits,
    })
}

fn number_ranges(
    columns: &[(SourceColumn, &SegmentDocs)],
    values: &[Vec<u64>],
) -> Vec<FacetBucket<(f64, f64)>> {
    ranges(columns, values, |least, greatest| {
        number_edges(f64::from_u64(least), f64::from_u64(greatest))
    })
}

fn date_ranges(
    columns: &[(SourceColumn, &SegmentDocs)],
) -> Vec<FacetBucket<(Timestamp, Timestamp)>> {
    let buckets = ranges(columns, &values_of(columns), |least, greatest| {
        date_edges(i64::from_u64(least), i64::from_u64(greatest))
    });
    let at = Timestamp::from_millis;
    let buckets = buckets.into_iter().map(|bucket| FacetBucket {
        value: (at(bucket.value.0), at(bucket.value.1)),
        count: bucket.count,
    });
    buckets.collect()
}

/// All values of the result, by column.
fn values_of(columns: &[(SourceColumn, &SegmentDocs)]) -> Vec<Vec<u64>> {
    let of_column = |(column, docs): &(SourceColumn, &SegmentDocs)| {
        // Looking up whose values they are costs more than keeping them.
        let mut values = Vec::with_capacity(docs.list().len());
        for_each_block(&column.values, docs.list(), |block| {
            values.extend_from_slice(block);
        });
        values
    };
    columns.iter().map(of_column).collect()
}

/// Equal-width ranges from the least to the greatest value of the result. A shared edge counts in the
/// upper range, the last range includes its upper edge; when all values are equal there is one range.
fn ranges<T: MonotonicallyMappableToU64>(
    columns: &[(SourceColumn, &SegmentDocs)],
    values: &[Vec<u64>],
    edges: impl FnOnce(u64, u64) -> Vec<T>,
) -> Vec<FacetBucket<(T, T)>> {
    let (mut least, mut greatest) = (u64::MAX, u64::MIN);
    for &value in values.iter().flatten() {
        least = least.min(value);
        greatest = greatest.max(value);
    }
    if least > greatest {
        return Vec::new();
    }
    let edges = edges(least, greatest);
    // Inner edges: how many of them a value has reached is the number of its range.
    let inner: Vec<u64> = edges[1..edges.len() - 1]
        .iter()
        .map(|e| e.to_u64())
        .collect();
    let range_of = |value: u64| -> usize { inner.partition_point(|&edge| edge <= value) };
    let mut counts = vec![0; inner.len() + 1];
    for ((column, docs), values) in columns.iter().zip(values) {
        if column.values.get_cardinality() == Cardinality::Multivalued {
            for &doc in docs.list() {
                let reached = reached(&column.values, doc, range_of);
                for_each_range(reached, |range| counts[range] += 1);
            }
        } else {
            for &value in values {
                counts[range_of(value)] += 1;
            }
        }
        for hit in docs.shared() {
            let mut before = 0;
            for &doc in hit {
                let reached = reached(&column.values, doc, range_of);
                for_each_range(reached & before, |range| counts[range] -= 1);
                before |= reached;
            }
        }
    }
    let buckets = edges
        .windows(2)
        .zip(counts)
        .map(|(edge, count)| FacetBucket {
            value: (edge[0], edge[1]),
            count,
        });
    buckets.collect()
}

/// The ranges a document has values in, as bits.
fn reached(column: &Column<u64>, doc: DocId, range_of: impl Fn(u64) -> usize) -> u16 {
    let values = column.values_for_doc(doc);
    values.fold(0, |reached, value| reached | 1 << range_of(value))
}

fn for_each_range(reached: u16, each: impl FnMut(usize)) {
    (0..FacetRequest::RANGES)
        .filter(|range| reached >> range & 1 == 1)
        .for_each(each);
}

// The ranges a document reaches are bits of a `u16`.
const _: () = assert!(FacetRequest::RANGES <= 16);
