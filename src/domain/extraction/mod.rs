//! Nested objects and their ancestors as objects of their own (docs/reference/02-content.md §4). Invariant: an
//! extracted object needs no check, what it is made of was checked when the parent was read.

use super::entry::{self, ANCESTORS, Below};
use super::nested::NestedObject;
use super::object::{ActivePeriod, Object, ObjectParts};
use super::value::FieldValue;

/// An object taken out of a parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    pub object: Object,
    /// The parent only mentions it: an object that is there keeps what it has (docs/reference/02-content.md §4).
    pub is_mention: bool,
}

/// Every nested object and ancestor of `parent` as a standalone object of the parent's generation, in the
/// order they apply: ancestors from the top, then the nested object itself, for each nested entry in turn.
/// Each ancestor gets the entries before it as its `ancestors`. Nested entries inside a nested
/// object stay inside it. Never schedules; a variant remembers its master.
pub fn extract(parent: &Object) -> Vec<Extracted> {
    let mut extracted = Vec::with_capacity(parent.nested.len());
    for nested in &parent.nested {
        for ancestor in ancestors(nested, parent) {
            extracted.push(standalone(ancestor, parent));
        }
        extracted.push(standalone(nested.clone(), parent));
    }
    extracted
}

/// The ancestors of a nested object, each below the entries before it unless it says otherwise. The
/// top one gets an empty list, which is how shops send a top category as a leaf: one content, one
/// version.
fn ancestors(nested: &NestedObject, parent: &Object) -> Vec<NestedObject> {
    let Some(list) = nested.fields.get(ANCESTORS) else {
        return Vec::new();
    };
    let mut ancestors = Vec::with_capacity(list.elements().len());
    // Every entry was readable when the parent was checked.
    let below = Below {
        object_type: &nested.object_type,
        parent: Some(&parent.identity),
    };
    let read = entry::read_ancestors(list, below);
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

fn standalone(nested: NestedObject, parent: &Object) -> Extracted {
    let master = nested
        .object_type
        .is_variant()
        .then(|| parent.identity.clone());
    let object = Object::from_nested(ObjectParts {
        identity: nested.identity,
        object_type: nested.object_type,
        generation: parent.generation.clone(),
        active: ActivePeriod::default(),
        legacy_url: nested.legacy_url,
        master,
        fields: nested.fields,
        nested: nested.nested,
    });
    Extracted {
        object,
        is_mention: nested.is_mention,
    }
}

#[cfg(test)]
mod tests;
