//! What a patch changes and what it leaves (docs/reference/02-content.md §5, docs/reference/04-data-layout.md §3).

use proptest::collection::btree_map;
use proptest::option::of;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::domain::testing::{
    any_object, any_single, category, fields, identity, json, lines, nested, object, object_type,
    parts,
};

/// A patch of product `p` that sets or, with null, removes these attributes.
fn patch(attributes: &Value) -> ObjectPatch {
    let map = attributes.as_object().expect("a JSON object");
    let fields = map.iter().map(|(name, value)| {
        let value = (!value.is_null()).then(|| crate::domain::testing::field_value(value));
        (FieldName::new(name), value)
    });
    ObjectPatch {
        identity: identity("p"),
        object_type: None,
        is_file: false,
        generation: Change::Keep,
        active_from: Change::Keep,
        active_to: Change::Keep,
        fields: fields.collect(),
        nested: None,
    }
}

fn patched(stored: &Value, change: &Value) -> Result<Object, Problems> {
    patch(change).apply(&object(stored, &[]))
}

#[test]
fn attributes_merge_one_by_one_and_are_replaced_whole() {
    let stored = json!({"title": "T", "a": 1, "b": {"x": 1, "y": 2}, "c": [1, 2], "d": "gone"});
    let change = json!({"b": {"x": 3}, "c": [], "d": null, "e": "new", "f": null});
    let expected = json!({"title": "T", "a": 1, "b": {"x": 3}, "c": [], "e": "new"});
    let object = patched(&stored, &change).expect("valid");
    assert_eq!(object.fields, fields(&expected));
}

#[test]
fn an_empty_patch_changes_nothing() {
    let stored = object(&json!({"title": "T"}), &[category(&["A", "B"])]);
    assert_eq!(patch(&json!({})).apply(&stored), Ok(stored));
}

#[rstest]
#[case(json!({"title": null}), "title: Blank")]
#[case(json!({"title": " "}), "title: Blank")]
#[case(json!({"title": true}), "title: NotText")]
#[case(json!({"availability_rank": 99}), "availability_rank: NotBetween { min: 1, max: 15 }")]
#[case(json!({"active_to": ["2024-01-01"]}), "active_to: NotDateTime")]
fn what_is_left_has_to_be_a_valid_object(#[case] change: Value, #[case] problem: &str) {
    let problems = patched(&json!({"title": "T"}), &change).expect_err("a problem");
    assert_eq!(lines(&problems), [problem]);
}

#[test]
fn the_type_cannot_change_but_may_be_repeated() {
    let stored = object(&json!({"title": "T"}), &[]);
    let mut patch = patch(&json!({}));
    patch.object_type = Some(object_type("product"));
    assert!(patch.apply(&stored).is_ok());

    patch.object_type = Some(object_type("item"));
    patch.fields = vec![("title".into(), None)];
    let problems = patch.apply(&stored).expect_err("a problem");
    assert_eq!(lines(&problems), ["type: Unchangeable", "title: Blank"]);
}

#[test]
fn generation_and_dates_are_kept_replaced_or_cleared() {
    let date = Timestamp::parse("2024-01-01");
    let mut stored = parts(&json!({"title": "T", "active_to": "2024-05-01"}), &[]);
    stored.active.from = date;
    stored.active.to = date;
    let stored = Object::new(stored).expect("valid");

    let mut patch = patch(&json!({}));
    patch.generation = Change::Clear;
    patch.active_to = Change::Clear;
    let object = patch.apply(&stored).expect("valid");
    assert_eq!(object.generation, None);
    assert_eq!(object.active.from, date);
    assert_eq!(object.active.to, None);
    assert_eq!(object.schedule().to, Timestamp::parse("2024-05-01"));

    let generation = Generation::new("h").expect("valid");
    patch.generation = Change::Set(generation.clone());
    let later = Timestamp::from_millis(7);
    patch.active_to = Change::Set(later);
    let object = patch.apply(&stored).expect("valid");
    assert_eq!(object.generation, Some(generation));
    assert_eq!(object.active.to, Some(later));
}

