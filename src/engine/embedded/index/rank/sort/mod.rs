//! The order on request (docs/reference/05-search.md §2): any attribute, texts as the language of the
//! site has them, distances, objects without a value last in both directions, then order of first insertion. A type may have an order
//! of its own. What does not fit the type of an attribute counts as no value; of a text attribute numbers
//! come first, then dates, then texts, in both directions (docs/reference/04-data-layout.md §2).

mod collated;
mod texts;

use std::cmp::Reverse;
use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::{Column, MonotonicallyMappableToU64, StrColumn};

use self::texts::{Texts, text_values};
use super::top::Top;
use crate::domain::{
    AttributeType, Direction, GeoPoint, Language, Place, Schema, SearchQuery, SortKey, TypeSort,
};
use crate::engine::EngineError;
use crate::engine::analysis::Collation;
use crate::engine::embedded::index::query::distance::{Distances, Measured, Points};
use crate::engine::embedded::index::segments::columns::{Address, SourceColumn, booleans_of};
use crate::engine::embedded::index::segments::schema::{FIRST_SEEN, TYPE};
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::facets::Source;

/// What is compared one after the other.
pub(in super::super) struct SortOrder {
    keys: Vec<Key>,
    /// Types with an order of their own, in the order of the results.
    types: Vec<String>,
    collation: Arc<Collation>,
}

struct Key {
    by: By,
    direction: Direction,
    whose: Whose,
}

#[derive(Clone, Copy)]
enum By {
    Values(Source),
    Distance {
        attribute: u32,
        origin: GeoPoint,
    },
    /// Types with an order of their own first.
    Type,
}

/// Whose values a key looks at; the others have none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Everybodys,
    /// Objects of the type at this place of [`SortOrder::types`].
    OfType(usize),
    /// Objects of no type there.
    OfOthers,
}

impl SortOrder {
    /// `None` when nothing is asked for: results are ordered by relevance.
    pub(in super::super) fn new(
        schema: &Schema,
        place: &Place,
        sort: &[SortKey],
        type_sorts: &[&TypeSort],
        language: Language,
    ) -> Result<Option<Self>, EngineError> {
        let read = |keys: &[SortKey], whose| {
            let keys = keys.iter().take(SearchQuery::SORT_KEYS_MAX);
            keys.map(|key| Key::new(schema, place, key, whose))
                .collect::<Result<Vec<_>, _>>()
        };
        if type_sorts.is_empty() {
            let keys = read(sort, Whose::Everybodys)?;
            return Ok((!keys.is_empty()).then(|| Self::of(keys, Vec::new(), language)));
        }
        let mut keys = vec![Key {
            by: By::Type,
            direction: Direction::Ascending,
            whose: Whose::Everybodys,
        }];
        for (at, of_type) in type_sorts.iter().enumerate() {
            keys.extend(read(&of_type.keys, Whose::OfType(at))?);
        }
        keys.extend(read(sort, Whose::OfOthers)?);
        let types = type_sorts.iter();
        let types = types.map(|of_type| of_type.object_type.as_str().to_owned());
        let types = types.collect();
        Ok(Some(Self::of(keys, types, language)))
    }

    fn of(keys: Vec<Key>, types: Vec<String>, language: Language) -> Self {
        Self {
            keys,
            types,
            collation: Arc::new(Collation::new(language)),
        }
    }

    /// What comparing one more hit costs, in units of work.
    pub(in super::super) fn work_a_hit(&self) -> u64 {
        const KEY: u64 = 3;
        const DISTANCE: u64 = 16;
        let keys = self.keys.iter().map(|key| match key.by {
            By::Values(_) | By::Type => KEY,
            By::Distance { .. } => DISTANCE,
        });
        keys.sum()
    }

    pub(in super::super) fn in_segment(
        &self,
        segment: &Segment<'_>,
        distances: &Distances,
        limit: usize,
    ) -> tantivy::Result<SegmentSort> {
        let is_distance = |key: &&Key| matches!(key.by, By::Distance { .. });
        let is_repeated = self.keys.iter().filter(is_distance).count() > 1;
        let keys = self.keys.iter();
        let keys = keys.map(|key| key.open(segment, distances, is_repeated, &self.collation));
        Ok(SegmentSort {
            keys: keys.collect::<tantivy::Result<_>>()?,
            types: SegmentTypes::open(segment, &self.types)?,
            first_seen: segment.numbers_or_none(FIRST_SEEN)?,
            top: Top::new(limit),
            scratch: Vec::with_capacity(self.keys.len()),
        })
    }
}

