//! Where a scan of the objects puts each of them: by an order on request, by signals alone, and by as much of
//! the recipe of relevance as can be said without a score. Invariant: two objects never stand in one place.

use std::cmp::Reverse;

use super::scan::{COMPARED_BYTES_MAX, LANGUAGE, Naive, Shown, main_type_sorts, query_words};
use crate::domain::{
    AttributeType, Direction, FieldName, FieldValue, GeoPoint, Place, SearchQuery, SignalSource,
    SortKey, TextForm, Timestamp, TypedValue,
};
use crate::engine::analysis::Collation;
use crate::engine::ranking::{self, Availability};

/// Orders as the value does, whatever its type: of an attribute of texts numbers first, then dates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Key {
    Number(u64),
    Date(u64),
    /// By its key in the order of the language.
    Text(Vec<u8>),
}

impl Key {
    fn group(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Date(_) => 1,
            Self::Text(_) => 2,
        }
    }
}

/// A number that compares as the float does; both zeros are one.
fn ordered(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 {
        bits | (1 << 63)
    } else {
        !bits
    }
}

/// Where an object stands by one key: without a value last, numbers before texts in both directions.
type Rank = (u8, Option<Key>, Option<Reverse<Key>>);

/// Boost, availability, wishes, freshness: smaller is better.
type Signals = (Reverse<u8>, Availability, Reverse<usize>, Reverse<u32>);

