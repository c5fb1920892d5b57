//! Variants in the place of the object they are nested in (docs/reference/05-search.md §9, `best`).
//! Invariant: what stands for an object is made of that object alone, so both always say the same.

use std::collections::HashSet;

use super::entry::ANCESTORS;
use super::nested::NestedObject;
use super::object::{Object, ObjectParts};
use super::value::{FieldName, Fields};

/// What becomes of the other variants of the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Siblings {
    /// They are not what the variant is found by.
    LeftOut,
    /// They are nested in it, as they are in its master.
    Nested,
}

/// Most variants that stand for one object; further ones are not found. Each is indexed with all that its
/// master says, so what an object costs grows with the product of both.
pub const STAND_INS_MAX: usize = 1_000;

/// Places of the nested objects that stand for `master`; of an identity sent twice, the first.
pub fn stand_ins_of(master: &Object) -> Vec<usize> {
    if master.master.is_some() || master.object_type.is_variant() {
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let nested = master.nested.iter().enumerate();
    let variants =
        nested.filter(|(_, entry)| entry.object_type.is_variant() && seen.insert(&entry.identity));
    variants.map(|(at, _)| at).take(STAND_INS_MAX).collect()
}

/// The variant nested at this place as an object that stands for its master: what it does not say itself,
/// its master says for it.
pub fn stand_in(master: &Object, at: usize, siblings: Siblings) -> Object {
    let Some(variant) = master.nested.get(at) else {
        return master.clone();
    };
    let others = master.nested.iter().enumerate().filter(|(place, entry)| {
        let is_sibling = entry.object_type.is_variant();
        *place != at && (!is_sibling || siblings == Siblings::Nested)
    });
    let others = others.map(|(_, entry)| entry);
    let object = Object::from_nested(ObjectParts {
        identity: variant.identity.clone(),
        object_type: variant.object_type.clone(),
        generation: None,
        active: master.active,
        legacy_url: variant.legacy_url.clone(),
        master: Some(master.identity.clone()),
        fields: fields(variant, &master.fields),
        nested: variant.nested.iter().chain(others).cloned().collect(),
    });
    object.written_as(master, |name| variant.fields.contains(name))
}

fn fields(variant: &NestedObject, master: &Fields) -> Fields {
    let mut fields = variant.fields.clone();
    let mut has_family = FAMILIES.map(|belongs| {
        let mut own = variant.fields.iter();
        own.any(|(name, _)| belongs(name.as_str()))
    });
    has_family[ANCESTORS_FAMILY] = true;
    let is_said = |name: &FieldName| {
        let mut families = FAMILIES.iter().zip(has_family);
        variant.fields.contains(name.as_str())
            || families.any(|(belongs, is_said)| is_said && belongs(name.as_str()))
    };
    for (name, value) in master.iter().filter(|(name, _)| !is_said(name)) {
        fields.insert(name.clone(), value.clone());
    }
    fields
}

/// Attributes that are only right together: a variant with a price of its own has no old price of its
/// master's.
const FAMILIES: [fn(&str) -> bool; 4] = [
    |name| name == ANCESTORS,
    |name| name.starts_with("price") || name.starts_with("discount_price"),
    |name| name.starts_with("availability"),
    |name| name.starts_with("image_link"),
];
/// Which of them a master never says for its variants.
const ANCESTORS_FAMILY: usize = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::derive;
    use crate::domain::testing::{field_value, json, object};

    fn shirt() -> Object {
        let sent = json!({
            "title": "Shirt", "brand": "Acme", "price": "12 EUR", "price_old": "15 EUR",
            "color": ["red", "blue"], "availability_rank": 3, "availability": 1
        });
        let nested = [
            json!({"identity": "c", "type": "category", "fields": {"title": "Shirts"}}),
            json!({"identity": "s", "type": "variant",
                   "fields": {"title": "Shirt S", "price": "10 EUR", "color": "red"}}),
            json!({"identity": "m", "type": "variant", "fields": {"title": "Shirt M"}}),
            json!({"identity": "s", "type": "variant", "fields": {"title": "Shirt S again"}}),
        ];
        object(&sent, &nested)
    }

    #[test]
    fn each_variant_stands_for_its_master_once() {
        let shirt = shirt();
        assert_eq!(stand_ins_of(&shirt), [1, 2]);
        let small = stand_in(&shirt, 1, Siblings::LeftOut);
        assert!(stand_ins_of(&small).is_empty());
    }

    #[test]
    fn so_many_variants_stand_for_one_object_and_no_more() {
        let variant = |n| json!({"identity": format!("v{n}"), "type": "variant", "title": "V"});
        let nested: Vec<_> = (0..STAND_INS_MAX + 5).map(variant).collect();
        let master = object(&json!({"title": "M"}), &nested);
        assert_eq!(stand_ins_of(&master).len(), STAND_INS_MAX);
    }

    #[test]
    fn a_master_says_what_its_variant_does_not() {
        let small = stand_in(&shirt(), 1, Siblings::LeftOut);
        for (name, value) in [
            ("title", json!("Shirt S")),
            ("price", json!("10 EUR")),
            ("color", json!("red")),
            ("brand", json!("Acme")),
            ("availability_rank", json!(3)),
        ] {
            assert_eq!(small.fields.get(name), Some(&field_value(&value)), "{name}");
        }
        assert_eq!(small.fields.get("price_old"), None, "another price's");
        assert_eq!(small.identity.as_str(), "s");
        assert_eq!(small.master.as_ref(), Some(&shirt().identity));
        let derived = derive(&small).returned;
        let category = field_value(&json!(["Shirts"]));
        assert_eq!(derived.get("category"), Some(&category));
    }

    #[test]
    fn siblings_are_nested_as_they_were_sent() {
        let identities = |siblings| {
            let medium = stand_in(&shirt(), 2, siblings);
            let nested = medium.nested.iter();
            nested
                .map(|entry| entry.identity.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(identities(Siblings::LeftOut), ["c"]);
        assert_eq!(identities(Siblings::Nested), ["c", "s", "s"]);
    }
}
