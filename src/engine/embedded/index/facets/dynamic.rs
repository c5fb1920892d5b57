//! Facets nobody named (docs/reference/05-search.md §7): on the attributes that say most of a result.
//! Invariant: the choice depends on the result alone, and costs the same however large it is.

use std::cmp::Reverse;
use std::collections::HashMap;

use tantivy::DocId;

use super::docs::DocsBySegment;
use crate::domain::{DynamicFacets, Schema};
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::embedded::index::segments::sparse::count_attributes;
use crate::engine::facets::{Counted, Source};

/// Documents looked at, evenly spread over the result.
const SAMPLE: usize = 2_000;
/// Attributes looked at, in order of first appearance.
const ATTRIBUTES_MAX: usize = 1_000;

/// What finding a column costs, in units of work.
const OPENING: u64 = 20;
/// What looking at the sparse attributes of a document costs.
const SPARSE_VALUES: u64 = 10;

/// Attribute that may be worth a facet.
pub(in super::super) struct Choice {
    pub(in super::super) attribute: u32,
    pub(in super::super) source: Source,
    /// Documents of the sample that have a value.
    covered: usize,
}

/// Those that have a value for most of the result come first.
pub(in super::super) fn choices(
    segments: &[Segment<'_>],
    schema: &Schema,
    docs: &DocsBySegment,
    effort: &Effort,
) -> tantivy::Result<Vec<Choice>> {
    let sample = sample(docs);
    let mut sparse = HashMap::new();
    for (segment, docs) in segments.iter().zip(&sample) {
        effort.spend(SPARSE_VALUES * docs.len() as u64)?;
        count_attributes(segment, docs, &mut sparse)?;
    }
    let mut choices = Vec::new();
    let named = schema.iter().take(ATTRIBUTES_MAX);
    for (attribute, name, _) in
        named.filter(|(_, name, _)| DynamicFacets::may_choose(name.as_str()))
    {
        let Some(source) = Source::find(schema, name.as_str()) else {
            continue;
        };
        let mut covered = sparse.get(&attribute).copied().unwrap_or_default();
        for (segment, docs) in segments.iter().zip(&sample) {
            if docs.is_empty() {
                continue;
            }
            effort.spend(OPENING + docs.len() as u64)?;
            covered += source.covered(segment, docs)?;
        }
        if covered > 0 {
            choices.push(Choice {
                attribute,
                source,
                covered,
            });
        }
    }
    choices.sort_by_key(|choice| Reverse(choice.covered));
    Ok(choices)
}

fn sample(docs: &DocsBySegment) -> Vec<Vec<DocId>> {
    let all: usize = docs.iter().map(|docs| docs.list().len()).sum();
    let step = all.div_ceil(SAMPLE).max(1);
    let segments = docs.iter();
    segments
        .map(|docs| docs.list().iter().step_by(step).copied().collect())
        .collect()
}

impl Choice {
    /// Whether the counts help anybody to narrow the result.
    pub(in super::super) fn is_useful(&self, counts: &Counted) -> bool {
        counts.is_useful(self.covered)
    }
}