impl Naive<'_> {
    /// The hits of the page of a query, each as the one of its documents that is shown.
    pub(in crate::engine) fn page(&self, query: &SearchQuery) -> Vec<Shown> {
        if query.page.is_beyond_reach() {
            return Vec::new();
        }
        let mut shown = self.in_order(query);
        shown.drain(..query.page.offset.min(shown.len()));
        shown.truncate(query.page.limit);
        shown
    }

    /// All hits in order; where only a score could decide, as they were sent.
    pub(in crate::engine) fn in_order(&self, query: &SearchQuery) -> Vec<Shown> {
        let hits = self.found(query, None);
        let mut shown: Vec<Shown> = hits
            .iter()
            .map(|hit| self.best(query, hit).clone())
            .collect();
        // What is equal in everything comes as it was sent.
        shown.sort_by_key(|one| (one.first_seen, one.stand_in));
        let pin = |one: &Shown| self.pin(query, one).unwrap_or(usize::MAX);
        if is_sorted(query) {
            shown.sort_by_cached_key(|one| self.by_sorts(query, one));
        } else if query.text.is_some() {
            shown.sort_by_cached_key(|one| {
                let (boost, availability, wishes, _) = self.by_signals(query, one);
                (
                    pin(one),
                    self.quality(query, one),
                    boost,
                    availability,
                    wishes,
                )
            });
        } else {
            shown.sort_by_cached_key(|one| self.by_signals(query, one));
        }
        shown
    }

    /// How well the words are met; smaller is better.
    pub(in crate::engine) fn quality(
        &self,
        query: &SearchQuery,
        shown: &Shown,
    ) -> (bool, bool, Reverse<usize>) {
        let Some(text) = &query.text else {
            return (false, false, Reverse(0));
        };
        let all = query_words(text).len();
        let met = self.words_met(&shown.object, text);
        let fields = shown.object.fields.iter();
        let title = fields.filter(|(name, _)| name.as_str() == "title");
        let title = title.map(|(name, value)| (name, value, TextForm::Markup));
        let in_title = self.words_in(title, text);
        let is_whole = met == all;
        (!is_whole, is_whole && in_title < all, Reverse(met))
    }

    /// What an object is sorted by: what does not fit the type of the attribute is nothing.
    fn keys(&self, shown: &Shown, place: &Place, field: &str) -> Vec<Key> {
        let kind = self.schema.get(field).map(|(_, kind)| kind);
        let collation = Collation::new(LANGUAGE);
        let is_text = field == "type" || kind == Some(AttributeType::Text);
        let key = |value: TypedValue<'_>| match value {
            TypedValue::Text(text) if text.len() > COMPARED_BYTES_MAX || !is_text => None,
            TypedValue::Text(text) => Some(Key::Text(collation.key(&text))),
            TypedValue::Boolean(value) => Some(Key::Number(value.into())),
            TypedValue::Numeric(number) => Some(Key::Number(ordered(number))),
            TypedValue::Large(_) => None,
            TypedValue::Date(at) => Some(Key::Date((at.as_millis() as u64) ^ (1 << 63))),
            TypedValue::Geo { lat, lon } => {
                let (point, origin) = (GeoPoint::new(lat, lon)?, place.origin?);
                Some(Key::Number(ordered(origin.distance_km(point))))
            }
        };
        let values = self.values(shown, field).into_iter();
        let mut keys: Vec<Key> = values.filter_map(key).collect();
        let first = keys.iter().map(Key::group).min();
        keys.retain(|key| Some(key.group()) == first);
        keys
    }

    fn by_sort(&self, place: &Place, sort: &[SortKey], shown: &Shown) -> Vec<Rank> {
        let ranks = sort.iter().map(|key| {
            let keys = self.keys(shown, place, place.meant(&key.field).as_str());
            let group = keys.first().map_or(u8::MAX, Key::group);
            match key.direction {
                Direction::Ascending => (group, keys.into_iter().min(), None),
                Direction::Descending => (group, None, keys.into_iter().max().map(Reverse)),
            }
        });
        ranks.collect()
    }

    /// Where an object stands in a sorted result: types with an order of their own first.
    fn by_sorts(&self, query: &SearchQuery, shown: &Shown) -> (usize, Vec<Rank>) {
        let sorts = main_type_sorts(query);
        let mut own = sorts.iter().enumerate().filter(|(_, sort)| {
            let name = sort.object_type.as_str();
            shown.types.iter().any(|own| own == name)
        });
        let (group, keys) = match own.next() {
            Some((at, sort)) => (at, &sort.keys),
            None => (usize::MAX, &query.sort),
        };
        (group, self.by_sort(&query.place, keys, shown))
    }

    /// Signals that decide without a text.
    pub(in crate::engine) fn by_signals(&self, query: &SearchQuery, shown: &Shown) -> Signals {
        let fields = &shown.object.fields;
        let read = |source: &SignalSource, usual: &str| match source {
            SignalSource::Usual => fields.get(usual),
            SignalSource::Attribute(name) => fields.get(FieldName::as_str(name)),
            SignalSource::Off => None,
        };
        let number = |source, usual| match read(source, usual) {
            Some(FieldValue::Number(number)) => Some(number.as_f64()),
            _ => None,
        };
        let sources = &query.signals;
        let introduced = read(&sources.freshness, ranking::FRESHNESS_ATTRIBUTE);
        let introduced = introduced.and_then(FieldValue::as_text);
        let introduced = introduced.and_then(Timestamp::parse);
        let mut wishes = query.preferred.clone();
        wishes.retain(|wish| self.holds(shown, &query.place, wish));
        let boost = number(&sources.boost, ranking::BOOST_ATTRIBUTE);
        let available = number(&sources.availability, ranking::AVAILABILITY_ATTRIBUTE);
        let rank = number(
            &sources.availability_rank,
            ranking::AVAILABILITY_RANK_ATTRIBUTE,
        );
        (
            Reverse(ranking::boost(boost)),
            Availability::new(available, rank),
            Reverse(wishes.len()),
            Reverse(ranking::freshness(introduced, query.now).to_bits()),
        )
    }

    /// The one of a hit's documents that is shown, where there is no text.
    pub(in crate::engine) fn best<'s>(&self, query: &SearchQuery, hit: &'s [Shown]) -> &'s Shown {
        let number = |shown: &Shown, name: &str, missing: f64| {
            let values = self.values(shown, name);
            let numbers = values.iter().filter_map(|value| match value {
                TypedValue::Numeric(number) => Some(*number),
                _ => None,
            });
            ordered(numbers.reduce(f64::min).unwrap_or(missing))
        };
        let relevance = |shown: &Shown| {
            let (boost, availability, wishes, _) = self.by_signals(query, shown);
            (self.quality(query, shown), boost, availability, wishes)
        };
        let best = hit.iter().min_by_key(|shown| {
            (
                relevance(shown),
                Reverse(number(shown, "_variant_preference", f64::NEG_INFINITY)),
                number(shown, "price_amount", f64::INFINITY),
                shown.stand_in,
            )
        });
        best.expect("a hit is somebody")
    }
}

/// Whether an order was asked for.
pub(in crate::engine) fn is_sorted(query: &SearchQuery) -> bool {
    !query.sort.is_empty() || !main_type_sorts(query).is_empty()
}
