//! What becomes of nested objects and ancestors (docs/reference/02-content.md §4).

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::domain::testing::{category, fields, identity, json, object, parts};
use crate::domain::time::Timestamp;

fn extracted(nested: &[Value]) -> Vec<Object> {
    objects(&object(&json!({"title": "T"}), nested))
}

fn objects(parent: &Object) -> Vec<Object> {
    extract(parent)
        .into_iter()
        .map(|part| part.object)
        .collect()
}

fn identities(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(|o| o.identity.as_str()).collect()
}

#[test]
fn ancestors_come_from_the_top_and_before_their_object() {
    let brand = json!({"identity": "b", "type": "brand", "title": "B"});
    let objects = extracted(&[category(&["A", "B", "C"]), brand, category(&["D"])]);
    assert_eq!(identities(&objects), ["c-A", "c-B", "c-C", "b", "c-D"]);
}

#[test]
fn an_ancestor_gets_the_entries_before_it_as_sent() {
    let ancestors = json!([
        {"title": "A", "url": "/a"},
        {"identity": "b", "type": "section", "fields": {"title": "B", "image_link": "b.png"}},
        {"identity": "c", "title": "C"},
    ]);
    let leaf = json!({"identity": "d", "type": "category", "title": "D", "ancestors": ancestors});
    let objects = extracted(&[leaf]);
    assert_eq!(identities(&objects), ["/a", "b", "c", "d"]);
    let types: Vec<&str> = objects.iter().map(|o| o.object_type.as_str()).collect();
    assert_eq!(types, ["category", "section", "category", "category"]);
    assert_eq!(
        objects[0].fields,
        fields(&json!({"title": "A", "web_url": "/a", "ancestors": []}))
    );
    assert_eq!(objects[0].legacy_url.as_deref(), Some("/a"));
    assert_eq!(
        objects[1].fields,
        fields(&json!({"title": "B", "image_link": "b.png", "ancestors": [ancestors[0]]}))
    );
    assert_eq!(
        objects[2].fields,
        fields(&json!({"title": "C", "ancestors": [ancestors[0], ancestors[1]]}))
    );
    assert_eq!(
        objects[3].fields,
        fields(&json!({"title": "D", "ancestors": ancestors}))
    );
}

#[test]
fn ancestors_an_ancestor_carries_itself_win() {
    let own = json!([{"title": "Own", "url": "/own"}]);
    let leaf = json!({"identity": "d", "type": "category", "title": "D", "ancestors": [
        {"identity": "a", "title": "A"},
        {"identity": "b", "title": "B", "ancestors": own},
    ]});
    let objects = extracted(&[leaf]);
    assert_eq!(identities(&objects), ["a", "b", "d"]);
    assert_eq!(
        objects[1].fields.get("ancestors"),
        fields(&json!({ "a": own })).get("a")
    );
}

#[test]
fn the_same_category_without_identity_is_one_object_as_leaf_and_as_ancestor() {
    let leaf = json!({"type": "category", "title": "Men", "ancestors": [{"title": "Wear"}]});
    let below = json!({"type": "category", "title": "Socks",
        "ancestors": [{"title": "Wear"}, {"title": "Men"}]});
    let objects = extracted(&[leaf, below]);
    assert_eq!(
        identities(&objects),
        [
            "category:wear",
            "category:wear/men",
            "category:wear",
            "category:wear/men",
            "category:wear/men/socks"
        ]
    );
    assert_eq!(objects[1].fields, objects[3].fields);
}

#[test]
fn a_top_category_is_the_same_object_as_leaf_and_as_ancestor() {
    let objects = extracted(&[category(&["A"]), category(&["A", "B"])]);
    assert_eq!(identities(&objects), ["c-A", "c-A", "c-B"]);
    assert_eq!(objects[0].fields, objects[1].fields);
}

#[test]
fn the_generation_is_inherited_and_the_schedule_is_not() {
    let mut parent = parts(&json!({"title": "T"}), &[category(&["A", "B"])]);
    parent.active.to = Timestamp::parse("2024-01-01");
    let parent = Object::new(parent).expect("valid");
    let objects = self::objects(&parent);
    assert_eq!(objects.len(), 2);
    for object in objects {
        assert_eq!(object.generation, parent.generation);
        assert_eq!(object.schedule(), ActivePeriod::default());
    }
}

#[test]
fn only_variants_remember_their_master() {
    let entry = |of_type: &str| json!({"identity": of_type, "type": of_type, "title": "T"});
    let objects = extracted(&["variant", "member", "category", "brand"].map(entry));
    let masters: Vec<bool> = objects.iter().map(|o| o.master.is_some()).collect();
    assert_eq!(masters, [true, true, false, false]);
    assert_eq!(objects[0].master, Some(identity("p")));
}

#[test]
fn what_is_nested_in_a_nested_object_stays_inside() {
    let variant = json!({"identity": "v", "type": "variant", "title": "V",
        "nested": [category(&["A"])]});
    let objects = extracted(&[variant]);
    assert_eq!(identities(&objects), ["v"]);
    assert_eq!(objects[0].nested.len(), 1);
}

proptest! {
    #[test]
    fn every_nested_object_and_every_ancestor_is_extracted_once_and_valid(
        paths in vec(vec("[a-z]{1,5}", 1..6), 0..6)
    ) {
        let entries: Vec<Value> = paths
            .iter()
            .map(|path| category(&path.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let objects = extracted(&entries);
        prop_assert_eq!(objects.len(), paths.iter().map(Vec::len).sum::<usize>());
        let titles = paths.iter().flatten();
        for (object, title) in objects.into_iter().zip(titles) {
            prop_assert_eq!(object.fields.get("title"), Some(&title.as_str().into()));
            let again = Object::new(object.clone().into_parts());
            prop_assert_eq!(again.ok(), Some(object));
        }
    }
}

#[test]
fn what_says_no_more_than_a_title_is_a_mention() {
    let mentions = |entry: Value| {
        let parts = extract(&object(&json!({"title": "T"}), &[entry]));
        parts.iter().map(|part| part.is_mention).collect::<Vec<_>>()
    };
    assert_eq!(
        mentions(json!({"identity": "c", "type": "category", "title": "C"})),
        [true]
    );
    assert_eq!(
        mentions(json!({"url": "/c", "type": "category", "title": "C"})),
        [true]
    );
    assert_eq!(
        mentions(json!({"type": "category", "title": "C", "enabled": true})),
        [true]
    );
    assert_eq!(
        mentions(json!({"identity": "c", "type": "category", "fields": {"title": "C"}})),
        [false]
    );
    assert_eq!(
        mentions(json!({"identity": "c", "type": "category", "title": "C", "web_url": "/c"})),
        [false]
    );
    let ancestors = json!([
        {"identity": "a", "title": "A"},
        {"identity": "b", "type": "category", "fields": {"title": "B"}},
    ]);
    assert_eq!(
        mentions(
            json!({"identity": "c", "type": "category", "title": "C", "ancestors": ancestors})
        ),
        [true, false, false]
    );
}
