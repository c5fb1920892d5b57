//! Variants that stand for their masters (docs/reference/05-search.md §9, `best`): which documents are one
//! hit, and which of them is shown. Invariant: all that stand for one master have its version and follow one
//! another in one segment, as `writer` adds them.

use tantivy::DocId;
use tantivy::columnar::Column;

use crate::domain::{AttributeType, STAND_INS_MAX, Schema};
use crate::engine::embedded::index::query::text_hits::TextHit;
use crate::engine::embedded::index::rank::relevance::{Ranked, Signals};
use crate::engine::embedded::index::rank::top::Top;
use crate::engine::embedded::index::segments::columns::{Address, first, open_number};
use crate::engine::embedded::index::segments::schema::{STAND_IN, VERSION_ID};
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking;

/// What a document is among those found before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// An object of its own.
    Alone,
    /// The first document found of those that stand for one master.
    First,
    /// Stands for the same master as the document before.
    Sibling,
}

/// Who stands for whom. Asked in ascending order.
pub(in super::super) struct Masters {
    /// `None` where every document is a hit of its own.
    columns: Option<(Column<u64>, Column<u64>)>,
    current: Option<u64>,
}

impl Masters {
    pub(in super::super) fn open(segment: &Segment<'_>, collapses: bool) -> tantivy::Result<Self> {
        let stand_ins = if collapses {
            segment.numbers::<u64>(STAND_IN)?
        } else {
            None
        };
        let columns = match stand_ins {
            Some(stand_ins) => Some((stand_ins, segment.numbers_or_none::<u64>(VERSION_ID)?)),
            None => None,
        };
        Ok(Self {
            columns,
            current: None,
        })
    }

    /// Whether there may be any.
    pub(in super::super) fn any(&self) -> bool {
        self.columns.is_some()
    }

    pub(in super::super) fn standing(&mut self, doc: DocId) -> Standing {
        let before = self.current.take();
        let Some((stand_ins, versions)) = &self.columns else {
            return Standing::Alone;
        };
        if stand_ins.first(doc).is_none() {
            return Standing::Alone;
        }
        self.current = versions.first(doc);
        if before.is_some() && before == self.current {
            Standing::Sibling
        } else {
            Standing::First
        }
    }
}

/// The documents found so far that stand for one master.
pub(in super::super) struct Siblings {
    ranked: Top<Ranked>,
    /// The first one that is found although it has no word of the text.
    without_words: Option<Address>,
    /// The foremost place a rule gives to any of them.
    place: Option<usize>,
    preference: Option<Column<f64>>,
    price: Option<Column<f64>>,
}

/// The one that is shown.
pub(in super::super) struct Chosen {
    pub(in super::super) address: Address,
    /// `None` when it has no word of the text.
    pub(in super::super) ranked: Option<Ranked>,
    pub(in super::super) place: Option<usize>,
}

impl Siblings {
    pub(in super::super) fn open(
        segment: &Segment<'_>,
        schema: &Schema,
        any: bool,
    ) -> tantivy::Result<Self> {
        let column = |name| match schema.get(name) {
            Some((attribute, AttributeType::Numeric)) if any => open_number(segment, attribute),
            _ => Ok(None),
        };
        Ok(Self {
            ranked: Top::new(STAND_INS_MAX),
            without_words: None,
            place: None,
            preference: column(ranking::PREFERENCE_ATTRIBUTE)?,
            price: column(ranking::PRICE_ATTRIBUTE)?,
        })
    }

    pub(in super::super) fn offer(
        &mut self,
        signals: &Signals,
        address: Address,
        text: Option<TextHit<'_, '_>>,
        place: Option<usize>,
    ) {
        self.put_at(place);
        signals.offer(&mut self.ranked, address, text);
    }

    pub(in super::super) fn offer_without_words(&mut self, address: Address, place: Option<usize>) {
        self.put_at(place);
        self.without_words.get_or_insert(address);
    }

    fn put_at(&mut self, place: Option<usize>) {
        self.place = self.place.into_iter().chain(place).min();
    }

    /// By relevance, then preference, then price, then as sent.
    pub(in super::super) fn take_best(&mut self) -> Option<Chosen> {
        let place = self.place.take();
        let without_words = self.without_words.take();
        if self.ranked.is_empty() {
            return without_words.map(|address| Chosen {
                address,
                ranked: None,
                place,
            });
        }
        let ranked = std::mem::replace(&mut self.ranked, Top::new(STAND_INS_MAX)).into_sorted();
        let chosen = ranking::shown_variant(&ranked, |address| {
            let of = |column: &Option<Column<f64>>| first(column.as_ref(), address.doc);
            (of(&self.preference), of(&self.price))
        });
        chosen.map(|hit| Chosen {
            address: hit.address,
            ranked: Some(hit.clone()),
            place,
        })
    }
}
