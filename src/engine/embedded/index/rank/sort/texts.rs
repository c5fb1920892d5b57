//! Texts to sort by, and the numbers and dates among them (docs/reference/04-data-layout.md §2). Invariant:
//! numbers come before dates and dates before texts, whatever the direction.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::{Column, StrColumn};

use super::collated::Collated;
use super::{Rank, SortValue, best};
use crate::domain::Direction;
use crate::engine::analysis::Collation;
use crate::engine::embedded::index::segments::columns::{Part, column_name, open_texts, texts_of};
use crate::engine::embedded::index::segments::schema::ATTRIBUTES;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::facets::Source;

/// The values of a text attribute.
pub(super) struct Texts {
    column: StrColumn,
    collated: Collated,
    collation: Arc<Collation>,
    /// Those of them that are numbers or dates besides; mostly there are none.
    numbers: Option<Column<u64>>,
    dates: Option<Column<u64>>,
}

impl Texts {
    /// What is a number or a date is a text, too, so without texts there is nothing.
    pub(super) fn open(
        segment: &Segment<'_>,
        attribute: u32,
        collation: &Arc<Collation>,
    ) -> tantivy::Result<Option<Self>> {
        let name = column_name(ATTRIBUTES, attribute, Part::Whole);
        let Some(texts) = open_texts(segment, attribute)? else {
            return Ok(None);
        };
        let numbers = Source::Number(attribute).open(segment)?;
        let dates = Source::Date(attribute).open(segment)?;
        Ok(Some(Self {
            collated: Collated::open(segment, &name, &texts, collation)?,
            collation: Arc::clone(collation),
            column: texts,
            numbers: numbers.map(|column| column.values),
            dates: dates.map(|column| column.values),
        }))
    }

    /// What ranks stand for.
    pub(super) fn values(
        &self,
        direction: Direction,
        ranks: impl Iterator<Item = Rank> + Clone,
    ) -> tantivy::Result<Vec<SortValue>> {
        let number = |rank| self.collated.number(rank);
        let key = |text: String| self.collation.key(&text);
        text_values(&self.column, direction, ranks, number, key)
    }

    /// By a number if there is one, else by a date, else by the text.
    pub(super) fn rank(&self, doc: DocId, direction: Direction) -> Rank {
        let first = |column: Option<&Column<u64>>| {
            column.and_then(|column| best(direction, column.values_for_doc(doc)))
        };
        if let Some(number) = first(self.numbers.as_ref()) {
            return Rank::Number(number);
        }
        if let Some(date) = first(self.dates.as_ref()) {
            return Rank::Date(date);
        }
        let numbers = self.column.ords().values_for_doc(doc);
        let ranks = numbers.map(|number| self.collated.rank(number));
        best(direction, ranks).map_or(Rank::Last, Rank::At)
    }
}

/// What ranks by a text column stand for: `number` is that of the text of a rank, `key` what it compares by.
pub(super) fn text_values(
    texts: &StrColumn,
    direction: Direction,
    ranks: impl Iterator<Item = Rank> + Clone,
    number: impl Fn(u64) -> u64,
    key: impl Fn(String) -> Vec<u8>,
) -> tantivy::Result<Vec<SortValue>> {
    let ordinal = |rank| match (rank, direction) {
        (Rank::Last | Rank::Number(_) | Rank::Date(_), _) => None,
        (Rank::At(value), Direction::Ascending) => Some(number(value)),
        (Rank::At(value), Direction::Descending) => Some(number(!value)),
    };
    let ordinals: Vec<u64> = {
        let distinct: BTreeSet<u64> = ranks.clone().filter_map(ordinal).collect();
        distinct.into_iter().collect()
    };
    let texts = texts_of(texts, &ordinals)?;
    let values = ranks.map(|rank| {
        match rank {
            Rank::Number(number) => return SortValue::Number(number),
            Rank::Date(date) => return SortValue::Date(date),
            Rank::At(_) | Rank::Last => {}
        }
        let text = ordinal(rank).and_then(|ordinal| ordinals.binary_search(&ordinal).ok());
        match (text.map(|at| texts[at].clone()), direction) {
            (None, _) => SortValue::Missing,
            (Some(text), Direction::Ascending) => SortValue::Ascending(key(text)),
            (Some(text), Direction::Descending) => SortValue::Descending(Reverse(key(text))),
        }
    });
    Ok(values.collect())
}
