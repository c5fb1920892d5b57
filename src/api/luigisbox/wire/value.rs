//! Attribute values out of JSON, straight into the domain's form. Invariant: every byte of a value is
//! checked, also of values nobody keeps, so that a syntax error anywhere refuses the whole request
//! (docs/reference/02-content.md §1).

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::domain::{FieldName, FieldValue, Fields, Number};

/// How much more a request may hold. A value takes several times its bytes in memory; without a
/// bound, `[1,1,1…]` would cost far more than the body it came in.
#[derive(Debug)]
pub(super) struct Budget {
    values_left: Cell<usize>,
    elements_left: Cell<usize>,
    overdrawn: Cell<Option<Overdrawn>>,
}

/// What a request held too many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdrawn {
    Values,
    Elements,
}

impl Budget {
    pub(super) fn new(values_max: usize, elements_max: usize) -> Self {
        Self {
            values_left: Cell::new(values_max),
            elements_left: Cell::new(elements_max),
            overdrawn: Cell::new(None),
        }
    }

    /// Why reading ended early, when it was not for the JSON.
    pub(super) fn overdrawn(&self) -> Option<Overdrawn> {
        self.overdrawn.get()
    }

    pub(super) fn spend_value<E: Error>(&self) -> Result<(), E> {
        self.spend(&self.values_left, Overdrawn::Values)
    }

    pub(super) fn spend_element<E: Error>(&self) -> Result<(), E> {
        self.spend(&self.elements_left, Overdrawn::Elements)
    }

    /// The error only ends the reading; [`Self::overdrawn`] tells what happened.
    fn spend<E: Error>(&self, left: &Cell<usize>, what: Overdrawn) -> Result<(), E> {
        let Some(rest) = left.get().checked_sub(1) else {
            self.overdrawn.set(Some(what));
            return Err(E::custom("over budget"));
        };
        left.set(rest);
        Ok(())
    }
}

