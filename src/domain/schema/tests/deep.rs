//! Values more than one level deep, which never refuse an object for want of a name.

use super::*;

#[test]
fn a_deep_value_that_does_not_fit_is_kept_where_others_are() {
    let schema = learned(&[json!({"x": {"y": {"z": 5}}})]);
    let odd = json!({"x": {"y": {"z": ["many", 6]}}});
    let kept = admitted(&schema, &odd, KEEP).expect("kept");
    assert_eq!((kept.new.len(), kept.misfits.listed().len()), (0, 1));
    let refused = check(&schema, &odd);
    assert!(
        matches!(refused, Err(SchemaError::Mismatch(m)) if m.attribute.as_str() == "x.y.z"),
        "where misfits are refused"
    );
    let found = values(&schema, &titled(&odd, &[]), "x.y.z");
    assert_eq!(found, [text("many"), TypedValue::Numeric(6.0)]);
}

#[test]
fn deep_values_leave_room_for_attributes_to_come() {
    let keys = |from: usize, count: usize| {
        let inner: serde_json::Map<String, Value> = (from..from + count)
            .map(|n| (format!("k{n}"), json!("v")))
            .collect();
        json!({"x": {"y": inner}})
    };
    let one = learned(&[keys(0, 1_500)]);
    assert_eq!(kind_of(&one, "x.y.k999"), Some(Text));
    assert_eq!(kind_of(&one, "x.y.k1000"), None, "a thousand of one object");
    let many: Vec<Value> = (0..12).map(|n| keys(n * 1_000, 1_000)).collect();
    let full = learned(&many);
    assert_eq!(full.len(), Schema::DEEP_ATTRIBUTES_BELOW);
    assert_eq!(
        check(&full, &json!({"fresh": "yes"})).map(|new| new.len()),
        Ok(1)
    );
}

#[test]
fn a_path_is_no_longer_than_it_may_be() {
    let key = "k".repeat(400);
    let schema = learned(&[json!({"x": {&key: {&key: "v", &key[1..]: {&key: "w"}}}})]);
    assert_eq!(kind_of(&schema, &format!("x.{key}.{key}")), Some(Text));
    assert_eq!(
        schema
            .iter()
            .filter(|(_, name, _)| name.as_str().len() > 1024)
            .count(),
        0
    );
}
