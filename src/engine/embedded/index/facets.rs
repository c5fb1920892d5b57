//! Counts of values over a result (contract 05 §7). Invariant: counts are exact, whatever the number
//! of segments, and an object counts once per distinct value.

use tantivy::columnar::{Cardinality, Column, MonotonicallyMappableToU64};
use tantivy::{DocId, Searcher};

use super::columns::{Source, SourceColumn};
use super::text_counts::{SegmentCounts, top_values};
use crate::domain::{FacetBucket, FacetKind, FacetRequest, Timestamp};

/// Documents looked at together.
const BLOCK: usize = 1024;

/// Documents of a result by segment, ascending.
pub(super) type DocsBySegment = Vec<Vec<DocId>>;

pub(super) fn count(
    searcher: &Searcher,
    source: Source,
    values_max: usize,
    docs: &DocsBySegment,
) -> tantivy::Result<FacetKind> {
    let mut columns = Vec::with_capacity(docs.len());
    for (segment, docs) in searcher.segment_readers().iter().zip(docs) {
        if !docs.is_empty() {
            let column = source.open(segment)?;
            columns.extend(column.map(|column| (column, docs.as_slice())));
        }
    }
    Ok(match source {
        Source::ObjectType | Source::Text(_) => {
            FacetKind::Text(top_values(&text_counts(columns), values_max)?)
        }
        Source::Boolean(_) => FacetKind::Boolean(booleans(&text_counts(columns))?),
        Source::Number(_) => FacetKind::Number(number_ranges(&columns)),
        Source::Date(_) => FacetKind::Date(date_ranges(&columns)),
    })
}

fn text_counts(columns: Vec<(SourceColumn, &[DocId])>) -> Vec<SegmentCounts> {
    let counted = columns.into_iter().filter_map(|(column, docs)| {
        let texts = column.texts?;
        Some(SegmentCounts::new(texts, docs))
    });
    counted.collect()
}

/// `true` before `false`; zero counts are left out.
fn booleans(counts: &[SegmentCounts]) -> tantivy::Result<Vec<FacetBucket<bool>>> {
    let values = top_values(counts, 2)?;
    let count_of = |text: &str| values.iter().find(|bucket| bucket.value == text);
    let buckets = [("true", true), ("false", false)].map(|(text, value)| {
        count_of(text).map(|bucket| FacetBucket {
            value,
            count: bucket.count,
        })
    });
    Ok(buckets.into_iter().flatten().collect())
}

fn number_ranges(columns: &[(SourceColumn, &[DocId])]) -> Vec<FacetBucket<(f64, f64)>> {
    ranges(columns, |least, greatest| {
        number_edges(f64::from_u64(least), f64::from_u64(greatest))
    })
}

/// Ascending, from exactly the least to exactly the greatest, whatever is lost in between.
fn number_edges(least: f64, greatest: f64) -> Vec<f64> {
    let parts = FacetRequest::RANGES as f64;
    let mut edges = vec![least];
    let mut before = least;
    for at in 1..FacetRequest::RANGES {
        let share = at as f64;
        let edge = (least * (parts - share) + greatest * share) / parts;
        let edge = if edge.is_finite() {
            edge
        } else {
            // Of numbers so great that ten of them are too many.
            least * (1.0 - share / parts) + greatest * (share / parts)
        };
        before = edge.clamp(before, greatest);
        edges.push(before);
    }
    edges.push(greatest);
    edges
}

fn date_ranges(columns: &[(SourceColumn, &[DocId])]) -> Vec<FacetBucket<(Timestamp, Timestamp)>> {
    let buckets = ranges(columns, |least, greatest| {
        let (least, greatest) = (
            i128::from(i64::from_u64(least)),
            i128::from(i64::from_u64(greatest)),
        );
        let parts = FacetRequest::RANGES as i128;
        (0..=parts)
            .map(|at| (least + (greatest - least) * at / parts) as i64)
            .collect()
    });
    let at = Timestamp::from_millis;
    let buckets = buckets.into_iter().map(|bucket| FacetBucket {
        value: (at(bucket.value.0), at(bucket.value.1)),
        count: bucket.count,
    });
    buckets.collect()
}

/// Equal-width ranges from the least to the greatest value of the result. A shared edge counts in the
/// upper range, the last range includes its upper edge; when all values are equal there is one range.
fn ranges<T: MonotonicallyMappableToU64>(
    columns: &[(SourceColumn, &[DocId])],
    edges: impl FnOnce(u64, u64) -> Vec<T>,
) -> Vec<FacetBucket<(T, T)>> {
    let (mut least, mut greatest) = (u64::MAX, u64::MIN);
    for (column, docs) in columns {
        for_each_block(&column.values, docs, |values| {
            for &value in values {
                least = least.min(value);
                greatest = greatest.max(value);
            }
        });
    }
    if least > greatest {
        return Vec::new();
    }
    let edges = if least == greatest {
        vec![T::from_u64(least); 2]
    } else {
        edges(least, greatest)
    };
    // Inner edges: how many of them a value has reached is the number of its range.
    let inner: Vec<u64> = edges[1..edges.len() - 1]
        .iter()
        .map(|e| e.to_u64())
        .collect();
    let range_of = |value: u64| inner.partition_point(|&edge| edge <= value);
    let mut counts = vec![0; inner.len() + 1];
    for (column, docs) in columns {
        if column.values.get_cardinality() == Cardinality::Multivalued {
            for &doc in *docs {
                let values = column.values.values_for_doc(doc);
                let reached = values.fold(0_u16, |reached, value| reached | 1 << range_of(value));
                for (range, count) in counts.iter_mut().enumerate() {
                    *count += u64::from(reached >> range & 1);
                }
            }
        } else {
            for_each_block(&column.values, docs, |values| {
                for &value in values {
                    counts[range_of(value)] += 1;
                }
            });
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

/// Hands over the values of the documents, some at a time, whosever they are.
pub(super) fn for_each_block(column: &Column<u64>, docs: &[DocId], mut each: impl FnMut(&[u64])) {
    let mut values = Vec::new();
    if docs.len() == column.num_docs() as usize {
        // All of them: what belongs to whom need not be looked up.
        let rows = u64::from(column.values.num_vals());
        for start in (0..rows).step_by(BLOCK) {
            values.resize(BLOCK.min((rows - start) as usize), 0);
            column.values.get_range(start, &mut values);
            each(&values);
        }
        return;
    }
    let (mut owners, mut rows) = (Vec::new(), Vec::new());
    for block in docs.chunks(BLOCK) {
        owners.clear();
        rows.clear();
        column.row_ids_for_docs(block, &mut owners, &mut rows);
        values.resize(rows.len(), 0);
        column.values.get_vals(&rows, &mut values);
        each(&values);
    }
}

// The ranges a document reaches are bits of a `u16`.
const _: () = assert!(FacetRequest::RANGES <= 16);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn edges_ascend_from_the_least_to_the_greatest(
            a in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
            b in proptest::num::f64::NORMAL,
        ) {
            for (a, b) in [(a, b), (b, b.next_up()), (a, a.next_up())] {
                let edges = number_edges(a.min(b), a.max(b));
                prop_assert_eq!(edges.len(), FacetRequest::RANGES + 1);
                prop_assert!(edges.is_sorted(), "{:?}", edges);
                prop_assert!(edges.iter().all(|edge| edge.is_finite()));
                prop_assert_eq!((edges[0], edges[edges.len() - 1]), (a.min(b), a.max(b)));
            }
        }
    }
}