/// Reads one value. `null` is `None`, and left out of the lists and maps it stands in
/// (docs/reference/02-content.md §3).
#[derive(Clone, Copy)]
pub(super) struct ValueSeed<'b>(pub(super) &'b Budget);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Option<FieldValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.spend_value()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Option<FieldValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(FieldValue::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(FieldValue::Number(Number::Integer(value))))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        let number = i64::try_from(value).map_or(Number::Unsigned(value), Number::Integer);
        Ok(Some(FieldValue::Number(number)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(FieldValue::Number(Number::Float(value))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(FieldValue::from(text)))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(FieldValue::Text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.extend(value);
        }
        Ok(Some(FieldValue::List(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let attributes = read_attributes(map, self.0)?;
        Ok(Some(FieldValue::Map(without_nulls(attributes))))
    }
}

/// Names and values of a JSON object, each name once; `None` stands for `null`.
pub(super) type Attributes = Vec<(FieldName, Option<FieldValue>)>;

/// Reads the entries of a JSON object. Of a name sent twice the last value counts
/// (docs/reference/02-content.md §1).
pub(super) fn read_attributes<'de, A: MapAccess<'de>>(
    mut map: A,
    budget: &Budget,
) -> Result<Attributes, A::Error> {
    let mut attributes = Vec::new();
    while let Some(name) = map.next_key_seed(NameSeed)? {
        attributes.push((name, map.next_value_seed(ValueSeed(budget))?));
    }
    keep_last_of_each_name(&mut attributes);
    Ok(attributes)
}

/// The attributes that have a value.
pub(super) fn without_nulls(attributes: Attributes) -> Fields {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn keep_last_of_each_name(attributes: &mut Attributes) {
    /// Up to here comparing all pairs is faster than hashing.
    const PAIRS_MAX: usize = 32;
    if attributes.len() <= PAIRS_MAX {
        let mut at = 0;
        while let Some((name, _)) = attributes.get(at) {
            if attributes[at + 1..].iter().any(|(later, _)| later == name) {
                attributes.remove(at);
            } else {
                at += 1;
            }
        }
        return;
    }
    let names = attributes.iter().map(|(name, _)| name.clone());
    let last: HashMap<FieldName, usize> = names.zip(0..).collect();
    let mut at = 0;
    attributes.retain(|(name, _)| {
        let is_last = last.get(name) == Some(&at);
        at += 1;
        is_last
    });
}

/// Reads the key of an entry without a text of its own in between.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = FieldName;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FieldName, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = FieldName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<FieldName, E> {
        Ok(FieldName::new(name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Option<FieldValue>, serde_json::Error> {
        let budget = Budget::new(1_000_000, 0);
        let mut input = serde_json::Deserializer::from_str(json);
        let value = ValueSeed(&budget).deserialize(&mut input)?;
        input.end()?;
        Ok(value)
    }

    fn value(json: &str) -> Option<FieldValue> {
        read(json).expect("valid JSON")
    }

    fn map<const N: usize>(entries: [(&str, FieldValue); N]) -> FieldValue {
        FieldValue::Map(entries.into_iter().collect())
    }

    #[test]
    fn scalars_keep_the_kind_they_were_written_in() {
        let number = |n| Some(FieldValue::Number(n));
        assert_eq!(value("5"), number(Number::Integer(5)));
        assert_eq!(value("-5"), number(Number::Integer(-5)));
        assert_eq!(value("5.0"), number(Number::Float(5.0)));
        assert_eq!(
            value("18446744073709551615"),
            number(Number::Unsigned(u64::MAX))
        );
        assert_eq!(value("1e2"), number(Number::Float(100.0)));
        assert_eq!(value("true"), Some(FieldValue::Bool(true)));
        assert_eq!(value(r#""\u010d\n""#), Some("č\n".into()));
        assert_eq!(value("null"), None);
    }

    #[test]
    fn nulls_are_left_out_at_every_depth() {
        assert_eq!(
            value(r#"{"a":null,"b":[null,"x",{"c":null}],"d":[]}"#),
            Some(map([
                (
                    "b",
                    FieldValue::List(vec!["x".into(), FieldValue::Map(Fields::new())])
                ),
                ("d", FieldValue::List(vec![])),
            ]))
        );
    }

    #[test]
    fn of_a_name_sent_twice_the_last_value_counts() {
        assert_eq!(
            value(r#"{"a":"1","b":"2","a":"3"}"#),
            Some(map([("b", "2".into()), ("a", "3".into())]))
        );
        assert_eq!(value(r#"{"a":"1","a":null}"#), Some(map([])));
        assert_eq!(
            value(r#"{"a":null,"a":"1"}"#),
            Some(map([("a", "1".into())]))
        );

        let many: Vec<_> = (0..100).map(|n| format!(r#""k{n}":"x","#)).collect();
        let many = many.concat();
        let Some(FieldValue::Map(fields)) = value(&format!("{{{many}{many}\"k7\":null}}")) else {
            panic!("a map was sent");
        };
        assert_eq!(fields.len(), 99);
        assert!(!fields.contains("k7"));
    }

    #[test]
    fn texts_and_numbers_json_cannot_mean_are_errors() {
        for json in [
            r#""\ud800""#,
            r#"{"a":["\udc00"]}"#,
            r#"{"\ud800":1}"#,
            "1e999",
            "[-1e999]",
            "01",
            "[1,]",
            "nul",
            "\"tab\there\"",
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_request_holds_no_more_values_than_its_budget() {
        let read_within = |values_max| {
            let budget = Budget::new(values_max, 0);
            let mut input = serde_json::Deserializer::from_str(r#"{"a":[1,2],"b":null}"#);
            let result = ValueSeed(&budget).deserialize(&mut input);
            (result.is_ok(), budget.overdrawn())
        };
        assert_eq!(read_within(5), (true, None));
        assert_eq!(read_within(4), (false, Some(Overdrawn::Values)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_as_serde_json_does(json in r#"[\[\]{}":,a0-9.eE\\unltrfs -]{0,40}"#) {
            let reference = serde_json::from_str::<serde_json::Value>(&json);
            prop_assert_eq!(read(&json).is_ok(), reference.is_ok());
        }
    }
}
