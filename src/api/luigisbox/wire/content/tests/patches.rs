//! Partial changes and keys to delete.

use rstest::rstest;
use serde_json::{Value, json};

use super::{cause, one};
use crate::domain::{Change, FieldValue, Number, ObjectKey, ObjectPatch};

#[test]
fn a_patch_tells_absent_null_and_set_apart() {
    let patch: ObjectPatch = one(&json!({"identity": "a"}));
    assert_eq!(patch.generation, Change::Keep);
    assert_eq!(patch.active_from, Change::Keep);
    assert_eq!(patch.object_type, None);
    assert!(patch.fields.is_empty());
    assert_eq!(patch.nested, None);

    let patch: ObjectPatch = one(&json!({
        "identity": "a", "type": "item", "generation": null, "active_from": null, "active_to": "",
        "fields": {"color": null, "price": 5, "tags": [null]}, "nested": [],
    }));
    assert_eq!(patch.generation, Change::Clear);
    assert_eq!(patch.active_from, Change::Clear);
    assert_eq!(patch.active_to, Change::Clear);
    let fields = [
        ("color".into(), None),
        ("price".into(), Some(FieldValue::Number(Number::Integer(5)))),
        ("tags".into(), Some(FieldValue::List(vec![]))),
    ];
    assert_eq!(patch.fields, fields);
    assert_eq!(patch.nested, Some(vec![]));

    let patch: ObjectPatch = one(&json!({
        "identity": "a", "generation": 7, "active_to": "2024-01-01", "fields": null, "nested": null,
    }));
    assert!(matches!(&patch.generation, Change::Set(marker) if marker.as_str() == "7"));
    assert!(matches!(patch.active_to, Change::Set(_)));
    assert!(patch.fields.is_empty());
    assert_eq!(patch.nested, Some(vec![]));
}

#[rstest]
#[case(json!({"fields": {"a": 1}}), json!({"identity": ["is missing"]}))]
#[case(json!({"identity": "a", "type": ""}), json!({"type": ["must be filled"]}))]
#[case(json!({"identity": "a", "fields": 5}), json!({"fields": ["must be a hash"]}))]
#[case(json!({"identity": "a", "active_from": {}}), json!({"active_from": ["must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"]}))]
#[case(json!({"identity": "a", "nested": [[]]}), json!({"nested": {"0": ["must be a hash"]}}))]
fn a_patch_breaks_rules_in_the_same_words(#[case] object: Value, #[case] expected: Value) {
    assert_eq!(cause::<ObjectPatch>(&object), expected);
}

#[test]
fn a_key_to_delete_needs_both_parts_and_ignores_the_rest() {
    let key: ObjectKey = one(&json!({"type": "_file", "url": "/a.pdf", "fields": 5}));
    assert_eq!(key.identity.as_str(), "/a.pdf");
    assert_eq!(key.object_type.as_str(), "file");
    assert_eq!(
        cause::<ObjectKey>(&json!({})),
        json!({"identity": ["is missing"], "type": ["is missing"]})
    );
    assert_eq!(
        cause::<ObjectKey>(&json!({"identity": "a"})),
        json!({"type": ["is missing"]})
    );
}