#[test]
fn nested_is_replaced_whole_when_sent() {
    let stored = object(
        &json!({"title": "T"}),
        &[category(&["A"]), category(&["B"])],
    );
    let mut patch = patch(&json!({}));
    patch.nested = Some(vec![nested(&category(&["C"])).expect("valid")]);
    let object = patch.apply(&stored).expect("valid");
    assert_eq!(object.nested, patch.nested.unwrap_or_default());
}

#[rstest]
#[case::unavailable_sinks_the_rank(
    json!({"availability": 1, "availability_rank": 3}), json!({"availability": 0}),
    json!({"availability": 0, "availability_rank": 15}))]
#[case::available_removes_the_last_rank(
    json!({"availability": 0, "availability_rank": 15}), json!({"availability": "1"}),
    json!({"availability": 1}))]
#[case::available_keeps_a_better_rank(
    json!({"availability": 1, "availability_rank": 3}), json!({"availability": 1}),
    json!({"availability": 1, "availability_rank": 3}))]
#[case::no_rank_is_invented(
    json!({"availability": 1}), json!({"availability": false}),
    json!({"availability": 0}))]
#[case::a_rank_brings_its_availability(
    json!({"availability": 1}), json!({"availability_rank": 15}),
    json!({"availability": 0, "availability_rank": 15}))]
#[case::a_rank_wins_over_availability_in_the_same_patch(
    json!({}), json!({"availability": 0, "availability_rank": 2}),
    json!({"availability": 1, "availability_rank": 2}))]
#[case::removed_availability_follows_the_stored_rank(
    json!({"availability": 1, "availability_rank": 3}), json!({"availability": null}),
    json!({"availability_rank": 3, "availability": 1}))]
#[case::a_removed_rank_leaves_availability(
    json!({"availability": 0, "availability_rank": 15}), json!({"availability_rank": null}),
    json!({"availability": 0}))]
#[case::a_removed_rank_frees_availability(
    json!({"availability": 0, "availability_rank": 15}),
    json!({"availability_rank": null, "availability": 1}), json!({"availability": 1}))]
fn availability_and_rank_stay_in_step(
    #[case] stored: Value,
    #[case] change: Value,
    #[case] expected: Value,
) {
    let with_title = |mut attributes: Value| {
        attributes["title"] = json!("T");
        attributes
    };
    let object = patched(&with_title(stored), &change).expect("valid");
    for name in ["availability", "availability_rank"] {
        assert_eq!(
            object.fields.get(name),
            fields(&expected).get(name),
            "{name}"
        );
    }
}

fn any_patch() -> impl Strategy<Value = ObjectPatch> {
    let attributes = btree_map("[a-d]", of(any_single()), 0..4);
    let availability = of(of(any::<bool>().prop_map(FieldValue::Bool)));
    (attributes, availability).prop_map(|(attributes, availability)| {
        let mut patch = patch(&json!({}));
        let attributes = attributes.into_iter();
        patch.fields = attributes
            .map(|(name, value)| (name.as_str().into(), value))
            .collect();
        let availability = availability.map(|value| (AVAILABILITY.into(), value));
        patch.fields.extend(availability);
        patch
    })
}

proptest! {
    #[test]
    fn a_patch_applied_twice_is_a_patch_applied_once(
        stored in any_object(),
        rank in of(1_i64..=15),
        patch in any_patch(),
    ) {
        let mut stored = stored.into_parts();
        if let Some(rank) = rank {
            stored.fields.insert(RANK, rank.to_string().into());
        }
        let stored = Object::new(stored).expect("valid");
        let once = patch.apply(&stored).expect("valid");
        prop_assert_eq!(patch.apply(&once).expect("valid"), once);
    }
}