impl Key {
    fn new(
        schema: &Schema,
        place: &Place,
        key: &SortKey,
        whose: Whose,
    ) -> Result<Self, EngineError> {
        let field = place.meant(&key.field);
        let unknown = || EngineError::UnknownAttribute(field.clone());
        let by = match schema.get(field.as_str()) {
            Some((attribute, AttributeType::Geo)) => By::Distance {
                attribute,
                origin: place.origin.ok_or(EngineError::NoOrigin)?,
            },
            _ => By::Values(Source::find(schema, field.as_str()).ok_or_else(unknown)?),
        };
        Ok(Self {
            by,
            direction: key.direction,
            whose,
        })
    }

    /// `is_repeated`: another key is a distance, too.
    fn open(
        &self,
        segment: &Segment<'_>,
        distances: &Distances,
        is_repeated: bool,
        collation: &Arc<Collation>,
    ) -> tantivy::Result<SegmentKey> {
        let values = match self.by {
            By::Values(Source::Text(attribute)) => {
                Texts::open(segment, attribute, collation)?.map(Values::Texts)
            }
            By::Values(source @ Source::Boolean(_)) => match source.open(segment)? {
                Some(SourceColumn {
                    values,
                    texts: Some(texts),
                }) => Some(Values::Booleans(values, booleans_of(&texts)?, texts)),
                _ => None,
            },
            By::Values(source) => source.open(segment)?.map(Values::Column),
            By::Distance { attribute, origin } => {
                let measured = if is_repeated {
                    distances.of(segment, attribute, origin)?
                } else {
                    distances.of_earlier(segment, attribute, origin)
                };
                match measured {
                    Some(measured) => Some(Values::Measured(measured)),
                    // Of what is found alone, which may be little.
                    None => Points::open(segment, attribute)?
                        .map(|points| Values::Distance(points, origin)),
                }
            }
            By::Type => Some(Values::Type),
        };
        Ok(SegmentKey {
            values,
            direction: self.direction,
            whose: self.whose,
        })
    }
}

/// The best documents of one segment.
pub(in super::super) struct SegmentSort {
    keys: Vec<SegmentKey>,
    types: SegmentTypes,
    first_seen: Column<u64>,
    top: Top<SegmentEntry>,
    scratch: Vec<Rank>,
}

struct SegmentKey {
    /// `None` when no document of the segment has any.
    values: Option<Values>,
    direction: Direction,
    whose: Whose,
}

enum Values {
    Column(SourceColumn),
    Texts(Texts),
    /// By their numbers among the texts, and which of them are booleans.
    Booleans(Column<u64>, [Option<u64>; 2], StrColumn),
    Distance(Points, GeoPoint),
    Measured(Arc<Measured>),
    Type,
}

/// Where a document stands by one key within its segment; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// By a number or a date in a text attribute.
    Number(u64),
    Date(u64),
    /// By the values of the attribute's type.
    At(u64),
    Last,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SegmentEntry {
    ranks: Vec<Rank>,
    first_seen: u64,
    doc: DocId,
    exact: bool,
}

/// A document and its place among those of all segments; smaller is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Sorted {
    values: Vec<SortValue>,
    first_seen: u64,
    pub(in super::super) address: Address,
    pub(in super::super) exact: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortValue {
    /// A number that already has its direction.
    Number(u64),
    /// A date of a text attribute.
    Date(u64),
    /// By the key of a text.
    Ascending(Vec<u8>),
    Descending(Reverse<Vec<u8>>),
    Missing,
}

impl SegmentSort {
    pub(in super::super) fn offer(&mut self, doc: DocId, exact: bool) {
        self.scratch.clear();
        let own_order = self.types.place_of(doc);
        for key in &self.keys {
            self.scratch.push(key.rank(doc, own_order));
        }
        let threshold = self.top.threshold();
        if threshold.is_some_and(|worst| self.scratch > worst.ranks) {
            return;
        }
        self.top.offer(SegmentEntry {
            ranks: self.scratch.clone(),
            first_seen: self.first_seen.first(doc).unwrap_or(u64::MAX),
            doc,
            exact,
        });
    }

