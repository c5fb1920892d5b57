//! Nested objects and their ancestors as objects of their own (contract 02 §4). Invariant: an
//! extracted object needs no check, what it is made of was checked when the parent was read.

use super::entry::{self, ANCESTORS};
use super::nested::NestedObject;
use super::object::{ActivePeriod, Object, ObjectParts};
use super::value::FieldValue;

/// Objects taken out of a parent, in the order they apply: ancestors from the top, then the nested
/// object itself, for each nested entry in turn.
pub type Extracted = Vec<Object>;

/// Every nested object and ancestor of `parent` as a standalone object of the parent's generation.
/// Each ancestor gets the entries before it as its `ancestors`. Nested entries inside a nested
/// object stay inside it. Never schedules; a variant remembers its master.
pub fn extract(parent: &Object) -> Extracted {
    let mut extracted = Vec::with_capacity(parent.nested.len());
    for nested in &parent.nested {
        for ancestor in ancestors(nested) {
            extracted.push(standalone(ancestor, parent));
        }
        extracted.push(standalone(nested.clone(), parent));
    }
    extracted
}

/// The ancestors of a nested object, each below the entries before it unless it says otherwise. The
/// top one gets an empty list, which is how shops send a top category as a leaf: one content, one
/// version.
fn ancestors(nested: &NestedObject) -> Vec<NestedObject> {
    let Some(list) = nested.fields.get(ANCESTORS) else {
        return Vec::new();
    };
    let mut ancestors = Vec::with_capacity(list.elements().len());
    // Every entry was readable when the parent was checked.
    let read = entry::read_ancestors(list, &nested.object_type);
    for (at, ancestor) in read.into_iter().enumerate() {
        let Some(mut ancestor) = ancestor else {
            continue;
        };
        if !ancestor.fields.contains(ANCESTORS) {
            let above = list.elements()[..at].to_vec();
            ancestor.fields.insert(ANCESTORS, FieldValue::List(above));
        }
        ancestors.push(ancestor);
    }
    ancestors
}

fn standalone(nested: NestedObject, parent: &Object) -> Object {
    let master = nested
        .object_type
        .is_variant()
        .then(|| parent.identity.clone());
    Object::from_nested(ObjectParts {
        identity: nested.identity,
        object_type: nested.object_type,
        generation: parent.generation.clone(),
        active: ActivePeriod::default(),
        legacy_url: nested.legacy_url,
        master,
        fields: nested.fields,
        nested: nested.nested,
    })
}

#[cfg(test)]
mod tests;
