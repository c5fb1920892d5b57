//! Bodies that mean something likelier than chance would have it.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Any JSON, with keys that mean something likelier than chance would have it.
pub(in super::super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c /_0-9\u{0}-\u{1f}é]{0,4}".prop_map(Value::from),
        Just(json!("2024-01-01")),
    ];
    let key = prop_oneof![
        Just("identity"),
        Just("url"),
        Just("type"),
        Just("generation"),
        Just("active_from"),
        Just("fields"),
        Just("nested"),
        Just("ancestors"),
        Just("title"),
        Just("availability"),
        Just("price"),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..7).prop_map(|map| {
                let entries = map.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(entries.collect())
            }),
        ]
    })
}
