//! Bodies of write requests and what is made of them, row by row of contract 02.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::super::report::Report;
use super::*;
use crate::domain::{
    Change, FieldValue, Number, Object, ObjectKey, ObjectPatch, Outcome, Timestamp,
};

fn read<T: Element>(body: &Value) -> Batch<T> {
    Batch::read(body.to_string().as_bytes(), ELEMENTS_MAX).expect("a well-formed request")
}

/// The only object of a request.
fn one<T: Element>(object: &Value) -> T {
    let (mut elements, pending) = read(&json!({"objects": [object]})).split();
    assert_eq!(elements.len(), 1, "refused: {:?}", pending.refused);
    elements.remove(0)
}

/// `errors` of a request whose good objects are all applied.
fn errors<T: Element>(body: &Value) -> Value {
    let (elements, pending) = read::<T>(body).split();
    let outcomes = elements.iter().map(|_| Outcome::Applied).collect();
    let report = Report::new(pending, outcomes);
    serde_json::to_value(&report).expect("a report is JSON")["errors"].take()
}

/// `caused_by` of the only object of a request.
fn cause<T: Element>(object: &Value) -> Value {
    let mut errors = errors::<T>(&json!({"objects": [object]}));
    let entries = errors.as_object_mut().expect("errors are a map");
    assert_eq!(entries.len(), 1, "one object was sent");
    let (_, entry) = entries.iter_mut().next().expect("the object was refused");
    assert_eq!(entry["type"], "malformed_input");
    assert_eq!(entry["reason"], "incorrect object format");
    entry["caused_by"].take()
}

/// A good object, with `changes` laid over it; `null` takes a key out.
fn product(changes: &Value) -> Value {
    let mut object = json!({"identity": "p1", "type": "item", "fields": {"title": "Socks"}});
    let changes = changes.as_object().expect("changes are a map");
    for (key, value) in changes {
        match value {
            Value::Null => drop(object.as_object_mut().expect("a map").remove(key)),
            value => object[key] = value.clone(),
        }
    }
    object
}

#[test]
fn an_object_is_read_whole() {
    let object: Object = one(&json!({
        "identity": "sku-1", "type": "item", "generation": "1719000000",
        "active_from": "2024-01-01", "active_to": "2024-02-01T00:00:00+00:00",
        "autocomplete_type": "item", "enabled": true,
        "fields": {"title": "Wool socks", "price": 2.9, "color": ["blue", null], "gone": null,
                   "empty": []},
        "nested": [{"identity": "cat", "type": "category", "fields": {"title": "Socks"}}],
    }));
    assert_eq!(object.identity.as_str(), "sku-1");
    assert_eq!(object.object_type.as_str(), "item");
    let generation = object.generation.as_ref().map(|marker| marker.as_str());
    assert_eq!(generation, Some("1719000000"));
    assert_eq!(object.active.from, Timestamp::parse("2024-01-01"));
    assert_eq!(object.active.to, Timestamp::parse("2024-02-01"));
    assert_eq!(object.legacy_url, None);
    let names: Vec<_> = object
        .fields
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["title", "price", "color", "empty"]);
    assert_eq!(
        object.fields.get("color"),
        Some(&FieldValue::List(vec!["blue".into()]))
    );
    assert_eq!(object.nested.len(), 1);
    assert_eq!(object.nested[0].title(), "Socks");
}

#[rstest]
#[case::text(json!({"identity": "a"}), "a")]
#[case::integer(json!({"identity": 827_827}), "827827")]
#[case::largest(json!({"identity": u64::MAX}), "18446744073709551615")]
#[case::url(json!({"identity": null, "url": "/p/1"}), "/p/1")]
#[case::numeric_url(json!({"identity": null, "url": 5}), "5")]
#[case::both(json!({"identity": "a", "url": "/p/1"}), "a")]
fn an_identity_has_several_spellings(#[case] changes: Value, #[case] identity: &str) {
    let object: Object = one(&product(&changes));
    assert_eq!(object.identity.as_str(), identity);
}

