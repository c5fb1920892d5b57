//! What a request is refused for as a whole, and what its objects are called.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::domain::{Object, Outcome};

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
