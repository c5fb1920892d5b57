//! Derived attributes in the schema: registered like sent ones, never a reason to refuse.

use super::*;
use crate::domain::testing::category;

fn admitted_whole(schema: &Schema, object: &Object) -> Admission {
    let admitted = schema.check(object, &derive(object), REFUSE);
    admitted.expect("fits")
}

#[test]
fn ancestors_are_no_attribute() {
    let schema = learned(&[json!({"ancestors": [{"title": "A", "web_url": "/a"}]})]);
    assert_eq!(kind_of(&schema, "ancestors.title"), None);
    assert_eq!(kind_of(&schema, "hierarchy"), Some(Text));
}

#[test]
fn derived_attributes_are_registered_except_those_for_output_only() {
    let object = titled(&json!({"price": "5 €"}), &[category(&["A", "B"])]);
    let schema = {
        let mut schema = Schema::default();
        for (name, kind) in admitted_whole(&schema, &object).new {
            schema.add(name, kind);
        }
        schema
    };
    for (name, kind) in [
        ("price_amount", Some(Numeric)),
        ("discount_price_proportion_amount", Some(Numeric)),
        ("category", Some(Text)),
        ("all_categories_path", Some(Text)),
        ("nested_category_url", Some(Text)),
        ("boost", Some(Numeric)),
        ("original_url", None),
        ("boosted_via", None),
    ] {
        assert_eq!(kind_of(&schema, name), kind, "{name}");
    }
    let paths = values(&schema, &object, "all_categories_path");
    assert_eq!(paths, [text("A"), text("A||B")]);
}

#[test]
fn derived_titles_are_text_even_when_they_look_like_dates() {
    let variant = json!({"identity": "2024-01-01", "type": "variant", "title": "2024-01-01",
        "released": "2024-01-01"});
    let object = titled(&json!({}), &[category(&["2024-01-01"]), variant]);
    let found = admitted_whole(&Schema::default(), &object).new;
    for (name, kind) in &found {
        let expected = match name.as_str() {
            "released" | "nested_variant_released" => Date,
            "boost" => Numeric,
            _ => Text,
        };
        assert_eq!(*kind, expected, "{name}");
    }
}

#[test]
fn a_derived_value_that_does_not_fit_is_a_text_and_nobody_is_told() {
    let mut schema = learned(&[json!({"category": 5})]);
    let object = titled(&json!({}), &[category(&["A"])]);
    for (name, kind) in admitted_whole(&schema, &object).new {
        schema.add(name, kind);
    }
    assert_eq!(kind_of(&schema, "category"), Some(Numeric));
    assert!(admitted_whole(&schema, &object).misfits.is_empty());
    assert_eq!(values(&schema, &object, "category"), [text("A")]);
    assert_eq!(values(&schema, &object, "all_categories"), [text("A")]);
}

#[test]
fn a_merged_brand_replaces_the_brand_sent() {
    let schema = learned(&[json!({"brand": "S"})]);
    let brand = json!({"identity": "n", "type": "brand", "title": "N"});
    let object = titled(&json!({"brand": "S"}), &[brand]);
    assert_eq!(values(&schema, &object, "brand"), [text("S"), text("N")]);
}

#[test]
fn a_sent_brand_is_checked_though_it_is_merged() {
    let schema = learned(&[json!({"brand": 5})]);
    let brand = json!({"identity": "n", "type": "brand", "title": "N"});
    let object = titled(&json!({"brand": "S"}), &[brand]);
    let found = schema.check(&object, &derive(&object), REFUSE);
    assert!(matches!(found, Err(SchemaError::Mismatch(_))));
}