#[test]
fn an_identity_of_null_is_absent() {
    let object = json!({"identity": null, "url": "/p/1", "type": "item", "fields": {"title": "x"}});
    let object: Object = one(&object);
    assert_eq!(object.identity.as_str(), "/p/1");
    assert_eq!(object.legacy_url.as_deref(), Some("/p/1"));
}

#[rstest]
#[case(json!({"generation": 1_719_000_000}), Some("1719000000"))]
#[case(json!({"generation": "any text"}), Some("any text"))]
#[case(json!({}), None)]
fn a_generation_may_be_a_number(#[case] changes: Value, #[case] generation: Option<&str>) {
    let object: Object = one(&product(&changes));
    assert_eq!(
        object.generation.as_ref().map(|marker| marker.as_str()),
        generation
    );
}

#[rstest]
#[case("2018-07-15T13:23:50+00:00")]
#[case("2018-07-15T15:23:50+02:00")]
#[case("2018-07-15 13:23:50")]
#[case("20180715T132350Z")]
fn dates_have_several_spellings(#[case] text: &str) {
    let object: Object = one(&product(&json!({"active_from": text})));
    let millis = object.active.from.map(Timestamp::as_millis);
    assert_eq!(millis, Some(1_531_661_030_000));
}

#[test]
fn empty_dates_are_unset() {
    let mut sent = product(&json!({"active_from": "", "generation": "G"}));
    sent["active_to"] = Value::Null;
    sent["nested"] = Value::Null;
    let object: Object = one(&sent);
    assert_eq!(object.active.from, None);
    assert_eq!(object.active.to, None);
    assert!(object.nested.is_empty());
}

#[rstest]
#[case::beside(json!({"url": "http://x/a.pdf", "identity": null}), "http://x/a.pdf", "http://x/a.pdf")]
#[case::inside(json!({"url": "/a", "fields": {"title": "A", "url": "/b"}}), "p1", "/b")]
fn a_file_is_stored_under_its_final_type_with_its_location(
    #[case] changes: Value,
    #[case] identity: &str,
    #[case] location: &str,
) {
    let mut sent = product(&changes);
    sent["type"] = "_file".into();
    let object: Object = one(&sent);
    assert_eq!(object.object_type.as_str(), "file");
    assert_eq!(object.identity.as_str(), identity);
    assert_eq!(object.fields.get("url"), Some(&location.into()));
}

#[rstest]
#[case(json!({"identity": null}), json!({"identity": ["is missing"]}))]
#[case(json!({"identity": ""}), json!({"identity": ["must be filled"]}))]
#[case(json!({"identity": "  ", "url": "/p/1"}), json!({"identity": ["must be filled"]}))]
#[case(json!({"identity": 1.5}), json!({"identity": ["must be a string"]}))]
#[case(json!({"identity": true}), json!({"identity": ["must be a string"]}))]
#[case(json!({"identity": ["a"]}), json!({"identity": ["must be a string"]}))]
#[case(json!({"identity": "a\u{0}"}), json!({"identity": ["must not contain control characters"]}))]
#[case(
    json!({"identity": "x".repeat(1025)}),
    json!({"identity": ["must be at most 1024 bytes long"]})
)]
#[case(json!({"type": null}), json!({"type": ["is missing"]}))]
#[case(json!({"type": ""}), json!({"type": ["must be filled"]}))]
#[case(json!({"type": 5}), json!({"type": ["must be a string"]}))]
#[case(json!({"type": "a b"}), json!({"type": ["must be a valid type name"]}))]
#[case(json!({"generation": true}), json!({"generation": ["must be a string"]}))]
#[case(json!({"generation": ""}), json!({"generation": ["must be filled"]}))]
#[case(json!({"active_to": "tomorrow"}), json!({"active_to": ["must be a date time"]}))]
#[case(json!({"active_from": 5}), json!({"active_from": ["must be a date time"]}))]
#[case(json!({"fields": null}), json!({"fields": ["is missing"]}))]
#[case(json!({"fields": []}), json!({"fields": ["must be a hash"]}))]
#[case(json!({"fields": "x"}), json!({"fields": ["must be a hash"]}))]
#[case(json!({"fields": {}}), json!({"title": ["must be filled"]}))]
#[case(json!({"fields": {"title": null}}), json!({"title": ["must be filled"]}))]
#[case(json!({"fields": {"title": " "}}), json!({"title": ["must be filled"]}))]
#[case(json!({"fields": {"title": 5}}), json!({"title": ["must be a string"]}))]
#[case(json!({"nested": {}}), json!({"nested": ["must be an array"]}))]
#[case(json!({"nested": "x"}), json!({"nested": ["must be an array"]}))]
#[case(json!({"nested": [null]}), json!({"nested": {"0": ["must be a hash"]}}))]
#[case(
    json!({"nested": [{"title": "A", "type": "c"}, {"type": "c"}]}),
    json!({"nested": {"1": {"title": ["must be filled"], "identity": ["is missing"]}}})
)]
#[case(
    json!({"nested": [{"identity": "c", "type": "category", "fields": {"title": "C",
        "ancestors": [{"title": "A", "url": "/a"}, {"identity": "b", "type": "category"}]}}]}),
    json!({"nested": {"0": {"ancestors": {"1": {"title": ["must be filled"]}}}}})
)]
#[case(
    json!({"fields": {"title": "A", "availability_rank": 16}}),
    json!({"availability_rank": ["must be between 1 and 15"]})
)]
fn a_broken_rule_has_its_words(#[case] changes: Value, #[case] expected: Value) {
    assert_eq!(cause::<Object>(&product(&changes)), expected);
}

