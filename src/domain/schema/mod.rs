//! The type of every attribute of a site, fixed by the first value seen (contract 04 §2).
//! Invariant: an attribute's type and number never change once given.

mod criteria;
mod documents;
mod typed;
mod walk;

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::ControlFlow;

use super::derived::{BRAND, Derived, derive_nested};
use super::document::DocumentTypes;
use super::entry::ANCESTORS;
use super::nested::NestedObject;
use super::object::Object;
use super::stand_in::stand_ins_of;
use super::value::{FieldName, FieldValue, Fields};

pub use criteria::{Criteria, Matcher, Wanted};
pub use typed::TypedValue;
use typed::{Reading, describe, infer, infer_derived, read};
pub(super) use typed::{date, point};
use walk::{Visitor, walk};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    Text,
    Numeric,
    Boolean,
    Date,
    Geo,
}

/// Types of attributes by name. Each attribute also has a number, dense from 0 in order of first
/// appearance, that the index uses in place of the name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    attributes: Vec<(FieldName, AttributeType)>,
    numbers: HashMap<FieldName, u32>,
    /// What documents declared; of their values alone these types decide.
    documents: DocumentTypes,
}

/// A value did not fit the type of its attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    pub attribute: FieldName,
    pub expected: AttributeType,
    /// The offending value as text, at most 256 characters.
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
        let number = *self.numbers.get(name)?;
        Some((number, self.attributes[number as usize].1))
    }

    /// The attribute with this number.
    pub fn name(&self, number: u32) -> Option<&FieldName> {
        let attribute = self.attributes.get(number as usize);
        attribute.map(|(name, _)| name)
    }

    /// In order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &FieldName, AttributeType)> {
        (0..)
            .zip(&self.attributes)
            .map(|(number, (name, kind))| (number, name, *kind))
    }

    /// Gives the attribute the next number. A name already known keeps number and type.
    pub fn add(&mut self, name: FieldName, kind: AttributeType) -> u32 {
        if let Some((number, _)) = self.get(name.as_str()) {
            return number;
        }
        let number = self.attributes.len() as u32;
        self.numbers.insert(name.clone(), number);
        self.attributes.push((name, kind));
        number
    }

    /// Checks every value of the object, sent and derived, against the types known and returns the attributes it would
    /// add, typed by their first value. Nothing is changed. Only a sent value can be a mismatch: a derived one that
    /// does not fit an attribute the shop gave another type is left out of it.
    pub fn check(&self, object: &Object, derived: &Derived) -> Result<NewAttributes, SchemaError> {
        let mut check = Check {
            schema: self,
            origin: Origin::Sent,
            additions: Additions::default(),
        };
        let mut outcome = walk(attributes(object), &mut check);
        if outcome.is_continue() {
            check.origin = Origin::Derived;
            outcome = walk(derived.filterable(), &mut check);
        }
        // A variant may be found in the object's place, by attributes that no object has yet.
        for at in stand_ins_of(object) {
            if outcome.is_continue() {
                check.origin = Origin::Nested;
                outcome = check.walk_variant(&object.nested[at]);
            }
        }
        match outcome {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(check.additions.list),
        }
    }

    /// Calls `each` for every typed value of the object, sent and derived, inner keys of maps under
    /// their path, `outer.inner`; empty texts and `ancestors` are left out. Values of attributes the schema does
    /// not know are left out too.
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Sent,
    Derived,
    /// In a nested variant; as an object of its own it is checked by itself.
    Nested,
}

/// Compares values with the schema and gathers what it does not know.
struct Check<'s> {
    schema: &'s Schema,
    origin: Origin,
    additions: Additions,
}

impl Check<'_> {
    fn walk_variant(&mut self, variant: &NestedObject) -> ControlFlow<SchemaError> {
        let sent = variant.fields.iter();
        walk(sent.filter(|(name, _)| name.as_str() != ANCESTORS), self)?;
        let derived = Derived {
            returned: derive_nested(variant, &|_| true),
            filter_only: Fields::new(),
        };
        walk(derived.filterable(), self)
    }
}

impl<'a> Visitor<'a> for Check<'_> {
    type Stop = SchemaError;

    fn kind(&self, name: &str) -> Option<AttributeType> {
        self.schema.kind(name).or_else(|| self.additions.get(name))
    }

    fn visit(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<SchemaError> {
        let known = self.kind(name);
        let kind = known.or_else(|| match self.origin {
            Origin::Sent | Origin::Nested => infer(name, value),
            Origin::Derived => infer_derived(name, value),
        });
        let Some(kind) = kind else {
            return ControlFlow::Continue(());
        };
        if self.origin == Origin::Sent && matches!(read(name, kind, value), Reading::Misfit) {
            return ControlFlow::Break(SchemaError::Mismatch(Mismatch {
                attribute: name.into(),
                expected: kind,
                value: describe(value),
            }));
        }
        if known.is_none() {
            if self.schema.len() + self.additions.list.len() >= Schema::ATTRIBUTES_MAX {
                return ControlFlow::Break(SchemaError::Full);
            }
            self.additions.add(name, kind);
        }
        ControlFlow::Continue(())
    }

    /// Nothing so deep refuses an object: it was never promised a type. What does not fit is no value of the
    /// attribute.
    fn visit_deep(&mut self, name: &str, value: &'a FieldValue) -> ControlFlow<SchemaError> {
        if self.kind(name).is_none()
            && self.schema.len() + self.additions.list.len() < Schema::DEEP_ATTRIBUTES_BELOW
            && self.additions.deep < Object::ATTRIBUTES_MAX
            && let Some(kind) = infer(name, value)
        {
            self.additions.deep += 1;
            self.additions.add(name, kind);
        }
        ControlFlow::Continue(())
    }
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
        if let Some((number, kind)) = self.schema.get(name)
            && let Reading::Value(value) = read(name, kind, value)
        {
            (self.each)(number, value);
        }
        ControlFlow::Continue(())
    }
}

/// Attributes an object brings along. Found by name, as one object may bring thousands.
#[derive(Default)]
struct Additions {
    list: NewAttributes,
    by_name: HashMap<FieldName, AttributeType>,
    /// How many of them are of values more than one level deep.
    deep: usize,
}

impl Additions {
    fn get(&self, name: &str) -> Option<AttributeType> {
        self.by_name.get(name).copied()
    }

    fn add(&mut self, name: &str, kind: AttributeType) {
        let name = FieldName::new(name);
        self.by_name.insert(name.clone(), kind);
        self.list.push((name, kind));
    }
}

#[cfg(test)]
mod tests;
