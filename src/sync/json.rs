//! JSON as the database writes it, into values of the domain. Invariant: a number keeps every digit: one
//! that no number of the domain is exactly stays a text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{FieldValue, Fields, Number};

/// Levels of arrays and objects (docs/reference/02-content.md §1).
const LEVELS_MAX: usize = 64;

/// Decimal digits that a floating-point number keeps, whatever they are.
const DIGITS_KEPT: usize = 15;

/// The columns of a row in the order of the query, each value as it was written.
pub(super) struct Columns<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Columns<'a> {
    pub(super) fn read(row: &'a str) -> Result<Self, String> {
        serde_json::from_str(row).map_err(|error| format!("cannot be read: {error}"))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.get()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Columns<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Columns<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut columns = Vec::new();
                while let Some(column) = map.next_entry()? {
                    columns.push(column);
                }
                Ok(Columns(columns))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// The value of a column; `None` for `null`.
pub(super) fn value(json: &str) -> Result<Option<FieldValue>, String> {
    if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Ok(Some(number(json)));
    }
    converted(parsed(json)?, LEVELS_MAX)
}

/// A text, or a number by its text.
pub(super) fn text(json: &str) -> Result<String, String> {
    match parsed(json)? {
        Value::String(text) => Ok(text),
        Value::Number(_) => Ok(json.to_owned()),
        _ => Err("must be a string".to_owned()),
    }
}

pub(super) fn fields(json: &str) -> Result<Fields, String> {
    match converted(parsed(json)?, LEVELS_MAX)? {
        Some(FieldValue::Map(fields)) => Ok(fields),
        _ => Err("must be a JSON object".to_owned()),
    }
}

/// The objects of an array.
pub(super) fn entries(json: &str) -> Result<Vec<Fields>, String> {
    let Some(FieldValue::List(list)) = converted(parsed(json)?, LEVELS_MAX)? else {
        return Err("must be a JSON array".to_owned());
    };
    let entry = |(position, entry)| match entry {
        FieldValue::Map(fields) => Ok(fields),
        _ => Err(format!("{position}: must be a JSON object")),
    };
    list.into_iter().enumerate().map(entry).collect()
}

fn parsed(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| format!("cannot be read: {error}"))
}

/// Nulls are left out at every depth (docs/reference/02-content.md §3).
fn converted(value: Value, levels: usize) -> Result<Option<FieldValue>, String> {
    let inner = || {
        levels
            .checked_sub(1)
            .ok_or_else(|| "is nested too deep".to_owned())
    };
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(bool) => FieldValue::Bool(bool),
        Value::String(text) => FieldValue::Text(text),
        Value::Number(number) => self::number(&number.to_string()),
        Value::Array(list) => {
            let levels = inner()?;
            let mut values = Vec::with_capacity(list.len());
            for value in list {
                values.extend(converted(value, levels)?);
            }
            FieldValue::List(values)
        }
        Value::Object(map) => {
            let levels = inner()?;
            let mut fields = Fields::new();
            for (name, value) in map {
                if let Some(value) = converted(value, levels)? {
                    fields.insert(name.as_str(), value);
                }
            }
            FieldValue::Map(fields)
        }
    }))
}

fn number(json: &str) -> FieldValue {
    if let Ok(integer) = json.parse() {
        return FieldValue::Number(Number::Integer(integer));
    }
    if let Ok(integer) = json.parse() {
        return FieldValue::Number(Number::Unsigned(integer));
    }
    match json.parse::<f64>() {
        Ok(float) if float.is_finite() && keeps_digits(json, float) => {
            FieldValue::Number(Number::Float(float))
        }
        _ => FieldValue::Text(json.to_owned()),
    }
}

fn keeps_digits(json: &str, float: f64) -> bool {
    // Only floating-point columns write exponents, and then all digits there are.
    if json.contains(['e', 'E']) {
        return true;
    }
    let digits = json.trim_start_matches(['-', '0', '.']);
    let digits = digits.chars().filter(char::is_ascii_digit).count();
    let is_same = || json.contains('.') && float.to_string() == json.trim_end_matches('0');
    digits <= DIGITS_KEPT || is_same()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("5", Number::Integer(5))]
    #[case("-5", Number::Integer(-5))]
    #[case("18446744073709551615", Number::Unsigned(u64::MAX))]
    #[case("19.90", Number::Float(19.9))]
    #[case("10.00", Number::Float(10.0))]
    #[case("0.30000000000000004", Number::Float(0.300_000_000_000_000_04))]
    #[case("1e+20", Number::Float(1e20))]
    #[case("0.000000000000000000012", Number::Float(1.2e-20))]
    fn numbers_that_are_kept_as_numbers(#[case] json: &str, #[case] number: Number) {
        assert_eq!(value(json), Ok(Some(FieldValue::Number(number))));
    }

    #[rstest]
    #[case("12345678901234567890123")]
    #[case("1234567890123456.789")]
    #[case("0.1234567890123456789")]
    fn numbers_that_would_lose_digits_stay_texts(#[case] json: &str) {
        assert_eq!(value(json), Ok(Some(json.into())));
    }

    #[test]
    fn nulls_are_left_out_and_depth_is_bounded() {
        let read = fields(r#"{"a":null,"b":[1,null,"x"]}"#).expect("an object");
        assert!(!read.contains("a"));
        assert_eq!(read.get("b").map(|list| list.elements().len()), Some(2));
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        assert_eq!(value(&deep), Err("is nested too deep".to_owned()));
        assert!(value(&deep[1..129]).is_ok());
    }

    #[test]
    fn columns_keep_their_order_and_their_words() {
        let columns = Columns::read(r#"{"z":1.50,"a":"x\u0041","m":{"b":[1]}}"#).expect("a row");
        let read: Vec<_> = columns.iter().collect();
        assert_eq!(
            read,
            [("z", "1.50"), ("a", r#""x\u0041""#), ("m", r#"{"b":[1]}"#)]
        );
        assert_eq!(
            text("12345678901234567890123"),
            Ok("12345678901234567890123".to_owned())
        );
    }
}