#[test]
fn everything_wrong_with_an_object_is_told_at_once() {
    let found = cause::<Object>(&json!({
        "type": "a b", "active_to": "x", "generation": [],
        "fields": {"title": "", "availability_rank": 0}, "nested": [5],
    }));
    assert_eq!(
        found,
        json!({
            "identity": ["is missing"],
            "type": ["must be a valid type name"],
            "generation": ["must be a string"],
            "active_to": ["must be a date time"],
            "nested": {"0": ["must be a hash"]},
            "title": ["must be filled"],
            "availability_rank": ["must be between 1 and 15"],
        })
    );
}

#[test]
fn no_object_has_more_than_a_thousand_attributes() {
    let with = |count: usize| {
        let mut fields = json!({"title": "A"});
        for n in 1..count {
            fields[format!("f{n}")] = n.into();
        }
        json!({"fields": fields})
    };
    let _: Object = one(&product(&with(1000)));
    let words = json!({"fields": ["must have at most 1000 attributes"]});
    assert_eq!(cause::<Object>(&product(&with(1001))), words);
    assert_eq!(cause::<ObjectPatch>(&product(&with(1001))), words);
}

#[test]
fn objects_are_named_by_identity_or_else_by_their_position_from_zero() {
    let found = errors::<Object>(&json!({"objects": [
        5, {"type": "item"}, {"identity": "a"}, {"url": "/b"}, {"identity": " "}, [], null,
        {"identity": 7},
    ]}));
    let keys: Vec<_> = found.as_object().expect("a map").keys().collect();
    assert_eq!(
        keys,
        [
            "object #0",
            "object #1",
            "a",
            "/b",
            "object #4",
            "object #5",
            "object #6",
            "7"
        ]
    );
    assert_eq!(
        found["object #0"]["caused_by"],
        json!({"object": ["must be a hash"]})
    );
}

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
#[case(json!({"identity": "a", "active_from": {}}), json!({"active_from": ["must be a date time"]}))]
#[case(json!({"identity": "a", "nested": [[]]}), json!({"nested": {"0": ["must be a hash"]}}))]
fn a_patch_breaks_rules_in_the_same_words(#[case] object: Value, #[case] expected: Value) {
    assert_eq!(cause::<ObjectPatch>(&object), expected);
}

