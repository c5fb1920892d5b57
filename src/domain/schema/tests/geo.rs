//! Attributes whose name says that they hold points.

use super::*;
use crate::domain::schema::typed::infer_derived;

#[test]
fn a_geo_attribute_takes_points_and_nothing_else() {
    let schema = learned(&[json!({"geo_location": {"lat": 48.1, "lon": 17.1}})]);
    assert_eq!(kind_of(&schema, "geo_location"), Some(Geo));
    assert_eq!(kind_of(&schema, "geo_location.lat"), None);
    let points = json!({"geo_location": [{"lat": 1, "lon": 2}, {"lat": "3.5", "lon": -4}]});
    assert_eq!(check(&schema, &points), Ok(Vec::new()));
    assert_eq!(
        values(&schema, &titled(&points, &[]), "geo_location"),
        [
            TypedValue::Geo { lat: 1.0, lon: 2.0 },
            TypedValue::Geo {
                lat: 3.5,
                lon: -4.0
            }
        ]
    );
    for misfit in [
        json!("48.1,17.1"),
        json!({"lat": 48.1}),
        json!({"lat": 91, "lon": 0}),
        json!({"lat": 0, "lon": "x"}),
        json!([48.1, 17.1]),
    ] {
        let found = check(&schema, &json!({ "geo_location": misfit }));
        assert!(matches!(found, Err(SchemaError::Mismatch(_))), "{misfit}");
    }
}

#[rstest]
#[case(json!("48.1,17.1"))]
#[case(json!(5))]
#[case(json!(true))]
#[case(json!([48.1, 17.1]))]
#[case(json!({"lat": 91, "lon": 0}))]
#[case(json!({"city": "Brno"}))]
#[case(json!([{"lat": 1, "lon": 2}, {"city": "Brno"}]))]
fn a_first_geo_value_that_is_no_point_is_refused_and_fixes_no_other_type(#[case] misfit: Value) {
    let found = check(&Schema::default(), &json!({ "geo_location": misfit }));
    assert!(matches!(found, Err(SchemaError::Mismatch(m)) if m.expected == Geo));
}

#[test]
fn an_empty_geo_value_is_none() {
    for nothing in [json!(""), json!([])] {
        let schema = learned(&[json!({ "geo_location": nothing })]);
        assert_eq!(kind_of(&schema, "geo_location"), None);
    }
}

#[test]
fn inner_keys_and_derived_titles_are_no_points_for_their_name() {
    let schema = learned(&[json!({"x": {"geo_zone": "EU"}})]);
    assert_eq!(kind_of(&schema, "x.geo_zone"), Some(Text));
    assert_eq!(
        infer_derived("geo_region", &FieldValue::from("Tatry")),
        Some(Text)
    );
}

#[test]
fn a_geo_attribute_that_was_text_before_points_were_asked_for_stays_text() {
    let mut schema = learned(&[json!({})]);
    schema.add("geo_zone".into(), Text);
    assert_eq!(check(&schema, &json!({"geo_zone": "EU"})), Ok(Vec::new()));
    let object = titled(&json!({"geo_zone": "EU"}), &[]);
    assert_eq!(values(&schema, &object, "geo_zone"), [text("EU")]);
}
