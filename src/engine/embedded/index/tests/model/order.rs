//! Where a scan of the objects puts each of them: by an order on request, and by signals alone.

use std::cmp::Reverse;

use super::super::*;
use super::scan::{Shown, holds, values};
use crate::domain::{AttributeType, Place, TypeSort, TypedValue};
use crate::engine::embedded::index::segments::keyword::COLUMN_BYTES_MAX;
use crate::engine::ranking::{self, Supply};

/// Orders as the value does, whatever its type: of an attribute of texts numbers first, then dates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Number(u64),
    Date(u64),
    Text(String),
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

/// What an object is sorted by: what does not fit the type of the attribute is nothing.
fn keys(schema: &Schema, shown: &Shown, place: &Place, field: &str) -> Vec<Key> {
    let is_text = field == "type" || matches!(schema.get(field), Some((_, AttributeType::Text)));
    let key = |value: TypedValue<'_>| match value {
        TypedValue::Text(text) if text.len() > COLUMN_BYTES_MAX || !is_text => None,
        TypedValue::Text(text) => Some(Key::Text(text.into_owned())),
        TypedValue::Boolean(value) => Some(Key::Number(value.into())),
        TypedValue::Numeric(number) => Some(Key::Number(ordered(number))),
        TypedValue::Date(at) => Some(Key::Date((at.as_millis() as u64) ^ (1 << 63))),
        TypedValue::Geo { lat, lon } => {
            let (point, origin) = (crate::domain::GeoPoint::new(lat, lon)?, place.origin?);
            Some(Key::Number(ordered(origin.distance_km(point))))
        }
    };
    let values = values(schema, shown, field).into_iter();
    let mut keys: Vec<Key> = values.filter_map(key).collect();
    let first = keys.iter().map(Key::group).min();
    keys.retain(|key| Some(key.group()) == first);
    keys
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

fn by_sort(schema: &Schema, place: &Place, sort: &[SortKey], shown: &Shown) -> Vec<Rank> {
    let ranks = sort.iter().map(|key| {
        let keys = keys(schema, shown, place, place.meant(&key.field).as_str());
        let group = keys.first().map_or(u8::MAX, Key::group);
        match key.direction {
            Direction::Ascending => (group, keys.into_iter().min(), None),
            Direction::Descending => (group, None, keys.into_iter().max().map(Reverse)),
        }
    });
    ranks.collect()
}

/// The orders of types that the hits are sorted by: not those of quicksearch, nor of types not asked for.
pub(super) fn main_type_sorts(query: &SearchQuery) -> Vec<&TypeSort> {
    let asked = query.filters.any_of.iter().chain(&query.filters.all_of);
    let asked: Vec<&FieldFilter> = asked.filter(|f| f.field.as_str() == "type").collect();
    let sorts = query.type_sorts.iter().filter(|sort| {
        let name = sort.object_type.as_str();
        let mut quick = query.quicksearch.iter();
        let is_asked =
            asked.is_empty() || asked.iter().any(|filter| filter.asked.text() == Some(name));
        is_asked && !quick.any(|group| group.object_type == sort.object_type)
    });
    sorts.collect()
}

/// Where an object stands in a sorted result: types with an order of their own first.
pub(super) fn by_sorts(
    schema: &Schema,
    query: &SearchQuery,
    shown: &Shown,
) -> (usize, Vec<Rank>, u64) {
    let sorts = main_type_sorts(query);
    let mut own = sorts.iter().enumerate().filter(|(_, sort)| {
        let name = sort.object_type.as_str();
        shown.types.iter().any(|own| own == name)
    });
    let (group, keys) = match own.next() {
        Some((at, sort)) => (at, &sort.keys),
        None => (usize::MAX, &query.sort),
    };
    let ranks = by_sort(schema, &query.place, keys, shown);
    (group, ranks, shown.first_seen)
}

/// Signals that decide without a text.
pub(super) fn by_signals(
    schema: &Schema,
    query: &SearchQuery,
    shown: &Shown,
) -> (Reverse<u8>, Supply, Reverse<usize>, Reverse<u32>) {
    let fields = &shown.object.fields;
    let number = |name: &str| match fields.get(name) {
        Some(FieldValue::Number(number)) => Some(number.as_f64()),
        _ => None,
    };
    let introduced = fields.get("introduced_at").and_then(FieldValue::as_text);
    let introduced = introduced.and_then(Timestamp::parse);
    let mut wishes = query.preferred.clone();
    wishes.retain(|wish| holds(schema, shown, &query.place, wish));
    (
        Reverse(ranking::boost(number("boost"))),
        Supply::new(number("availability"), number("availability_rank")),
        Reverse(wishes.len()),
        Reverse(ranking::newness(introduced, NOW).to_bits()),
    )
}

/// The one of a hit's documents that is shown, where there is no text.
pub(super) fn best<'s>(schema: &Schema, query: &SearchQuery, hit: &'s [Shown]) -> &'s Shown {
    let number = |shown: &Shown, name: &str, missing: f64| {
        let values = values(schema, shown, name);
        let numbers = values.iter().filter_map(|value| match value {
            TypedValue::Numeric(number) => Some(*number),
            _ => None,
        });
        ordered(
            numbers
                .fold(None, |least: Option<f64>, n| {
                    Some(least.map_or(n, |l| l.min(n)))
                })
                .unwrap_or(missing),
        )
    };
    let relevance = |shown: &Shown| {
        let (boost, supply, wishes, _) = by_signals(schema, query, shown);
        (boost, supply, wishes)
    };
    hit.iter()
        .min_by_key(|shown| {
            (
                relevance(shown),
                Reverse(number(shown, "_variant_preference", f64::NEG_INFINITY)),
                number(shown, "price_amount", f64::INFINITY),
                shown.stand_in,
            )
        })
        .expect("a hit is somebody")
}
