//! The forms of nested objects and ancestors, each row of docs/reference/02-content.md §4, and what is refused.

use rstest::rstest;
use serde_json::Value;

use crate::domain::testing::{fields, json, lines, nested};

fn refused(entry: &Value) -> Vec<String> {
    lines(&nested(entry).expect_err("a problem"))
}

#[rstest]
#[case::new(json!({"identity": "c", "type": "category",
    "fields": {"title": "Socks", "web_url": "/c"}}))]
#[case::without_fields(json!({"identity": "c", "type": "category",
    "title": "Socks", "web_url": "/c"}))]
#[case::mixed(json!({"identity": "c", "type": "category", "title": "Socks",
    "fields": {"web_url": "/c"}}))]
#[case::inside_wins(json!({"identity": "c", "type": "category", "title": "Shoes",
    "fields": {"title": "Socks", "web_url": "/c"}}))]
#[case::other_keys(json!({"identity": "c", "type": "category", "title": "Socks", "web_url": "/c",
    "generation": "x", "active_from": "x", "active_to": "x", "autocomplete_type": "x",
    "enabled": false}))]
fn forms_with_an_identity_are_one_object(#[case] entry: Value) {
    let object = nested(&entry).expect("valid");
    assert_eq!(object.identity.as_str(), "c");
    assert_eq!(object.object_type.as_str(), "category");
    assert_eq!(object.title(), "Socks");
    assert_eq!(
        object.fields,
        fields(&json!({"title": "Socks", "web_url": "/c"}))
    );
    assert_eq!(object.legacy_url, None);
}

#[rstest]
#[case::flat(json!({"title": "Socks", "type": "category", "url": "/c/socks"}))]
#[case::with_fields(json!({"url": "/c/socks", "type": "category", "fields": {"title": "Socks"}}))]
fn a_legacy_url_is_the_identity_and_the_link(#[case] entry: Value) {
    let object = nested(&entry).expect("valid");
    assert_eq!(object.identity.as_str(), "/c/socks");
    assert_eq!(object.legacy_url.as_deref(), Some("/c/socks"));
    assert_eq!(
        object.fields,
        fields(&json!({"title": "Socks", "web_url": "/c/socks"}))
    );
}

#[test]
fn a_legacy_url_is_no_link_unless_it_looks_like_one_and_none_was_sent() {
    let link = |url: &str, web_url: Value| {
        let entry = json!({"title": "S", "type": "category", "url": url, "web_url": web_url});
        let object = nested(&entry).expect("valid");
        object.fields.get("web_url").cloned()
    };
    assert_eq!(
        link("HTTPS://a.b/c", Value::Null),
        Some("HTTPS://a.b/c".into())
    );
    assert_eq!(link("http://a.b/c", json!("/sent")), Some("/sent".into()));
    assert_eq!(link("cat-12", Value::Null), None);
    assert_eq!(link("httpé", Value::Null), None);
}

#[test]
fn an_identity_wins_over_a_legacy_url() {
    let entry = json!({"identity": "c", "url": "/c", "type": "category", "title": "S"});
    let object = nested(&entry).expect("valid");
    assert_eq!(object.identity.as_str(), "c");
    assert_eq!(object.legacy_url.as_deref(), Some("/c"));
}

#[test]
fn names_of_the_structure_are_attributes_inside_fields() {
    let inside = json!({"title": "S", "url": "/old", "type": "x", "nested": 1, "enabled": true});
    let entry = json!({"identity": "c", "type": "category", "fields": inside});
    assert_eq!(nested(&entry).expect("valid").fields, fields(&inside));
}

#[test]
fn an_integer_identity_is_its_decimal_text() {
    for (sent, kept) in [
        (json!(827_827), "827827"),
        (json!(u64::MAX), "18446744073709551615"),
    ] {
        let entry = json!({"identity": sent, "type": "category", "title": "S"});
        assert_eq!(nested(&entry).expect("valid").identity.as_str(), kept);
    }
}

#[test]
fn without_identity_and_url_the_path_of_titles_names_it() {
    let identity = |entry: Value| nested(&entry).expect("valid").identity.to_string();
    assert_eq!(
        identity(json!({"title": "Big Socks", "type": "brand"})),
        "brand:big socks"
    );
    assert_eq!(
        identity(json!({"type": "category", "title": "Socks", "ancestors": [
            {"title": "Wear"}, {"fields": {"title": "MEN"}, "url": "/m"}
        ]})),
        "category:wear/men/socks"
    );
    assert_eq!(
        identity(json!({"title": "A\nB", "type": "brand"})),
        "brand:a b"
    );
}