#[test]
fn patches_of_one_identity_are_all_refused() {
    let body = json!({"objects": [
        {"identity": "a", "fields": {"x": 1}},
        {"identity": "b"},
        {"identity": 7},
        {"url": "a"},
        {"identity": "7", "fields": 5},
    ]});
    let (accepted, pending) = read::<ObjectPatch>(&body).without_repeated().split();
    let accepted: Vec<_> = accepted
        .iter()
        .map(|patch| patch.identity.as_str())
        .collect();
    assert_eq!(accepted, ["b"]);

    let report = Report::new(pending, vec![Outcome::Applied]);
    let report = serde_json::to_value(&report).expect("a report is JSON");
    assert_eq!(report["ok_count"], 1);
    assert_eq!(report["errors_count"], 4);
    let entry = json!({
        "type": "malformed_input",
        "reason": "incorrect object format",
        "caused_by": {"identity": ["must be unique within the request"]},
    });
    assert_eq!(report["errors"], json!({"a": entry, "7": entry}));
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

#[rstest]
#[case(r#"{"objects":[]}"#)]
#[case(r#"{"objects":5,"objects":[]}"#)]
#[case(r#" {"version":{"a":[1]},"objects":[],"more":null} "#)]
fn an_empty_list_is_a_request_for_nothing(#[case] body: &str) {
    let batch = Batch::<Object>::read(body.as_bytes(), 0).expect("a well-formed request");
    let (elements, pending) = batch.split();
    assert!(elements.is_empty() && pending.refused.is_empty());
}

#[test]
fn of_a_key_sent_twice_the_last_counts() {
    let body = r#"{"objects":[1],"objects":[
        {"identity":"a","identity":"b","type":"x","fields":5,"fields":{"title":"A","title":"B"}}]}"#;
    let batch = Batch::<Object>::read(body.as_bytes(), 2).expect("a well-formed request");
    assert!(batch.refused.is_empty());
    assert_eq!(batch.accepted[0].identity.as_str(), "b");
    assert_eq!(batch.accepted[0].fields.get("title"), Some(&"B".into()));
}

#[rstest]
#[case("{}", Rule::Missing)]
#[case("[]", Rule::Missing)]
#[case("null", Rule::Missing)]
#[case(r#""objects""#, Rule::Missing)]
#[case(r#"[{"objects":[]}]"#, Rule::Missing)]
#[case(r#"{"objects":null}"#, Rule::Missing)]
#[case(r#"{"objects":{"a":[1]}}"#, Rule::NotList)]
#[case(r#"{"objects":5}"#, Rule::NotList)]
#[case(r#"{"objects":[],"objects":"x"}"#, Rule::NotList)]
fn a_request_without_a_list_of_objects_is_refused(#[case] body: &str, #[case] rule: Rule) {
    let refused = Batch::<Object>::read(body.as_bytes(), ELEMENTS_MAX);
    assert!(matches!(refused, Err(BatchError::Objects(broken)) if broken == rule));
}

#[rstest]
#[case::empty("")]
#[case::cut_off(r#"{"objects":[{"identity":"a""#)]
#[case::trailing(r#"{"objects":[]}{}"#)]
#[case::comma(r#"{"objects":[1,]}"#)]
#[case::surrogate_in_an_element(r#"{"objects":[{"fields":{"a":"\ud800"}}]}"#)]
#[case::surrogate_in_an_ignored_key(r#"{"objects":[{"enabled":"\ud800"}]}"#)]
#[case::surrogate_in_a_wrong_shape(r#"{"objects":[{"fields":["\udfff"]}]}"#)]
#[case::surrogate_beside_objects(r#"{"x":"\ud800","objects":[]}"#)]
#[case::surrogate_in_a_key(r#"{"objects":[{"\ud800":1}]}"#)]
#[case::surrogate_overridden(r#"{"objects":["\ud800"],"objects":[]}"#)]
#[case::huge_number(r#"{"objects":[{"fields":{"price":1e999}}]}"#)]
#[case::huge_number_as_element(r#"{"objects":[1e999]}"#)]
#[case::control_character("{\"objects\":[\"\n\"]}")]
fn broken_json_anywhere_refuses_the_whole_request(#[case] body: &str) {
    let refused = Batch::<Object>::read(body.as_bytes(), ELEMENTS_MAX);
    assert!(matches!(refused, Err(BatchError::Syntax(_))), "{refused:?}");
}

