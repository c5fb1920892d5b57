//! Values of fields, between JSON and the domain (contract 10 §4).

use serde_json::{Map, Value};

use crate::domain::{FieldName, FieldValue, Number, ShownValue};

/// `None` for `null`, which stands for no value, in lists too.
pub(in crate::api::swiftype) fn into_domain(value: Value) -> Option<FieldValue> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => FieldValue::Bool(value),
        Value::Number(number) => FieldValue::Number(into_number(&number)?),
        Value::String(text) => FieldValue::Text(text),
        Value::Array(list) => FieldValue::List(list.into_iter().filter_map(into_domain).collect()),
        Value::Object(map) => FieldValue::Map(
            map.into_iter()
                .filter_map(|(name, value)| Some((name.as_str().into(), into_domain(value)?)))
                .collect::<Vec<(FieldName, FieldValue)>>()
                .into_iter()
                .collect(),
        ),
    })
}

fn into_number(number: &serde_json::Number) -> Option<Number> {
    let integer = number.as_i64().map(Number::Integer);
    let unsigned = || number.as_u64().map(Number::Unsigned);
    let float = || number.as_f64().map(Number::Float);
    integer.or_else(unsigned).or_else(float)
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