#[test]
fn ancestors_stay_exactly_as_sent_wherever_they_stood() {
    let ancestors = json!([
        {"identity": "a", "type": "category", "fields": {"title": "A"}},
        {"title": "B", "type": "category", "url": "/b"},
        {"fields": {"title": "C", "image_link": "c.png"}, "type": "category", "url": "/c"},
        {"title": "D", "url": "/d"},
    ]);
    for entry in [
        json!({"identity": "x", "type": "category", "fields": {"title": "X", "ancestors": ancestors}}),
        json!({"identity": "x", "type": "category", "title": "X", "ancestors": ancestors}),
    ] {
        let object = nested(&entry).expect("valid");
        assert_eq!(
            object.fields.get("ancestors"),
            fields(&json!({ "a": ancestors })).get("a")
        );
        assert_eq!(object.ancestor_titles(), ["A", "B", "C", "D"]);
    }
}

#[test]
fn nested_inside_nested_is_read_the_same_way_and_kept() {
    let entry = json!({"identity": "v", "type": "variant", "title": "V",
        "nested": [{"title": "Socks", "type": "category", "url": "/c"}]});
    let inner = nested(&entry).expect("valid").nested;
    assert_eq!(inner.len(), 1);
    assert_eq!(inner[0].identity.as_str(), "/c");
}

#[test]
fn availability_is_corrected_in_the_copy_too() {
    let entry = json!({"identity": "v", "type": "variant", "title": "V",
        "availability": "1", "availability_rank": 15});
    let object = nested(&entry).expect("valid");
    assert_eq!(
        object.fields,
        fields(&json!({"title": "V", "availability": 0, "availability_rank": 15}))
    );
}

#[rstest]
#[case(json!({}), &["title: Blank", "type: Missing"])]
#[case(json!({"type": "category"}), &["identity: Missing", "title: Blank"])]
#[case(json!({"type": "category", "title": ""}), &["title: Blank"])]
#[case(json!({"identity": "c", "type": "category"}), &["title: Blank"])]
#[case(json!({"identity": "c", "title": "S"}), &["type: Missing"])]
#[case(json!({"identity": "c", "title": "S", "type": ""}), &["type: Blank"])]
#[case(json!({"identity": "c", "title": "S", "type": 5}), &["type: NotText"])]
#[case(json!({"identity": "c", "title": "S", "type": "a b"}), &["type: NotTypeName"])]
#[case(json!({"identity": " ", "title": "S", "type": "t"}), &["identity: Blank"])]
#[case(json!({"identity": 1.5, "title": "S", "type": "t"}), &["identity: NotText"])]
#[case(json!({"identity": "a\nb", "title": "S", "type": "t"}), &["identity: ControlCharacters"])]
#[case(json!({"url": "", "title": "S", "type": "t"}), &["url: Blank"])]
#[case(json!({"url": ["/c"], "title": "S", "type": "t"}), &["url: NotText"])]
#[case(json!({"identity": "c", "title": "S", "type": "t", "fields": []}), &["fields: NotMap"])]
#[case(json!({"identity": "c", "title": "S", "type": "t", "nested": {}}), &["nested: NotList"])]
#[case(json!({"identity": "c", "title": "S", "type": "t", "nested": [5]}), &["nested.0: NotMap"])]
#[case(json!({"identity": "c", "title": "S", "type": "t", "nested": [{"type": "t", "url": "u"}]}),
    &["nested.0.title: Blank"])]
#[case(json!({"identity": "c", "type": "t", "fields": {"title": "S", "availability_rank": 0}}),
    &["availability_rank: NotBetween { min: 1, max: 15 }"])]
#[case(json!({"identity": "c", "type": "t", "fields": {"title": "S", "active_from": "x"}}),
    &["active_from: NotDateTime"])]
fn what_breaks_a_rule_is_refused_with_its_place(#[case] entry: Value, #[case] problems: &[&str]) {
    let mut found = refused(&entry);
    found.sort();
    assert_eq!(found, problems);
}

#[rstest]
#[case(json!("Wear"), &["ancestors: NotList"])]
#[case(json!([5]), &["ancestors.0: NotMap"])]
#[case(json!([{"title": "A"}, {"url": "/b", "title": ""}]), &["ancestors.1.title: Blank"])]
#[case(json!([{"title": "A", "ancestors": [{"url": "/b"}]}]),
    &["ancestors.0.ancestors.0.title: Blank"])]
#[case(json!([{"title": "A", "nested": [{"title": "N"}]}]),
    &["ancestors.0.nested.0.type: Missing"])]
fn a_bad_ancestor_is_refused_with_its_place(#[case] ancestors: Value, #[case] problems: &[&str]) {
    let entry = json!({"identity": "c", "type": "category",
        "fields": {"title": "S", "ancestors": ancestors}});
    assert_eq!(refused(&entry), problems);
}

#[test]
fn a_list_of_ancestors_has_at_most_32_entries() {
    let entry = |count| {
        let ancestors = vec![json!({"title": "A"}); count];
        json!({"identity": "c", "type": "category", "title": "S", "ancestors": ancestors})
    };
    assert!(nested(&entry(32)).is_ok());
    assert_eq!(
        refused(&entry(33)),
        ["ancestors: TooManyEntries { max: 32 }"]
    );
}
