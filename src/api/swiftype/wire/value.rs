//! Values of fields, between JSON and the domain (docs/reference/10-swiftype.md §4). Invariant: what is read
//! is read into the domain at once, so it takes the memory of one form.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::{FieldChanges, FieldName, FieldValue, Number, ShownValue};

/// A value as it was sent; `None` for `null`, which stands for no value, in lists and maps too.
#[derive(Debug, PartialEq)]
pub(super) struct Sent(pub(super) Option<FieldValue>);

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SentVisitor)
    }
}

struct SentVisitor;

impl<'de> Visitor<'de> for SentVisitor {
    type Value = Sent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Sent, E> {
        Ok(Sent(None))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Sent, E> {
        Ok(Sent(Some(FieldValue::Bool(value))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Sent, E> {
        Ok(Sent(Some(FieldValue::Number(Number::Integer(value)))))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Sent, E> {
        let number = i64::try_from(value).map_or(Number::Unsigned(value), Number::Integer);
        Ok(Sent(Some(FieldValue::Number(number))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Sent, E> {
        Ok(Sent(Some(FieldValue::Number(Number::Float(value)))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Sent, E> {
        Ok(Sent(Some(text.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sent, A::Error> {
        let mut values = Vec::new();
        while let Some(Sent(value)) = list.next_element()? {
            values.extend(value);
        }
        Ok(Sent(Some(FieldValue::List(values))))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Sent, A::Error> {
        let entries = entries(map)?.into_iter();
        let fields = entries.filter_map(|(name, value)| Some((name, value?)));
        Ok(Sent(Some(FieldValue::Map(fields.collect()))))
    }
}

/// `{name: value}`, each name once.
pub(super) struct SentChanges(pub(super) FieldChanges);

impl<'de> Deserialize<'de> for SentChanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ChangesVisitor)
    }
}

struct ChangesVisitor;

impl<'de> Visitor<'de> for ChangesVisitor {
    type Value = SentChanges;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SentChanges, A::Error> {
        Ok(SentChanges(entries(map)?))
    }
}

/// Of a name sent twice the last value counts, in the place of the first.
fn entries<'de, A: MapAccess<'de>>(mut map: A) -> Result<FieldChanges, A::Error> {
    /// Up to here comparing all is faster than hashing.
    const SCAN_MAX: usize = 16;
    let mut entries: FieldChanges = Vec::new();
    let mut places: HashMap<FieldName, usize> = HashMap::new();
    while let Some(name) = map.next_key::<String>()? {
        let Sent(value) = map.next_value()?;
        let known = if places.is_empty() {
            entries.iter().position(|(known, _)| known.as_str() == name)
        } else {
            places.get(name.as_str()).copied()
        };
        if let Some(at) = known {
            entries[at].1 = value;
            continue;
        }
        let name = FieldName::new(&name);
        if !places.is_empty() {
            places.insert(name.clone(), entries.len());
        }
        entries.push((name, value));
        if places.is_empty() && entries.len() > SCAN_MAX {
            let named = entries.iter().enumerate();
            places.extend(named.map(|(at, (name, _))| (name.clone(), at)));
        }
    }
    Ok(entries)
}

pub(in crate::api::swiftype) fn from_domain(value: ShownValue<'_>) -> Value {
    match value {
        ShownValue::Text(text) => text.into(),
        ShownValue::Number(Number::Integer(number)) => number.into(),
        ShownValue::Number(Number::Unsigned(number)) => number.into(),
        ShownValue::Number(Number::Float(number)) => number.into(),
        ShownValue::Bool(value) => Value::Bool(value),
        ShownValue::List(list) => list.iter().map(from_domain).collect(),
        ShownValue::Map(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), from_domain(value)))
                .collect::<Map<_, _>>(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#)]
    #[case(r#"{"a":1,"a":null,"b":null}"#, "{}")]
    #[case(r#"{"a":null,"b":2,"a":1}"#, r#"{"a":1,"b":2}"#)]
    #[case(r#"[1,null,[null],{"a":null}]"#, "[1,[],{}]")]
    fn of_a_name_sent_twice_the_last_value_counts(#[case] sent: &str, #[case] read: &str) {
        let value = |json| serde_json::from_str::<Sent>(json).expect("valid JSON");
        assert_eq!(value(sent), value(read));
    }

    #[test]
    fn names_are_found_by_a_table_where_there_are_many() {
        let many: Vec<String> = (0..200).map(|n| format!(r#""k{}":{n}"#, n % 100)).collect();
        let json = format!("{{{}}}", many.join(","));
        let SentChanges(changes) = serde_json::from_str(&json).expect("valid JSON");
        assert_eq!(changes.len(), 100);
        let number = |n| Some(FieldValue::Number(Number::Integer(n)));
        assert_eq!(changes[7], ("k7".into(), number(107)));
    }
}
