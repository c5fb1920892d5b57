//! Types by first value, coercions and misfits (docs/reference/04-data-layout.md §2), and the walk over values.

mod deep;
mod derived_values;
mod geo;
mod misfits;
mod names;

use std::collections::HashSet;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;

use super::AttributeType::{Boolean, Date, Geo, Numeric, Text};
use super::*;
use crate::domain::derived::derive;
use crate::domain::site::TypeConflicts;
use crate::domain::testing::{any_object, json, object};
use crate::domain::time::Timestamp;

/// The schema after these objects, each given by its attributes.
fn learned(objects: &[Value]) -> Schema {
    let mut schema = Schema::default();
    for attributes in objects {
        for (name, kind) in check(&schema, attributes).expect("fits") {
            schema.add(name, kind);
        }
    }
    schema
}

fn check(schema: &Schema, attributes: &Value) -> Result<NewAttributes, SchemaError> {
    admitted(schema, attributes, REFUSE).map(|admission| admission.new)
}

fn admitted(
    schema: &Schema,
    attributes: &Value,
    rule: MisfitRule<'_>,
) -> Result<Admission, SchemaError> {
    let object = titled(attributes, &[]);
    schema.check(&object, &derive(&object), rule)
}

/// As the hosted service does.
const REFUSE: MisfitRule<'static> = MisfitRule {
    conflicts: TypeConflicts::Refuse,
    judged: Judged::All,
};
const KEEP: MisfitRule<'static> = MisfitRule {
    conflicts: TypeConflicts::Keep,
    judged: Judged::All,
};

fn titled(attributes: &Value, nested: &[Value]) -> Object {
    let mut attributes = attributes.clone();
    attributes["title"] = json!("T");
    object(&attributes, nested)
}

fn kind_of(schema: &Schema, name: &str) -> Option<AttributeType> {
    schema.get(name).map(|(_, kind)| kind)
}

fn values(schema: &Schema, object: &Object, name: &str) -> Vec<TypedValue<'static>> {
    let derived = derive(object);
    let mut values = Vec::new();
    schema.for_each_value(object, &derived, |number, value| {
        if schema.get(name).is_some_and(|(wanted, _)| wanted == number) {
            values.push(owned(value));
        }
    });
    values
}

