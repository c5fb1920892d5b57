//! What a criterion matches, attribute type by attribute type
//! (docs/reference/03-update-by-query-and-generations.md §1).

use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::domain::schema::{MisfitRule, Schema};
use crate::domain::testing::{any_object, category, fields, json, lines, object};
use crate::domain::value::FieldName;

/// A schema that knows attributes of every type.
fn schema() -> Schema {
    let mut schema = Schema::default();
    let types = [
        ("title", AttributeType::Text),
        ("color", AttributeType::Text),
        ("price_amount", AttributeType::Numeric),
        ("weight", AttributeType::Numeric),
        ("sold_out", AttributeType::Boolean),
        ("since", AttributeType::Date),
        ("geo_location", AttributeType::Geo),
        ("special.material", AttributeType::Text),
        ("special.sizes", AttributeType::Numeric),
        ("special.deep.er", AttributeType::Numeric),
        ("brand", AttributeType::Text),
        ("category", AttributeType::Text),
        ("type", AttributeType::Text),
    ];
    for (name, kind) in types {
        schema.add(FieldName::new(name), kind);
    }
    schema
}

fn matches(criteria: &Value, attributes: &Value) -> bool {
    let mut attributes = attributes.clone();
    attributes["title"] = json!("T");
    is_match(criteria, &object(&attributes, &[]))
}

fn is_match(criteria: &Value, object: &Object) -> bool {
    let criteria = Criteria::new(fields(criteria)).expect("asks for something");
    let schema = schema();
    criteria
        .read(&schema)
        .is_some_and(|matcher| matcher.matches(object))
}

#[rstest]
// Whole value or one element, case-sensitive.
#[case(json!({"color": "olive"}), json!({"color": "olive"}), true)]
#[case(json!({"color": "olive"}), json!({"color": ["olive", "red"]}), true)]
#[case(json!({"color": "olive"}), json!({"color": "Olive"}), false)]
#[case(json!({"color": "olive"}), json!({"color": "olive green"}), false)]
#[case(json!({"color": "olive"}), json!({"color": ["red"]}), false)]
#[case(json!({"color": "olive"}), json!({}), false)]
#[case(json!({"color": ""}), json!({"color": ""}), false)]
// Several criteria and several values: all of them.
#[case(json!({"color": "olive", "weight": 5}), json!({"color": "olive", "weight": 5}), true)]
#[case(json!({"color": "olive", "weight": 5}), json!({"color": "olive", "weight": 6}), false)]
#[case(json!({"color": ["red", "olive"]}), json!({"color": ["olive", "blue", "red"]}), true)]
#[case(json!({"color": ["red", "olive"]}), json!({"color": "red"}), false)]
#[case(json!({"color": ["red", "red"]}), json!({"color": "red"}), true)]
// Numbers by value; a text is no number, whatever it spells.
#[case(json!({"weight": 70.5}), json!({"weight": 70.5}), true)]
#[case(json!({"weight": 70}), json!({"weight": 70.0}), true)]
#[case(json!({"weight": 70.5}), json!({"weight": "70.5"}), true)]
#[case(json!({"weight": "70.5"}), json!({"weight": 70.5}), false)]
#[case(json!({"weight": "70.5"}), json!({"weight": "70.5"}), false)]
#[case(json!({"weight": true}), json!({"weight": 1}), false)]
// Booleans.
#[case(json!({"sold_out": true}), json!({"sold_out": true}), true)]
#[case(json!({"sold_out": false}), json!({"sold_out": "false"}), true)]
#[case(json!({"sold_out": "true"}), json!({"sold_out": true}), false)]
// Dates as instants.
#[case(json!({"since": "2024-01-02"}), json!({"since": "2024-01-02T01:00:00+01:00"}), true)]
#[case(json!({"since": "2024-01-02"}), json!({"since": "2024-01-03"}), false)]
#[case(json!({"since": "soon"}), json!({"since": "2024-01-03"}), false)]
// Text by its text; a number is not read as one.
#[case(json!({"color": "42"}), json!({"color": 42}), true)]
#[case(json!({"color": 42}), json!({"color": 42.0}), true)]
#[case(json!({"color": 42}), json!({"color": "42"}), false)]
#[case(json!({"color": true}), json!({"color": ["red", true]}), true)]
// What was kept although it does not fit, by its text; a number or boolean by itself, too.
#[case(json!({"weight": "57 CFM"}), json!({"weight": "57 CFM"}), true)]
#[case(json!({"weight": "57 CFM"}), json!({"weight": [57, "57 CFM"]}), true)]
#[case(json!({"weight": "57"}), json!({"weight": "57 CFM"}), false)]
#[case(json!({"weight": 57}), json!({"weight": "57 CFM"}), false)]
#[case(json!({"weight": true}), json!({"weight": true}), true)]
#[case(json!({"weight": "true"}), json!({"weight": true}), true)]
#[case(json!({"sold_out": 1}), json!({"sold_out": 1.0}), true)]
#[case(json!({"sold_out": "1"}), json!({"sold_out": 1}), true)]
#[case(json!({"sold_out": 1}), json!({"sold_out": true}), false)]
#[case(json!({"since": "soon"}), json!({"since": "soon"}), true)]
#[case(json!({"since": 2024}), json!({"since": 2024}), true)]
#[case(json!({"since": ""}), json!({"since": ""}), false)]
// Objects by their inner keys, points as points.
#[case(json!({"special": {"material": "wool"}}), json!({"special": {"material": ["wool"], "x": 1}}), true)]
#[case(json!({"special.material": "wool"}), json!({"special": {"material": "wool"}}), true)]
#[case(json!({"special": {"material": "silk"}}), json!({"special": {"material": "wool"}}), false)]
#[case(json!({"special": {"sizes": [1, 2]}}), json!({"special": {"sizes": [2, 3, 1]}}), true)]
#[case(json!({"special": {"deep": {"er": 1}}}), json!({"special": {"deep": {"er": 1}}}), true)]
#[case(json!({"special": [{"deep": [{"er": 1}]}]}), json!({"special": {"deep": [{"er": 2}, {"er": 1}]}}), true)]
#[case(json!({"special": {"deep": {"er": 1}}}), json!({"special": {"deep": {"er": 2}}}), false)]
#[case(json!({"geo_location": {"lat": 48, "lon": 17}}), json!({"geo_location": {"lat": 48.0, "lon": 17}}), true)]
#[case(json!({"geo_location": {"lat": 48}}), json!({"geo_location": {"lat": 48, "lon": 17}}), false)]
// Attributes nobody has, and names that are none.
#[case(json!({"unknown": "x"}), json!({"color": "x"}), false)]
#[case(json!({"identity": "p"}), json!({}), false)]
#[case(json!({"type": "product"}), json!({}), false)]
#[case(json!({"type": "sale"}), json!({"type": "sale"}), true)]
fn criteria_match_as_the_reference_says(
    #[case] criteria: Value,
    #[case] attributes: Value,
    #[case] expected: bool,
) {
    assert_eq!(matches(&criteria, &attributes), expected);
}