    /// The best of the segment, comparable with those of other segments.
    pub(in super::super) fn finish(self, segment: usize) -> tantivy::Result<Vec<Sorted>> {
        let entries = self.top.into_sorted();
        let mut by_key = Vec::with_capacity(self.keys.len());
        for (at, key) in self.keys.iter().enumerate() {
            let ranks = entries.iter().map(|entry| entry.ranks[at]);
            by_key.push(key.values(ranks)?.into_iter());
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

impl SegmentKey {
    fn rank(&self, doc: DocId, own_order: Option<usize>) -> Rank {
        let is_asked = match self.whose {
            Whose::Everybodys => true,
            Whose::OfType(at) => own_order == Some(at),
            Whose::OfOthers => own_order.is_none(),
        };
        match &self.values {
            Some(values) if is_asked => match values {
                Values::Column(column) => self.best(column.values.values_for_doc(doc)),
                Values::Texts(texts) => texts.rank(doc, self.direction),
                Values::Booleans(values, booleans, _) => {
                    let values = values.values_for_doc(doc);
                    self.best(values.filter(|value| booleans.contains(&Some(*value))))
                }
                Values::Distance(points, origin) => {
                    let distances = points.distances_km(doc, *origin);
                    self.best(distances.map(MonotonicallyMappableToU64::to_u64))
                }
                Values::Measured(measured) => {
                    let distances = measured.distances_km(doc);
                    self.best(distances.map(MonotonicallyMappableToU64::to_u64))
                }
                Values::Type => own_order.map_or(Rank::Last, |at| Rank::At(at as u64)),
            },
            _ => Rank::Last,
        }
    }

    fn best(&self, values: impl Iterator<Item = u64>) -> Rank {
        best(self.direction, values).map_or(Rank::Last, Rank::At)
    }

    /// What the ranks by this key stand for.
    fn values(&self, ranks: impl Iterator<Item = Rank> + Clone) -> tantivy::Result<Vec<SortValue>> {
        let texts = match &self.values {
            Some(Values::Column(column)) => column.texts.as_ref(),
            Some(Values::Texts(texts)) => return texts.values(self.direction, ranks),
            Some(Values::Booleans(.., texts)) => Some(texts),
            Some(Values::Distance(..) | Values::Measured(_) | Values::Type) | None => None,
        };
        if let Some(texts) = texts {
            return text_values(texts, self.direction, ranks, |at| at, String::into_bytes);
        }
        let values = ranks.map(|rank| match rank {
            Rank::Number(value) | Rank::At(value) => SortValue::Number(value),
            Rank::Date(value) => SortValue::Date(value),
            Rank::Last => SortValue::Missing,
        });
        Ok(values.collect())
    }
}

/// The least value going up, the greatest going down, as a number that already has its direction.
fn best(direction: Direction, values: impl Iterator<Item = u64>) -> Option<u64> {
    match direction {
        Direction::Ascending => values.min(),
        Direction::Descending => values.max().map(|value| !value),
    }
}

/// Which documents of a segment have an order of their own.
struct SegmentTypes {
    column: Option<StrColumn>,
    /// Number of each type in the segment's dictionary.
    numbers: Vec<Option<u64>>,
}

impl SegmentTypes {
    fn open(segment: &Segment<'_>, types: &[String]) -> tantivy::Result<Self> {
        let column = match types {
            [] => None,
            _ => segment.texts(TYPE)?,
        };
        let mut numbers = Vec::with_capacity(types.len());
        if let Some(column) = &column {
            for name in types {
                numbers.push(column.dictionary().term_ord(name)?);
            }
        }
        Ok(Self { column, numbers })
    }

    fn place_of(&self, doc: DocId) -> Option<usize> {
        let types = self.column.as_ref()?.ords().values_for_doc(doc);
        let place = |number| self.numbers.iter().position(|known| *known == Some(number));
        types.filter_map(place).min()
    }
}
