//! Counts of numbers and dates value by value, where ranges would tell too little
//! (docs/reference/10-swiftype.md §6). Invariant: as with texts, a hit counts once per distinct value.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::docs::{SegmentDocs, for_each_block};
use crate::engine::embedded::index::segments::columns::SourceColumn;
use tantivy::columnar::Cardinality;

/// The commonest values, as columns hold them, by count and then by value.
pub(in super::super) fn top_numbers(
    columns: &[(SourceColumn, &SegmentDocs)],
    values_max: usize,
) -> Vec<(u64, u64)> {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for (column, docs) in columns {
        let values = &column.values;
        if values.get_cardinality() == Cardinality::Multivalued {
            for &doc in docs.list() {
                let distinct: HashSet<u64> = values.values_for_doc(doc).collect();
                for value in distinct {
                    *counts.entry(value).or_default() += 1;
                }
            }
        } else {
            for_each_block(values, docs.list(), |block| {
                for &value in block {
                    *counts.entry(value).or_default() += 1;
                }
            });
        }
        for hit in docs.shared() {
            let mut seen = HashSet::new();
            for &doc in hit {
                let distinct: HashSet<u64> = values.values_for_doc(doc).collect();
                for value in distinct.into_iter().filter(|value| !seen.insert(*value)) {
                    counts.entry(value).and_modify(|count| *count -= 1);
                }
            }
        }
    }
    let mut counts: Vec<(u64, u64)> = counts.into_iter().collect();
    let rank = |(value, count): &(u64, u64)| (Reverse(*count), *value);
    if counts.len() > values_max && values_max > 0 {
        counts.select_nth_unstable_by_key(values_max - 1, rank);
    }
    counts.truncate(values_max);
    counts.sort_unstable_by_key(rank);
    counts
}
