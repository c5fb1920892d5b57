//! The codec loses nothing: any object comes back equal, and encodes to the same bytes again.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    ActivePeriod, FieldName, FieldValue, Fields, Identity, NestedObject, Number, ObjectParts,
    ObjectType, Timestamp,
};

fn name() -> impl Strategy<Value = String> {
    "[a-z]{1,6}|\\PC{1,6}"
}

fn value() -> impl Strategy<Value = FieldValue> {
    let leaf = prop_oneof![
        "\\PC{0,12}".prop_map(FieldValue::Text),
        any::<i64>().prop_map(|n| FieldValue::Number(Number::Integer(n))),
        (i64::MAX as u64 + 1..=u64::MAX).prop_map(|n| FieldValue::Number(Number::Unsigned(n))),
        any::<f64>()
            .prop_filter("JSON has no other", |n| n.is_finite())
            .prop_map(|n| FieldValue::Number(Number::Float(n))),
        any::<bool>().prop_map(FieldValue::Bool),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(FieldValue::List),
            prop::collection::vec((name(), inner), 0..4).prop_map(|list| FieldValue::Map(
                list.into_iter()
                    .map(|(name, value)| (FieldName::new(&name), value))
                    .collect()
            )),
        ]
    })
}

fn fields() -> impl Strategy<Value = Fields> {
    prop::collection::vec((name(), value()), 0..6).prop_map(|list| {
        list.into_iter()
            .map(|(name, value)| (FieldName::new(&name), value))
            .collect()
    })
}

fn identity() -> impl Strategy<Value = Identity> {
    "[a-z0-9/:\"\\\\é]{1,20}".prop_map(|text| Identity::new(&text).expect("a good identity"))
}

fn object_type() -> impl Strategy<Value = ObjectType> {
    "[a-z_]{1,8}".prop_map(|text| ObjectType::new(&text).expect("a good type"))
}

fn instant() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of(any::<i64>().prop_map(Timestamp::from_millis))
}

fn nested() -> impl Strategy<Value = NestedObject> {
    (
        identity(),
        object_type(),
        prop::option::of("\\PC{0,8}"),
        fields(),
    )
        .prop_map(|(identity, object_type, legacy_url, fields)| NestedObject {
            identity,
            object_type,
            legacy_url,
            is_mention: false,
            fields,
            nested: Vec::new(),
        })
}

prop_compose! {
    fn object()(
        identity in identity(),
        object_type in object_type(),
        from in instant(),
        to in instant(),
        legacy_url in prop::option::of("\\PC{0,8}"),
        master in prop::option::of(identity()),
        fields in fields(),
        mut nested in prop::collection::vec(nested(), 0..3),
        inner in prop::collection::vec(nested(), 0..2),
    ) -> Object {
        if let Some(first) = nested.first_mut() {
            first.nested = inner;
        }
        Object::from_store(ObjectParts {
            identity,
            object_type,
            generation: None,
            active: ActivePeriod { from, to },
            legacy_url,
            master,
            fields,
            nested,
        })
    }
}

proptest! {
    #[test]
    fn objects_come_back_as_they_were(object in object()) {
        let json = encode(&object);
        let body = pack(&json);
        prop_assert_eq!(&unpack(&body).expect("unpacks"), &json);
        let read = decode(&json, None).expect("decodes");
        prop_assert_eq!(encode(&read), json);
        prop_assert_eq!(read, object);
    }

    #[test]
    fn damaged_bodies_are_errors(body in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(json) = unpack(&body) {
            prop_assert!(decode(&json, None).is_err());
        }
    }
}

#[test]
fn a_body_cannot_ask_for_more_memory_than_an_object_may_have() {
    let mut body = pack(b"{}");
    body[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = unpack(&body).expect_err("too large");
    assert!(error.to_string().contains("4294967295"), "{error}");
}

#[test]
fn a_generation_is_not_content() {
    let mut parts = ObjectParts {
        identity: Identity::new("p1").expect("a good identity"),
        object_type: ObjectType::new("product").expect("a good type"),
        generation: None,
        active: ActivePeriod::default(),
        legacy_url: None,
        master: None,
        fields: [("title", "Shoe".into())].into_iter().collect(),
        nested: Vec::new(),
    };
    let unmarked = encode(&Object::from_store(parts.clone()));
    parts.generation = Generation::new("7").ok();
    let marked = encode(&Object::from_store(parts));
    assert_eq!(hash(&unmarked), hash(&marked));
}
