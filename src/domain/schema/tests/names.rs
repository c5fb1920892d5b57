//! Names a site can run out of: what is always taken, what an object holds on to, and numbers that are never given
//! twice (docs/reference/04-data-layout.md §2).

use super::*;

fn filled_up(mut schema: Schema) -> Schema {
    for n in 0..Schema::ATTRIBUTES_MAX - schema.len() {
        schema.add(format!("feed_{n}").as_str().into(), Text);
    }
    schema
}

#[test]
fn a_full_schema_takes_what_every_shop_has() {
    let mut schema = filled_up(Schema::default());
    let ancestors = json!([{"title": "Home"}, {"title": "Kitchen"}]);
    let nested = [
        json!({"identity": "c", "type": "category",
            "fields": {"title": "Mugs", "web_url": "/c", "ancestors": ancestors}}),
        json!({"identity": "b", "type": "brand", "fields": {"title": "Acme"}}),
    ];
    let plain = json!({
        "title": "Mug", "description": "a mug", "price": "7.90 EUR", "price_old": "9.90 EUR", "availability": 1,
        "availability_rank": 1, "introduced_at": "2024-01-01", "web_url": "/m", "image_link": "/m.png",
        "boost": 1, "_margin": 0.2, "is_new": ""
    });
    let plain = object(&plain, &nested);
    let admission = schema.check(&plain, &derive(&plain), KEEP).expect("taken");
    assert!(admission.new.len() > 20, "{:?}", admission.new);
    for (name, kind) in admission.new {
        assert_ne!(schema.add(name, kind), 0);
    }
    assert_eq!(check(&schema, &json!({"odd": 1})), Err(SchemaError::Full));
    assert_eq!(check(&schema, &json!({"price": "1"})), Ok(Vec::new()));
}

#[test]
fn a_name_that_was_given_up_is_as_if_it_had_never_been_there() {
    let mut schema = filled_up(learned(&[json!({})]));
    let (number, _) = schema.get("feed_7").expect("it was added");
    schema.remove(&[number].into());
    assert_eq!(schema.get("feed_7"), None);
    assert_eq!(schema.name(number), None);
    assert_eq!(schema.len(), Schema::ATTRIBUTES_MAX - 1);
    let new = check(&schema, &json!({"feed_7": 7})).expect("there is room");
    assert_eq!(new, [("feed_7".into(), Numeric)]);
    let again = schema.add("feed_7".into(), Numeric);
    assert_eq!(again as usize, Schema::ATTRIBUTES_MAX);
    assert_eq!(schema.name(again), Some(&"feed_7".into()));
    assert_eq!(schema.name(number + 1), Some(&"feed_8".into()));
    assert_eq!(
        schema.iter().last(),
        Some((again, &"feed_7".into(), Numeric))
    );
}

#[test]
fn numbers_that_nobody_has_are_not_given_again_after_a_restart() {
    let mut schema = Schema::default();
    assert!(schema.restore(3, "a".into(), Text));
    assert!(!schema.restore(3, "b".into(), Text));
    assert!(!schema.restore(4, "a".into(), Text));
    schema.give_from(9);
    schema.give_from(2);
    assert_eq!(schema.add("b".into(), Text), 9);
    // The last number there is is never given: what follows it has none.
    assert!(!schema.restore(u32::MAX, "c".into(), Text));
    schema.give_from(u32::MAX);
    assert_eq!(check(&schema, &json!({"c": 1})), Err(SchemaError::Full));
    assert_eq!(
        check(&schema, &json!({"title": "x"})),
        Err(SchemaError::Full)
    );
}

#[test]
fn what_is_empty_or_only_in_a_variant_is_held_too() {
    let schema = learned(&[json!({"a": 1, "b": 2, "c": {"d": 3}, "gone": 4, "size": 5})]);
    let variant = json!({
        "identity": "v", "type": "variant", "fields": {"title": "V", "size": 5, "ancestors": []}
    });
    let object = object(
        &json!({"title": "x", "a": "", "b": [1, 2], "c": [{"d": null}]}),
        &[variant],
    );
    let mut held = HashSet::new();
    schema.for_each_attribute(&object, &derive(&object), |number| {
        held.insert(schema.name(number).expect("known").as_str());
    });
    assert!(
        ["a", "b", "size"].iter().all(|name| held.contains(name)),
        "{held:?}"
    );
    assert!(!held.contains("gone") && !held.contains("c.d"), "{held:?}");
}

proptest! {
    #[test]
    fn names_numbers_and_types_agree_whatever_comes_and_goes(
        steps in proptest::collection::vec((0_u8..12, any::<bool>()), 1..60)
    ) {
        let mut schema = Schema::default();
        let mut naive: Vec<(u32, String)> = Vec::new();
        let mut next = 0;
        for (n, comes) in steps {
            let name = format!("n{n}");
            let known = naive.iter().position(|(_, known)| *known == name);
            match (known, comes) {
                (None, true) => {
                    prop_assert_eq!(schema.add(name.as_str().into(), Text), next);
                    naive.push((next, name));
                    next += 1;
                }
                (Some(at), false) => {
                    schema.remove(&[naive.remove(at).0, next + 1].into());
                }
                (Some(at), true) => prop_assert_eq!(schema.add(name.as_str().into(), Date), naive[at].0),
                (None, false) => {}
            }
            let all: Vec<_> = schema.iter().map(|(number, name, _)| (number, name.to_string())).collect();
            prop_assert_eq!(&all, &naive);
            for number in 0..=next {
                let expected = naive.iter().find(|(known, _)| *known == number).map(|(_, name)| name.as_str());
                prop_assert_eq!(schema.name(number).map(FieldName::as_str), expected);
            }
            for (number, name) in &naive {
                prop_assert_eq!(schema.get(name), Some((*number, Text)));
            }
            prop_assert_eq!(schema.added_since(next / 2).count(), naive.iter().filter(|(n, _)| *n >= next / 2).count());
        }
    }
}