fn owned(value: TypedValue<'_>) -> TypedValue<'static> {
    match value {
        TypedValue::Text(text) => TypedValue::Text(text.into_owned().into()),
        TypedValue::Numeric(number) => TypedValue::Numeric(number),
        TypedValue::Large(number) => TypedValue::Large(number),
        TypedValue::Boolean(boolean) => TypedValue::Boolean(boolean),
        TypedValue::Date(date) => TypedValue::Date(date),
        TypedValue::Geo { lat, lon } => TypedValue::Geo { lat, lon },
    }
}

fn text(text: &'static str) -> TypedValue<'static> {
    TypedValue::Text(text.into())
}

#[rstest]
#[case(json!("red"), Some(Text))]
#[case(json!("70.5"), Some(Text))]
#[case(json!(5), Some(Numeric))]
#[case(json!(true), Some(Boolean))]
#[case(json!("2018-07-15"), Some(Date))]
#[case(json!("2018-07-15T13:23:50+00:00"), Some(Date))]
#[case(json!("2018-07-15 13:23:50"), Some(Date))]
#[case(json!("20180715T132350Z"), Some(Date))]
#[case(json!("20180715"), Some(Text))]
#[case(json!("15.07.2018"), Some(Text))]
#[case(json!(["", 5, "x5"]), None)]
#[case(json!(["", 5, "6"]), Some(Numeric))]
#[case(json!([["deep"]]), Some(Text))]
#[case(json!(""), None)]
#[case(json!([]), None)]
#[case(json!({}), None)]
#[case(json!({"lat": 48.1, "lon": 17.1}), None)]
fn the_first_value_gives_the_type(#[case] first: Value, #[case] kind: Option<AttributeType>) {
    let found = check(&Schema::default(), &json!({ "x": first }));
    let misfits = matches!(found, Err(SchemaError::Mismatch(_)));
    let found = found.unwrap_or_default();
    let found = found.iter().find(|(name, _)| name.as_str() == "x");
    assert_eq!(found.map(|(_, kind)| *kind), kind);
    assert_eq!(misfits, first == json!(["", 5, "x5"]));
}

#[rstest]
#[case("introduced_at", json!("2023-02-15 10:49:59"), Date)]
#[case("price_amount", json!("5"), Numeric)]
#[case("price_eur_amount", json!("5"), Numeric)]
#[case("discount_price_absolute_amount", json!("5"), Numeric)]
#[case("boost", json!("2"), Numeric)]
#[case("availability", json!("1"), Numeric)]
#[case("active_to", json!("20180715T132350Z"), Date)]
#[case("title", json!("2018-07-15"), Text)]
#[case("weight_amount", json!("5"), Text)]
fn some_names_have_their_type(
    #[case] name: &str,
    #[case] first: Value,
    #[case] kind: AttributeType,
) {
    let mut attributes = json!({ "title": "T" });
    attributes[name] = first;
    let object = object(&attributes, &[]);
    let found = Schema::default()
        .check(&object, &derive(&object), REFUSE)
        .expect("fits");
    assert!(found.new.contains(&(name.into(), kind)), "{found:?}");
}

#[test]
fn a_first_value_has_to_fit_the_type_of_its_name() {
    let found = check(&Schema::default(), &json!({"boost": "much"}));
    let expected = Mismatch {
        attribute: "boost".into(),
        expected: Numeric,
        value: "much".to_owned(),
    };
    assert_eq!(found, Err(SchemaError::Mismatch(expected)));
}

#[test]
fn an_integer_that_a_float_rounds_is_kept_beside_it() {
    let schema = learned(&[json!({"x": 5})]);
    let of = |value: Value| values(&schema, &titled(&json!({ "x": value }), &[]), "x");
    for value in [json!(u64::MAX), json!("18446744073709551615")] {
        let numeric = TypedValue::Numeric(18_446_744_073_709_551_615.0);
        assert_eq!(
            of(value),
            [numeric, TypedValue::Large(i128::from(u64::MAX))]
        );
    }
    assert_eq!(of(json!(1_i64 << 53)).len(), 1);
    assert_eq!(of(json!((1_i64 << 53) + 1)).len(), 2);
}

#[rstest]
#[case(json!(5), json!("70.5"), Ok(TypedValue::Numeric(70.5)))]
#[case(json!(5), json!("-1e3"), Ok(TypedValue::Numeric(-1000.0)))]
#[case(json!(5), json!("abc"), Err("abc"))]
#[case(json!(5), json!("1e999"), Err("1e999"))]
#[case(json!(5), json!("NaN"), Err("NaN"))]
#[case(json!(5), json!("inf"), Err("inf"))]
#[case(json!(5), json!(true), Err("true"))]
#[case(json!("a"), json!(false), Ok(text("false")))]
#[case(json!(true), json!("false"), Ok(TypedValue::Boolean(false)))]
#[case(json!(true), json!("yes"), Err("yes"))]
#[case(json!(true), json!(1), Err("1"))]
#[case(json!("2018-07-15"), json!("1970-01-01 00:00:01"), Ok(TypedValue::Date(Timestamp::from_millis(1000))))]
#[case(json!("2018-07-15"), json!("19700101T000001Z"), Ok(TypedValue::Date(Timestamp::from_millis(1000))))]
#[case(json!("2018-07-15"), json!("soon"), Err("soon"))]
#[case(json!("2018-07-15"), json!(2018), Err("2018"))]
fn a_later_value_is_coerced_or_a_misfit(
    #[case] first: Value,
    #[case] later: Value,
    #[case] outcome: Result<TypedValue<'static>, &str>,
) {
    let schema = learned(&[json!({ "x": first })]);
    let attributes = json!({ "x": later });
    match outcome {
        Ok(value) => {
            assert_eq!(check(&schema, &attributes), Ok(Vec::new()));
            assert_eq!(values(&schema, &titled(&attributes, &[]), "x"), [value]);
        }
        Err(told) => {
            let mismatch = Mismatch {
                attribute: "x".into(),
                expected: kind_of(&schema, "x").expect("known"),
                value: told.to_owned(),
            };
            assert_eq!(
                check(&schema, &attributes),
                Err(SchemaError::Mismatch(mismatch.clone()))
            );
            // It is kept where the site wants it so, and is a text then.
            let admission = admitted(&schema, &attributes, KEEP).expect("kept");
            assert_eq!(admission.misfits.listed(), [mismatch]);
            assert_eq!(
                values(&schema, &titled(&attributes, &[]), "x"),
                [TypedValue::Text(told.to_owned().into())]
            );
        }
    }
}

#[rstest]
#[case(json!(5))]
#[case(json!("a"))]
#[case(json!(true))]
#[case(json!("2018-07-15"))]
fn nothing_fits_every_type_and_is_no_value(#[case] first: Value) {
    let schema = learned(&[json!({ "x": first })]);
    for nothing in [json!(""), json!([]), json!(["", ""])] {
        let attributes = json!({ "x": nothing });
        assert_eq!(check(&schema, &attributes), Ok(Vec::new()));
        assert_eq!(values(&schema, &titled(&attributes, &[]), "x"), []);
    }
}

#[test]
fn elements_of_a_mixed_list_follow_the_type() {
    let schema = learned(&[json!({"x": ["a", 5, true]})]);
    let object = titled(&json!({"x": [1, "b", false, ["deep"]]}), &[]);
    let found = values(&schema, &object, "x");
    assert_eq!(
        found,
        [
            TypedValue::Numeric(1.0),
            text("1"),
            text("b"),
            text("false"),
            text("deep")
        ]
    );
    assert!(check(&schema, &json!({"x": [1, "b"]})).is_ok());
}

#[test]
fn a_misfit_is_told_with_at_most_256_characters() {
    let schema = learned(&[json!({"x": 5})]);
    let told = |sent: String| match check(&schema, &json!({"x": sent})) {
        Err(SchemaError::Mismatch(mismatch)) => mismatch.value,
        other => panic!("a text is no number: {other:?}"),
    };
    assert_eq!(told("é".repeat(256)), "é".repeat(256));
    assert_eq!(told("é".repeat(257)), format!("{}…", "é".repeat(256)));
}

#[test]
fn inner_keys_are_attributes_of_their_own() {
    let material = json!({"special": [
        {"material": "wool", "grams": 5, "deeper": {"x": 1}, "list": ["a", ["b"]]},
        {"material": "silk"},
    ]});
    let schema = learned(std::slice::from_ref(&material));
    assert_eq!(kind_of(&schema, "special.material"), Some(Text));
    assert_eq!(kind_of(&schema, "special.grams"), Some(Numeric));
    assert_eq!(kind_of(&schema, "special.deeper.x"), Some(Numeric));
    for unknown in ["special", "special.deeper"] {
        assert_eq!(kind_of(&schema, unknown), None, "{unknown}");
    }
    let object = titled(&material, &[]);
    assert_eq!(
        values(&schema, &object, "special.material"),
        [text("wool"), text("silk")]
    );
    assert_eq!(
        values(&schema, &object, "special.list"),
        [text("a"), text("b")]
    );
    let found = check(&schema, &json!({"special": {"grams": "heavy"}}));
    assert!(
        matches!(found, Err(SchemaError::Mismatch(m)) if m.attribute.as_str() == "special.grams")
    );
}

#[test]
fn a_map_under_an_attribute_of_single_values_is_only_its_inner_keys() {
    let schema = learned(&[json!({"x": 5}), json!({"x": {"y": "text"}})]);
    assert_eq!(kind_of(&schema, "x"), Some(Numeric));
    assert_eq!(kind_of(&schema, "x.y"), Some(Text));
}

#[test]
fn a_name_keeps_its_first_number_and_type() {
    let mut schema = Schema::default();
    assert_eq!(schema.add("a".into(), Text), 0);
    assert_eq!(schema.add("b".into(), Numeric), 1);
    assert_eq!(schema.add("a".into(), Date), 0);
    assert_eq!(schema.get("a"), Some((0, Text)));
    assert_eq!(schema.len(), 2);
}

#[test]
fn a_full_schema_takes_known_attributes_only() {
    let mut schema = learned(&[json!({"known": 1})]);
    for n in schema.len()..Schema::ATTRIBUTES_MAX {
        schema.add(format!("f{n}").as_str().into(), Text);
    }
    assert_eq!(check(&schema, &json!({"known": 2})), Ok(Vec::new()));
    assert_eq!(check(&schema, &json!({"new": 2})), Err(SchemaError::Full));
    assert_eq!(check(&schema, &json!({"new": ""})), Ok(Vec::new()));
    let many: Value = (0..=Schema::ATTRIBUTES_MAX)
        .map(|n| (n.to_string(), json!(1)))
        .collect();
    let found = check(&Schema::default(), &json!({ "map": many }));
    assert_eq!(found, Err(SchemaError::Full));
}

/// Texts lie in attributes of every type, numbers and dates beside texts.
fn fits(name: &str, kind: AttributeType, value: &TypedValue<'_>) -> bool {
    let is_fixed = Schema::is_fixed(name, kind);
    match value {
        TypedValue::Text(text) => (kind == Text || !is_fixed) && !text.is_empty(),
        TypedValue::Numeric(number) => {
            (kind == Numeric || kind == Text && !is_fixed) && number.is_finite()
        }
        TypedValue::Large(_) => kind == Numeric,
        TypedValue::Boolean(_) => kind == Boolean,
        TypedValue::Date(_) => kind == Date || kind == Text && !is_fixed,
        TypedValue::Geo { .. } => kind == Geo,
    }
}

proptest! {
    #[test]
    fn what_was_checked_and_added_brings_nothing_new_and_gives_values_of_its_type(
        objects in proptest::collection::vec(any_object(), 1..6)
    ) {
        let mut schema = Schema::default();
        for object in &objects {
            let derived = derive(object);
            let Ok(admission) = schema.check(object, &derived, KEEP) else { continue };
            for (name, kind) in admission.new {
                prop_assert_eq!(schema.get(name.as_str()), None);
                schema.add(name, kind);
            }
            let again = schema.check(object, &derived, KEEP).expect("as before");
            prop_assert_eq!(again.new, []);
            prop_assert_eq!(schema.misfits_of(object, Judged::All), admission.misfits);
            let known: Vec<_> = schema.iter().map(|(_, name, kind)| (name.as_str(), kind)).collect();
            let (mut wrong, mut valued) = (0, HashSet::new());
            schema.for_each_value(object, &derived, |number, value| {
                let (name, kind) = known[number as usize];
                wrong += usize::from(!fits(name, kind, &value));
                valued.insert(number);
            });
            prop_assert_eq!(wrong, 0);
            // What it is found by is no less than what it keeps the names of.
            let mut held = HashSet::new();
            schema.for_each_attribute(object, &derived, |number| {
                held.insert(number);
            });
            prop_assert!(valued.is_subset(&held), "{:?} {:?}", valued, held);
        }
    }
}
