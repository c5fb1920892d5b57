//! What the JSON of a stored object takes once it is an object, without making one. Invariant: never less than what
//! it will take, so whoever has room for that much can read it.

use crate::domain::{AnswerMemory, FieldName, FieldValue};

/// An entry of a map, with what its allocations take besides.
const ENTRY_BYTES: usize = size_of::<(FieldName, FieldValue)>() + 48;

/// A place of a list: one that grows has up to as many free ones, and a moment long both are there.
const PLACE_BYTES: usize = 3 * size_of::<FieldValue>();

/// Together with the JSON; nothing where nobody counts.
pub(super) fn of(json: &[u8], memory: &AnswerMemory) -> usize {
    if !memory.is_bounded() {
        return 0;
    }
    let (mut entries, mut places) = (1, 1);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_text(&mut bytes),
            b':' => entries += 1,
            b',' | b'[' | b'{' => places += 1,
            _ => {}
        }
    }
    2 * json.len() + entries * ENTRY_BYTES + places * PLACE_BYTES
}

fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        ActivePeriod, Identity, Number, Object, ObjectParts, ObjectType, TakesRoom,
    };
    use crate::engine::embedded::store::codec;

    #[derive(Debug)]
    struct Plenty;

    impl TakesRoom for Plenty {
        fn take(&self, _: usize) -> bool {
            true
        }

        fn give_back(&self, _: usize) {}
    }

    fn bounded() -> AnswerMemory {
        AnswerMemory::new(Arc::new(Plenty))
    }

    fn object(value: FieldValue) -> Object {
        Object::from_store(ObjectParts {
            identity: Identity::new("a").expect("an identity"),
            object_type: ObjectType::new("product").expect("a type"),
            generation: None,
            active: ActivePeriod::default(),
            legacy_url: None,
            master: None,
            fields: [("a", value)].into_iter().collect(),
            nested: Vec::new(),
        })
    }

    fn value() -> impl Strategy<Value = FieldValue> {
        let leaf = prop_oneof![
            Just(FieldValue::Bool(true)),
            Just(FieldValue::from("")),
            (-9_i64..9).prop_map(|n| FieldValue::Number(Number::Integer(n))),
            "[a-z\"\\\\:,\\[{]{0,9}".prop_map(FieldValue::Text),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            let name = "[a-z\"]{1,4}".prop_map(|name| FieldName::new(&name));
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(FieldValue::List),
                prop::collection::vec((name, inner), 0..8)
                    .prop_map(|entries| FieldValue::Map(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_object_takes_no_more_than_was_said(value in value()) {
            let object = object(value);
            let json = codec::encode(&object);
            prop_assert!(of(&json, &bounded()) >= object.memory_bytes());
        }
    }

    #[test]
    fn texts_full_of_commas_weigh_what_they_are() {
        let json = codec::encode(&object(",".repeat(1 << 20).into()));
        assert!(of(&json, &bounded()) < 3 << 20);
        assert_eq!(of(&json, &AnswerMemory::default()), 0);
    }
}