#[test]
fn derived_attributes_are_asked_for_like_sent_ones() {
    let brand = json!({"identity": "b", "type": "brand", "title": "Acme"});
    let sent = json!({"title": "T", "price": "1 234,50 Kč", "brand": "Own"});
    let object = object(&sent, &[category(&["Wear", "Socks"]), brand]);
    for criteria in [
        json!({"price_amount": 1234.5}),
        json!({"category": ["Socks", "Wear"]}),
        json!({"brand": "Acme"}),
        json!({"brand": ["Own", "Acme"]}),
    ] {
        assert!(is_match(&criteria, &object), "{criteria}");
    }
    assert!(!is_match(&json!({"category": "Hats"}), &object));
}

#[rstest]
#[case(json!({}), ": Blank")]
#[case(json!({"color": [], "x": 1}), "color: Blank")]
#[case(json!({"special": {}}), "special: Blank")]
#[case(json!({"special": {"a": []}}), "special: Blank")]
fn asking_for_nothing_is_refused(#[case] criteria: Value, #[case] problem: &str) {
    let problems = Criteria::new(fields(&criteria)).expect_err("asks for nothing");
    assert_eq!(lines(&problems), [problem]);
}

#[test]
fn a_thousand_values_are_the_most() {
    let with = |count: usize| {
        let list: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        Criteria::new(fields(&json!({ "color": list })))
    };
    assert!(with(Criteria::VALUES_MAX).is_ok());
    assert!(with(Criteria::VALUES_MAX + 1).is_err());
}

proptest! {
    #[test]
    fn an_object_is_matched_by_any_of_its_own_texts(object in any_object()) {
        let mut schema = Schema::default();
        let derived = derive(&object);
        if let Ok(admission) = schema.check(&object, &derived, MisfitRule::default()) {
            for (name, kind) in admission.new {
                schema.add(name, kind);
            }
        }
        let mut own = Vec::new();
        schema.for_each_value(&object, &derived, |number, value| {
            if let (Some(name), TypedValue::Text(text)) = (schema.name(number), value) {
                own.push((name.clone(), text.into_owned()));
            }
        });
        for (name, text) in own {
            let asked: Fields = [(name, FieldValue::Text(text))].into_iter().collect();
            let criteria = Criteria::new(asked.clone()).expect("one value");
            let is_match = criteria.read(&schema).is_some_and(|matcher| matcher.matches(&object));
            prop_assert!(is_match, "{asked:?} of {object:?}");
        }
    }
}
