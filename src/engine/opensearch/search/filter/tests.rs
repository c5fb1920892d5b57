//! Filters as the cluster is asked for them.

use super::*;
use crate::domain::{FieldName, Timestamp};

fn asked(field: &str, condition: Condition) -> Value {
    let mut schema = Schema::default();
    for (name, kind) in [
        ("color", crate::domain::AttributeType::Text),
        ("size", crate::domain::AttributeType::Numeric),
        ("geo_location", crate::domain::AttributeType::Geo),
    ] {
        schema.add(FieldName::new(name), kind);
    }
    let (place, rings) = (Place::default(), Rings::default());
    let reader = FilterReader {
        schema: &schema,
        variants: VariantMode::Inside,
        place: &place,
        rings: &rings,
    };
    reader.one(&FieldName::new(field), &Asked::Typed(condition))
}

#[test]
fn a_condition_asks_the_space_of_its_type() {
    let text = |text: &str| Condition::Text(text.to_owned());
    let at = Timestamp::from_millis(7);
    let long_text = "x".repeat(COMPARED_BYTES_MAX + 1);
    let number = |from, to| Condition::NumberRange(Range { from, to });
    for (field, condition, expected) in [
        ("color", text("red"), json!({ "term": { "s.0": "red" } })),
        (
            "color",
            text(&long_text),
            json!({ "term": { "x.0": long(&long_text) } }),
        ),
        (
            "color",
            Condition::Missing,
            not(json!({ "term": { "has": 0 } })),
        ),
        (
            "size",
            Condition::Number(-0.0),
            json!({ "range": { "n.1": { "gte": 0.0, "lte": 0.0 } } }),
        ),
        (
            "size",
            number(Some(1.0), None),
            json!({ "range": { "n.1": { "gte": 1.0, "lte": null } } }),
        ),
        ("size", number(Some(f64::NAN), None), nothing()),
        (
            "size",
            Condition::Large(1 << 70),
            json!({ "term": { "x.1": "1180591620717411303424" } }),
        ),
        (
            "size",
            Condition::Date(at),
            json!({ "range": { "d.1": { "gte": 7, "lte": 7 } } }),
        ),
        ("type", text("a"), json!({ "term": { "type": "a" } })),
        (
            "identity",
            text("a"),
            json!({ "term": { "identity": "a" } }),
        ),
        ("unknown", text("a"), nothing()),
        ("unknown", Condition::Missing, everything()),
    ] {
        assert_eq!(asked(field, condition.clone()), expected, "{condition:?}");
    }
}

#[test]
fn a_distance_that_begins_somewhere_leaves_out_what_is_nearer() {
    let origin = GeoPoint::new(48.0, 17.0).expect("on the globe");
    let distance = |from, to| {
        let range = Range { from, to };
        asked("geo_location", Condition::Distance(origin, range))
    };
    let somewhere = json!({ "exists": { "field": "p.2" } });
    assert_eq!(
        distance(None, Some(1.0)),
        all(vec![somewhere.clone(), within(2, origin, 1_000.0)])
    );
    assert_eq!(
        distance(Some(1.0), None),
        all(vec![somewhere, not(within(2, origin, 999.98))])
    );
    assert_eq!(distance(None, Some(-1.0)), nothing());
}
