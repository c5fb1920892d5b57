//! What the unit tests of this folder share: attributes and objects written as the JSON a shop would
//! send, and random ones.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
pub(crate) use serde_json::json;

use super::identity::{Generation, Identity, ObjectType};
use super::nested::NestedObject;
use super::object::{ActivePeriod, Object, ObjectParts};
use super::problem::{Problems, Rule};
use super::value::{FieldName, FieldValue, Fields, Number};

/// Attributes as the wire hands them on: without nulls.
pub(crate) fn fields(json: &Value) -> Fields {
    let map = json.as_object().expect("a JSON object");
    let sent = map.iter().filter(|(_, value)| !value.is_null());
    sent.map(|(name, value)| (FieldName::new(name), field_value(value)))
        .collect()
}

pub(crate) fn field_value(json: &Value) -> FieldValue {
    match json {
        Value::Null => panic!("the wire drops nulls"),
        Value::Bool(boolean) => FieldValue::Bool(*boolean),
        Value::Number(number) => FieldValue::Number(match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Number::Integer(integer),
            (None, Some(unsigned)) => Number::Unsigned(unsigned),
            (None, None) => Number::Float(number.as_f64().expect("a number")),
        }),
        Value::String(text) => FieldValue::Text(text.clone()),
        Value::Array(list) => FieldValue::List(
            list.iter()
                .filter(|element| !element.is_null())
                .map(field_value)
                .collect(),
        ),
        Value::Object(_) => FieldValue::Map(fields(json)),
    }
}

pub(crate) fn identity(text: &str) -> Identity {
    Identity::new(text).expect("a valid identity")
}

pub(crate) fn object_type(text: &str) -> ObjectType {
    ObjectType::new(text).expect("a valid type")
}

pub(crate) fn nested(entry: &Value) -> Result<NestedObject, Problems> {
    let parent = identity("p");
    let entry = fields(entry);
    let mut read = NestedObject::read_list(Some(&parent), std::iter::once(Some(&entry)));
    read.next().expect("one entry makes one object")
}

/// The unchecked parts of product `p`, of generation `g`.
pub(crate) fn parts(attributes: &Value, nested_entries: &[Value]) -> ObjectParts {
    let parent = identity("p");
    let entries: Vec<Fields> = nested_entries.iter().map(fields).collect();
    let nested = NestedObject::read_list(Some(&parent), entries.iter().map(Some));
    let nested = nested.collect::<Result<_, _>>();
    let nested = nested.expect("valid nested entries");
    ObjectParts {
        identity: parent.clone(),
        object_type: object_type("product"),
        generation: Some(Generation::new("g").expect("a valid generation")),
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields: fields(attributes),
        nested,
    }
}

pub(crate) fn object(attributes: &Value, nested_entries: &[Value]) -> Object {
    Object::new(parts(attributes, nested_entries)).expect("a valid object")
}

/// Where and what, one line a problem: `nested.0.title: Blank`.
pub(crate) fn lines(problems: &Problems) -> Vec<String> {
    let line = |path: &[String], rule: Rule| format!("{}: {rule:?}", path.join("."));
    problems
        .iter()
        .map(|problem| line(&problem.path, problem.rule))
        .collect()
}

/// A category entry with ancestors of these titles, the last title its own.
pub(crate) fn category(path: &[&str]) -> Value {
    let (title, above) = path.split_last().expect("a path");
    let ancestors: Vec<Value> = above
        .iter()
        .map(|title| json!({"identity": format!("c-{title}"), "title": title}))
        .collect();
    json!({"identity": format!("c-{title}"), "type": "category",
           "fields": {"title": title, "ancestors": ancestors}})
}

pub(crate) fn any_single() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        ".{0,8}".prop_map(FieldValue::from),
        "-?[0-9]{1,4}(\\.[0-9]{1,2})?".prop_map(FieldValue::from),
        Just("2024-02-29".into()),
        Just("true".into()),
        any::<i64>().prop_map(|n| FieldValue::Number(Number::Integer(n))),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| FieldValue::Number(Number::Float(n))),
        any::<bool>().prop_map(FieldValue::Bool),
    ]
}

pub(crate) fn any_value() -> impl Strategy<Value = FieldValue> {
    any_single().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(FieldValue::List),
            vec(("[a-c]|lat|lon", inner), 0..3).prop_map(|entries| {
                let entries = entries.iter().map(|(k, v)| (k.as_str(), v.clone()));
                FieldValue::Map(entries.collect())
            }),
        ]
    })
}

/// An object with a title and a few attributes from a small set of names, ordinary and special.
pub(crate) fn any_object() -> impl Strategy<Value = Object> {
    let name = "[a-c]|brand|color|price(_eur)?(_old)?(_amount)?|geo_[ab]|category|ancestors";
    vec((name, any_value()), 0..8).prop_map(|entries| {
        let mut object = parts(&json!({"title": "T"}), &[category(&["A", "B"])]);
        for (name, value) in entries {
            object.fields.insert(name.as_str(), value);
        }
        Object::new(object).expect("no rule touches these attributes")
    })
}
