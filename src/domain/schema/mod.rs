//! The type of every attribute of a site, fixed by the first value seen (docs/reference/04-data-layout.md §2).
//! Invariant: an attribute's type and number never change while it is known, and no other attribute ever gets
//! its number: what an index holds under a number that was given up means nothing.

mod admission;
mod criteria;
mod documents;
mod misfits;
mod names;
mod typed;
mod walk;

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::ControlFlow;

use super::derived::{BRAND, Derived};
use super::document::DocumentTypes;
use super::entry::ANCESTORS;
use super::object::Object;
use super::value::{FieldName, FieldValue};

pub use admission::{Admission, Judged, MisfitRule};
pub use criteria::{Criteria, Matcher, Wanted};
pub use misfits::Misfits;
pub use typed::TypedValue;
use typed::for_each_form;
pub(super) use typed::{date, is_mismatch, point};
use walk::{Visitor, walk};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    Text,
    Numeric,
    Boolean,
    Date,
    Geo,
}

/// Types of attributes by name. Each attribute also has a number, in order of first appearance, that the
/// index uses in place of the name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// In order of their numbers.
    attributes: Vec<Attribute>,
    by_name: HashMap<FieldName, (u32, AttributeType)>,
    /// Higher than every number that was ever given.
    next_number: u32,
    /// What documents declared; of their values alone these types decide.
    documents: DocumentTypes,
}

#[derive(Clone, Debug)]
struct Attribute {
    number: u32,
    name: FieldName,
    kind: AttributeType,
}

/// A value did not fit the type of its attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    pub attribute: FieldName,
    pub expected: AttributeType,
    /// The offending value as text; of a longer one 256 characters and `…`.
    pub value: String,
}

/// Why an object does not go with the attributes of its site.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaError {
    Mismatch(Mismatch),
    /// It brings more attributes than [`Schema::ATTRIBUTES_MAX`] leaves room for.
    Full,
}

/// Attributes an object brought that the schema did not know, in order.
pub type NewAttributes = Vec<(FieldName, AttributeType)>;

impl Schema {
    /// Most distinct attributes one site may have.
    pub const ATTRIBUTES_MAX: usize = 20_000;

    /// Values more than one level deep become attributes only while a site has fewer than this, and of
    /// one object so many at most: maps whose keys are data must not keep out attributes to come. What
    /// finds no room is kept, returned and found by words.
    pub const DEEP_ATTRIBUTES_BELOW: usize = Self::ATTRIBUTES_MAX / 2;

    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<(u32, AttributeType)> {
        self.by_name.get(name).copied()
    }

    /// The attribute with this number.
    pub fn name(&self, number: u32) -> Option<&FieldName> {
        // Where no number was given up, it is the place.
        let direct = self.attributes.get(number as usize);
        if let Some(attribute) = direct.filter(|attribute| attribute.number == number) {
            return Some(&attribute.name);
        }
        let number_of = |attribute: &Attribute| attribute.number;
        let place = self.attributes.binary_search_by_key(&number, number_of);
        place.ok().map(|place| &self.attributes[place].name)
    }

    /// In order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &FieldName, AttributeType)> {
        self.added_since(0)
    }

    /// The number that the next new attribute gets.
    pub fn next_number(&self) -> u32 {
        self.next_number
    }

    /// Those with this number or a higher one, in order of their numbers.
    pub fn added_since(
        &self,
        number: u32,
    ) -> impl Iterator<Item = (u32, &FieldName, AttributeType)> {
        let first = self.attributes.partition_point(|one| one.number < number);
        let added = self.attributes[first..].iter();
        added.map(|one| (one.number, &one.name, one.kind))
    }

    /// Gives the attribute the next number. A name already known keeps number and type.
    pub fn add(&mut self, name: FieldName, kind: AttributeType) -> u32 {
        if let Some((number, _)) = self.get(name.as_str()) {
            return number;
        }
        let number = self.next_number;
        self.next_number += 1;
        self.by_name.insert(name.clone(), (number, kind));
        self.attributes.push(Attribute { number, name, kind });
        number
    }

    /// Calls `each` for everything the object is found by, sent and derived, inner keys of maps under their path,
    /// `outer.inner`; empty texts and `ancestors` are left out. Values of attributes the schema does not know are
    /// left out too. What does not fit the type of its attribute is a text there.
    pub fn for_each_value<'a>(
        &self,
        object: &'a Object,
        derived: &'a Derived,
        each: impl FnMut(u32, TypedValue<'a>),
    ) {
        if object.is_document() {
            return self.for_each_declared(object, each);
        }
        let mut values = Values { schema: self, each };
        let ControlFlow::Continue(()) = walk_all(object, derived, &mut values);
    }

    /// Whether all values of an attribute are of its type: its name says what it is, so that nothing else
    /// is ever taken.
    pub fn is_fixed(name: &str, kind: AttributeType) -> bool {
        typed::is_fixed(name, kind)
    }

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.get(name).map(|(_, kind)| kind)
    }
}

/// Walks over everything an object is found by: what was sent, then what is derived from it.
fn walk_all<'a, V: Visitor<'a>>(
    object: &'a Object,
    derived: &'a Derived,
    visitor: &mut V,
) -> ControlFlow<V::Stop> {
    // Of all names sent, a derived attribute replaces `brand` alone: the rest give way to them.
    let replaced = derived.returned.contains(BRAND).then_some(BRAND);
    let sent = attributes(object).filter(|(name, _)| Some(name.as_str()) != replaced);
    walk(sent, visitor)?;
    walk(derived.filterable(), visitor)
}

/// What was sent of an object and may be filtered by.
fn attributes(object: &Object) -> impl Iterator<Item = (&FieldName, &FieldValue)> {
    let attributes = object.fields.iter();
    attributes.filter(|(name, _)| name.as_str() != ANCESTORS)
}

/// Hands out the values of attributes the schema knows.
struct Values<'s, F> {
    schema: &'s Schema,
    each: F,
}

impl<'a, F: FnMut(u32, TypedValue<'a>)> Visitor<'a> for Values<'_, F> {
    type Stop = Infallible;

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.schema.kind(name)
    }

    fn visit(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<Infallible> {
        if let Some((number, kind)) = self.schema.get(name) {
            for_each_form(name, kind, value, |form| (self.each)(number, form));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
