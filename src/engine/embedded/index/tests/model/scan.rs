//! The rules of contract 05 applied to one object after the other.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::super::exact::COLUMN_BYTES_MAX;
use super::super::*;
use super::generate::Write;
use crate::domain::{Condition, TypedValue};
use crate::engine::ranking::{self, Supply};

/// What the store would say: what each identity is now, and since when it is known.
#[derive(Default)]
pub(super) struct Model {
    live: BTreeMap<String, Entry>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) object: Object,
    pub(super) version: VersionId,
    pub(super) first_seen: u64,
}

impl Model {
    pub(super) fn apply(&mut self, catalog: &mut Catalog, write: Write) {
        match write {
            Write::Replace(object) => {
                let identity = object.identity.as_str().to_owned();
                let old = self.live.remove(&identity);
                let next = catalog.identities.len() as u64;
                let first_seen = old.as_ref().map_or(next, |old| old.first_seen);
                let version = catalog.queue_as(&object, first_seen);
                let old: Vec<VersionId> = old.iter().map(|old| old.version).collect();
                catalog.writer.delete(&old).unwrap();
                let object = *object;
                self.live.insert(
                    identity,
                    Entry {
                        object,
                        version,
                        first_seen,
                    },
                );
            }
            Write::Delete(n) => {
                if let Some(old) = self.live.remove(&format!("p{n}")) {
                    catalog.writer.delete(&[old.version]).unwrap();
                }
            }
            Write::Commit => catalog.commit(),
        }
    }

    /// Everything a query finds, the `f[]` filters on one field left out.
    pub(super) fn found<'m>(
        &'m self,
        schema: &Schema,
        query: &SearchQuery,
        except: Option<&str>,
    ) -> Vec<&'m Entry> {
        let live = self.live.values();
        live.filter(|entry| is_found(schema, &entry.object, query, except))
            .collect()
    }
}

fn is_found(schema: &Schema, object: &Object, query: &SearchQuery, except: Option<&str>) -> bool {
    let holds = |filter: &FieldFilter| holds(schema, object, filter.field.as_str(), &filter.value);
    let Filters {
        any_of,
        all_of,
        none_of,
    } = &query.filters;
    let has_one_of_each = any_of.iter().all(|filter| {
        let mut alternatives = any_of.iter().filter(|other| other.field == filter.field);
        Some(filter.field.as_str()) == except || alternatives.any(holds)
    });
    let is_type_asked = any_of.iter().chain(all_of).any(|filter| {
        filter.field.as_str() == "type" && filter.value == object.object_type.as_str()
    });
    let met = |text: &QueryText| words_met(object, text) > 0;
    object.schedule().contains(query.now)
        && has_one_of_each
        && all_of.iter().all(holds)
        && !none_of.iter().any(holds)
        && (object.master.is_none() || is_type_asked)
        && query.text.as_ref().is_none_or(met)
}

fn holds(schema: &Schema, object: &Object, field: &str, value: &str) -> bool {
    if field == "type" {
        return object.object_type.as_str() == value;
    }
    let Some((_, kind)) = schema.get(field) else {
        return value == "value_missing"
            || field == "identity" && object.identity.as_str() == value;
    };
    let values = values(schema, object, field);
    match Condition::read(kind, value) {
        Condition::Missing => values.is_empty(),
        condition => values.iter().any(|value| condition.matches(value)),
    }
}

pub(super) fn values(schema: &Schema, object: &Object, field: &str) -> Vec<TypedValue<'static>> {
    if field == "type" {
        return vec![TypedValue::Text(
            object.object_type.as_str().to_owned().into(),
        )];
    }
    let mut values = Vec::new();
    let Some((wanted, _)) = schema.get(field) else {
        return values;
    };
    schema.for_each_value(object, &derive(object), |number, value| {
        if number == wanted {
            values.push(match value {
                TypedValue::Text(text) => TypedValue::Text(text.into_owned().into()),
                TypedValue::Numeric(number) => TypedValue::Numeric(number),
                TypedValue::Boolean(value) => TypedValue::Boolean(value),
                TypedValue::Date(at) => TypedValue::Date(at),
                TypedValue::Geo { lat, lon } => TypedValue::Geo { lat, lon },
            });
        }
    });
    values
}

/// Distinct words of a query.
pub(super) fn query_words(text: &QueryText) -> Vec<String> {
    let words = analyzer::query_words(text.as_str(), Language::Any, usize::MAX);
    let mut words: Vec<String> = words.into_iter().map(|word| word.text).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Distinct words of the query; those used here occur in titles, categories and colors only.
pub(super) fn words_met(object: &Object, text: &QueryText) -> usize {
    let mut all = String::new();
    for (name, value) in object.fields.iter() {
        let texts = value.elements().iter().filter_map(FieldValue::as_text);
        texts.filter(|_| name.as_str() != "since").for_each(|text| {
            all.push_str(text);
            all.push(' ');
        });
    }
    let all = analyzer::object_words(&all, Language::Any);
    let wanted = query_words(text);
    wanted.iter().filter(|word| all.contains(word)).count()
}

/// Orders as the value does, whatever its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Text(String),
    Number(u64),
}

pub(super) fn keys(schema: &Schema, object: &Object, field: &str) -> Vec<Key> {
    let key = |value: TypedValue<'_>| match value {
        TypedValue::Text(text) if text.len() > COLUMN_BYTES_MAX => None,
        TypedValue::Text(text) => Some(Key::Text(text.into_owned())),
        TypedValue::Boolean(value) => Some(Key::Number(value.into())),
        TypedValue::Numeric(number) => Some(Key::Number(ordered(number))),
        TypedValue::Date(at) => Some(Key::Number((at.as_millis() as u64) ^ (1 << 63))),
        TypedValue::Geo { .. } => None,
    };
    values(schema, object, field)
        .into_iter()
        .filter_map(key)
        .collect()
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

/// Where an object stands by one key: without a value last.
type Place = (bool, Option<Key>, Option<Reverse<Key>>);

pub(super) fn by_sort(schema: &Schema, sort: &[SortKey], entry: &Entry) -> (Vec<Place>, u64) {
    let places = sort.iter().map(|key| {
        let keys = keys(schema, &entry.object, key.field.as_str());
        match key.direction {
            Direction::Ascending => (keys.is_empty(), keys.into_iter().min(), None),
            Direction::Descending => (keys.is_empty(), None, keys.into_iter().max().map(Reverse)),
        }
    });
    (places.collect(), entry.first_seen)
}

/// Signals that decide without a text.
pub(super) fn by_signals(object: &Object) -> (Reverse<u8>, Supply, Reverse<u32>) {
    let number = |name: &str| match object.fields.get(name) {
        Some(FieldValue::Number(number)) => Some(number.as_f64()),
        _ => None,
    };
    let introduced = object
        .fields
        .get("introduced_at")
        .and_then(FieldValue::as_text);
    let introduced = introduced.and_then(Timestamp::parse);
    (
        Reverse(ranking::boost(number("boost"))),
        Supply::new(number("availability"), number("availability_rank")),
        Reverse(ranking::newness(introduced, NOW).to_bits()),
    )
}
