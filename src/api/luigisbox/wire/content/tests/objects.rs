//! Whole objects: every spelling that is read, every rule with its words.

use rstest::rstest;
use serde_json::{Value, json};

use super::{cause, one, product};
use crate::domain::{FieldValue, Generation, Object, ObjectPatch, Timestamp};

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
    let generation = object.generation.as_ref().map(Generation::as_str);
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
        object.generation.as_ref().map(Generation::as_str),
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
#[case(json!({"active_to": "tomorrow"}), json!({"active_to": ["must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"]}))]
#[case(json!({"active_from": 5}), json!({"active_from": ["must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"]}))]
#[case(json!({"fields": null}), json!({"fields": ["is missing"]}))]
#[case(json!({"fields": []}), json!({"fields": ["must be a hash"]}))]
#[case(json!({"fields": "x"}), json!({"fields": ["must be a hash"]}))]
#[case(json!({"fields": {}}), json!({"title": ["must be filled"]}))]
#[case(json!({"fields": {"title": null}}), json!({"title": ["must be filled"]}))]
#[case(json!({"fields": {"title": " "}}), json!({"title": ["must be filled"]}))]
#[case(json!({"fields": {"title": true}}), json!({"title": ["must be a string"]}))]
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
            "active_to": ["must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"],
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
fn what_is_told_of_one_object_is_bounded() {
    let nested = vec![1; 10_000];
    let found = cause::<Object>(&product(&json!({"nested": nested})));
    assert_eq!(
        found["nested"].as_object().map(serde_json::Map::len),
        Some(100)
    );
}