#[test]
fn bytes_that_are_no_utf8_are_broken_json() {
    for body in [
        &b"{\"objects\":[{\"identity\":\"\xff\"}]}"[..],
        b"{\"objects\":[{\"\xc3\x28\":1}]}",
    ] {
        let refused = Batch::<Object>::read(body, ELEMENTS_MAX);
        assert!(matches!(refused, Err(BatchError::Syntax(_))));
    }
}

#[test]
fn sixty_four_levels_are_read_and_more_are_refused() {
    let nested = |levels: usize| {
        // The body, its list and its object are three levels, `fields` the fourth.
        let value = format!("{}{}", "[".repeat(levels - 4), "]".repeat(levels - 4));
        format!(
            r#"{{"objects":[{{"identity":"a","type":"b","fields":{{"title":"c","d":{value}}}}}]}}"#
        )
    };
    assert!(Batch::<Object>::read(nested(64).as_bytes(), 1).is_ok());
    for levels in [65, 200, 10_000] {
        let refused = Batch::<Object>::read(nested(levels).as_bytes(), 1);
        assert!(matches!(refused, Err(BatchError::TooDeep)));
    }
}

#[test]
fn more_objects_than_allowed_refuse_the_request() {
    let body = json!({"objects": [1, {}, 3]}).to_string();
    assert!(Batch::<ObjectPatch>::read(body.as_bytes(), 3).is_ok());
    let refused = Batch::<ObjectPatch>::read(body.as_bytes(), 2);
    assert!(matches!(
        refused,
        Err(BatchError::TooManyObjects { max: 2 })
    ));
}

#[test]
fn a_body_full_of_tiny_values_is_refused() {
    let ones = vec!["1"; VALUES_MAX].join(",");
    for body in [
        format!(r#"{{"objects":[{{"fields":{{"a":[{ones}]}}}}]}}"#),
        format!(r#"{{"x":[{ones}],"objects":[]}}"#),
    ] {
        let refused = Batch::<Object>::read(body.as_bytes(), ELEMENTS_MAX);
        assert!(matches!(refused, Err(BatchError::TooManyValues { .. })));
    }
}

#[test]
fn what_is_told_of_one_object_is_bounded() {
    let nested = vec![1; 10_000];
    let found = cause::<Object>(&product(&json!({"nested": nested})));
    assert_eq!(
        found["nested"].as_object().map(serde_json::Map::len),
        Some(100)
    );
}

/// Any JSON, with keys that mean something likelier than chance would have it.
fn any_json() -> impl Strategy<Value = Value> {
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

fn accounts_for_every_element<T: Element>(elements: &[Value]) -> Result<(), TestCaseError> {
    let body = json!({"objects": elements}).to_string();
    let batch = Batch::<T>::read(body.as_bytes(), ELEMENTS_MAX);
    let (accepted, pending) = batch.expect("generated JSON is well-formed").split();
    prop_assert_eq!(accepted.len() + pending.refused.len(), elements.len());
    prop_assert_eq!(accepted.len(), pending.handed_on.len());

    let applied = accepted.len();
    let report = Report::new(pending, vec![Outcome::Applied; applied]);
    let report = serde_json::to_value(&report).expect("a report is JSON");
    prop_assert_eq!(&report["ok_count"], applied);
    prop_assert_eq!(&report["errors_count"], elements.len() - applied);
    for entry in report["errors"].as_object().expect("a map").values() {
        let causes = entry["caused_by"].as_object().expect("a map");
        prop_assert!(!causes.is_empty(), "no reason given");
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_element_ends_up_accepted_or_with_an_entry(
        elements in prop::collection::vec(any_json(), 0..6),
    ) {
        accounts_for_every_element::<Object>(&elements)?;
        accounts_for_every_element::<ObjectPatch>(&elements)?;
        accounts_for_every_element::<ObjectKey>(&elements)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Batch::<Object>::read(&body, ELEMENTS_MAX);
    }

    #[test]
    fn a_damaged_body_is_read_or_refused(
        elements in prop::collection::vec(any_json(), 0..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = json!({"objects": elements}).to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = Batch::<Object>::read(&body, ELEMENTS_MAX);
        body.truncate(at);
        prop_assert!(Batch::<Object>::read(&body, ELEMENTS_MAX).is_err());
    }
}
