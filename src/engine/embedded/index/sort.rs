//! The order on request (contract 05 §2): any attribute, texts by code point, objects without a value
//! last in both directions, then order of first insertion.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use tantivy::columnar::Column;
use tantivy::{DocId, SegmentReader};

use super::columns::{Address, Source, SourceColumn, texts_of};
use super::schema::FIRST_SEEN;
use super::top::Top;
use crate::domain::{Direction, Schema, SortKey};
use crate::engine::EngineError;

/// Most attributes one search is ordered by; the rest cannot matter much and is ignored.
const KEYS_MAX: usize = 8;

pub(super) struct SortOrder {
    keys: Vec<(Source, Direction)>,
}

impl SortOrder {
    pub(super) fn new(schema: &Schema, keys: &[SortKey]) -> Result<Self, EngineError> {
        let find = |key: &SortKey| {
            let source = Source::find(schema, key.field.as_str());
            let source = source.ok_or_else(|| EngineError::UnknownAttribute(key.field.clone()))?;
            Ok((source, key.direction))
        };
        let keys = keys.iter().take(KEYS_MAX).map(find);
        Ok(Self {
            keys: keys.collect::<Result<_, EngineError>>()?,
        })
    }

    pub(super) fn in_segment(
        &self,
        segment: &SegmentReader,
        limit: usize,
    ) -> tantivy::Result<SegmentSort> {
        let keys = self.keys.iter();
        let columns = keys.map(|&(source, direction)| Ok((source.open(segment)?, direction)));
        Ok(SegmentSort {
            columns: columns.collect::<tantivy::Result<_>>()?,
            first_seen: segment.fast_fields().u64(FIRST_SEEN)?,
            top: Top::new(limit),
            scratch: Vec::with_capacity(self.keys.len()),
        })
    }
}

/// The best documents of one segment.
pub(super) struct SegmentSort {
    columns: Vec<(Option<SourceColumn>, Direction)>,
    first_seen: Column<u64>,
    top: Top<SegmentEntry>,
    scratch: Vec<Place>,
}

/// Where a document stands by one key within its segment; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    At(u64),
    Last,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SegmentEntry {
    places: Vec<Place>,
    first_seen: u64,
    doc: DocId,
    exact: bool,
}

/// A document and its place among those of all segments; smaller is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sorted {
    values: Vec<SortValue>,
    first_seen: u64,
    pub(super) address: Address,
    pub(super) exact: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortValue {
    /// A number that already has its direction.
    Number(u64),
    Ascending(String),
    Descending(Reverse<String>),
    Missing,
}

impl SegmentSort {
    pub(super) fn offer(&mut self, doc: DocId, exact: bool) {
        self.scratch.clear();
        for (column, direction) in &self.columns {
            self.scratch.push(place(column.as_ref(), *direction, doc));
        }
        let threshold = self.top.threshold();
        if threshold.is_some_and(|worst| self.scratch > worst.places) {
            return;
        }
        self.top.offer(SegmentEntry {
            places: self.scratch.clone(),
            first_seen: self.first_seen.first(doc).unwrap_or(u64::MAX),
            doc,
            exact,
        });
    }

    /// The best of the segment, comparable with those of other segments.
    pub(super) fn finish(self, segment: usize) -> tantivy::Result<Vec<Sorted>> {
        let entries = self.top.into_sorted();
        let mut by_key = Vec::with_capacity(self.columns.len());
        for (at, (column, direction)) in self.columns.iter().enumerate() {
            let places = entries.iter().map(|entry| entry.places[at]);
            by_key.push(values(column.as_ref(), *direction, places)?.into_iter());
        }
        let sorted = entries.iter().map(|entry| Sorted {
            values: by_key.iter_mut().filter_map(Iterator::next).collect(),
            first_seen: entry.first_seen,
            address: Address {
                segment,
                doc: entry.doc,
            },
            exact: entry.exact,
        });
        Ok(sorted.collect())
    }
}

/// The least value going up, the greatest going down.
fn place(column: Option<&SourceColumn>, direction: Direction, doc: DocId) -> Place {
    let values = column
        .into_iter()
        .flat_map(|c| c.values.values_for_doc(doc));
    let best = match direction {
        Direction::Ascending => values.min(),
        Direction::Descending => values.max().map(|value| !value),
    };
    best.map_or(Place::Last, Place::At)
}

/// What the places of one key stand for.
fn values(
    column: Option<&SourceColumn>,
    direction: Direction,
    places: impl Iterator<Item = Place> + Clone,
) -> tantivy::Result<Vec<SortValue>> {
    let Some(texts) = column.and_then(|column| column.texts.as_ref()) else {
        let values = places.map(|place| match place {
            Place::At(value) => SortValue::Number(value),
            Place::Last => SortValue::Missing,
        });
        return Ok(values.collect());
    };
    let ordinal = |place| match (place, direction) {
        (Place::Last, _) => None,
        (Place::At(value), Direction::Ascending) => Some(value),
        (Place::At(value), Direction::Descending) => Some(!value),
    };
    let ordinals: Vec<u64> = {
        let distinct: BTreeSet<u64> = places.clone().filter_map(ordinal).collect();
        distinct.into_iter().collect()
    };
    let texts = texts_of(texts, &ordinals)?;
    let values = places.map(|place| {
        let text = ordinal(place).and_then(|ordinal| ordinals.binary_search(&ordinal).ok());
        match (text.map(|at| texts[at].clone()), direction) {
            (None, _) => SortValue::Missing,
            (Some(text), Direction::Ascending) => SortValue::Ascending(text),
            (Some(text), Direction::Descending) => SortValue::Descending(Reverse(text)),
        }
    });
    Ok(values.collect())
}
