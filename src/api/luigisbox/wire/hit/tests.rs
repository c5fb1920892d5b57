//! The shape of hits, from whole objects.

use serde_json::{Value, json};

use super::*;
use crate::domain::{
    ActivePeriod, FieldValue, Fields, FoundObject, Identity, NestedObject, Object, ObjectParts,
    ObjectType,
};

const UPDATED: Timestamp = Timestamp::from_millis(1_790_968_272_000);

fn fields<const N: usize>(entries: [(&str, FieldValue); N]) -> Fields {
    Fields::from_iter(entries)
}

fn nested(identity: &str, object_type: &str, title: &str) -> NestedObject {
    NestedObject {
        identity: Identity::new(identity).expect("an identity"),
        object_type: ObjectType::new(object_type).expect("a type"),
        legacy_url: None,
        is_mention: false,
        fields: fields([("title", title.into()), ("web_url", "/x".into())]),
        nested: Vec::new(),
    }
}

fn sock() -> ObjectParts {
    ObjectParts {
        identity: Identity::new("sku-1").expect("an identity"),
        object_type: ObjectType::new("item").expect("a type"),
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields: fields([
            ("title", "Wool socks".into()),
            ("web_url", "/p/1".into()),
            ("price", "2.90 EUR".into()),
            ("_margin", "0.2".into()),
        ]),
        nested: Vec::new(),
    }
}

fn written(parts: ObjectParts, trim: &Trim) -> Value {
    let hits = [Hit {
        highlights: Vec::new(),
        object: FoundObject::new(Object::from_store(parts).into()),
        updated_at: UPDATED,
        exact: true,
        score: None,
        explanation: None,
    }];
    let form = HitForm {
        is_listed: false,
        attributes: AttributesForm::default(),
        trim,
    };
    let mut hits = serde_json::to_value(Hits::new(&hits, form)).expect("string keys");
    hits[0].take()
}

fn names(object: &Value) -> Vec<&str> {
    let map = object.as_object().expect("an object");
    map.keys().map(String::as_str).collect()
}

#[test]
fn a_hit_has_the_documented_shape() {
    let hit = written(sock(), &Trim::default());
    assert_eq!(
        names(&hit),
        [
            "url",
            "identity_hash",
            "attributes",
            "nested",
            "type",
            "highlight",
            "exact",
            "alternative",
            "updated_at"
        ]
    );
    assert_eq!(hit["url"], "sku-1");
    assert_eq!(hit["identity_hash"], Value::Null);
    assert_eq!(hit["type"], "item");
    assert_eq!(hit["nested"], json!([]));
    assert_eq!(hit["highlight"], json!({}));
    assert_eq!(hit["exact"], true);
    assert_eq!(hit["alternative"], false);
    assert_eq!(hit["updated_at"], "2026-10-02T19:11:12+00:00");
    let attributes = &hit["attributes"];
    assert_eq!(attributes["web_url"], json!(["/p/1"]));
    assert_eq!(attributes["price_amount"], json!(2.9));
    assert_eq!(attributes["boost"], json!(0));
    assert_eq!(attributes["boosted_via"], json!([]));
    assert_eq!(attributes["original_url"], "sku-1");
    assert_eq!(attributes.get("_margin"), None);
}

#[test]
fn the_older_url_of_an_object_is_told_beside_its_identity() {
    let hit = written(
        ObjectParts {
            legacy_url: Some("/p/old".to_owned()),
            ..sock()
        },
        &Trim::default(),
    );
    assert_eq!(hit["url"], "sku-1");
    assert_eq!(hit["attributes"]["original_url"], "/p/old");
}

#[test]
fn nested_objects_have_the_shape_of_hits_at_every_level() {
    let category = NestedObject {
        nested: vec![nested("inner", "brand", "Inner")],
        ..nested("cat-socks", "category", "Socks")
    };
    let hit = written(
        ObjectParts {
            nested: vec![category, nested("b", "brand", "B")],
            ..sock()
        },
        &Trim::default(),
    );
    let entry = |url: &str, object_type: &str, title: &str, nested: Value| {
        json!({
            "url": url, "identity_hash": null,
            "attributes": {"title": title, "web_url": ["/x"], "boost": 0, "boosted_via": [], "original_url": url},
            "nested": nested, "type": object_type, "highlight": {}, "exact": true, "alternative": false,
            "updated_at": "2026-10-02T19:11:12+00:00"
        })
    };
    let inner = entry("inner", "brand", "Inner", json!([]));
    assert_eq!(
        hit["nested"],
        json!([
            entry("cat-socks", "category", "Socks", json!([inner])),
            entry("b", "brand", "B", json!([]))
        ])
    );
}

#[test]
fn ancestors_are_returned_as_sent() {
    let ancestor = Fields::from_iter([
        ("url", FieldValue::from("cat-wear")),
        ("title", "Wear".into()),
    ]);
    let mut category = nested("cat-socks", "category", "Socks");
    let ancestors = FieldValue::List(vec![FieldValue::Map(ancestor)]);
    category.fields.insert("ancestors", ancestors);
    let hit = written(
        ObjectParts {
            nested: vec![category],
            ..sock()
        },
        &Trim::default(),
    );
    assert_eq!(
        hit["nested"][0]["attributes"]["ancestors"],
        json!([{"url": "cat-wear", "title": "Wear"}])
    );
}

#[test]
fn listing_fields_trims_hits_and_what_is_nested_in_them() {
    let parts = ObjectParts {
        nested: vec![nested("b", "brand", "B")],
        ..sock()
    };
    let hit = written(parts.clone(), &Trim::read(Some("price"), None));
    assert_eq!(
        hit["attributes"],
        json!({"title": "Wool socks", "price": "2.90 EUR"})
    );
    assert_eq!(hit["nested"], json!([]));
    assert_eq!(hit.get("updated_at"), None);

    let hit = written(parts, &Trim::read(Some("price,nested"), None));
    assert_eq!(hit["nested"][0]["attributes"], json!({"title": "B"}));
    assert_eq!(hit["nested"][0].get("updated_at"), None);
}

#[test]
fn removed_fields_are_left_out_and_the_date_of_change_is_not() {
    let parts = ObjectParts {
        nested: vec![nested("b", "brand", "B")],
        ..sock()
    };
    let hit = written(
        parts.clone(),
        &Trim::read(None, Some("web_url,boosted_via")),
    );
    assert_eq!(hit["attributes"].get("web_url"), None);
    assert_eq!(
        names(&hit["nested"][0]["attributes"]),
        ["title", "boost", "original_url"]
    );
    assert!(hit["updated_at"].is_string());

    let hit = written(parts, &Trim::read(None, Some("nested")));
    assert_eq!(hit["nested"], json!([]));
}
