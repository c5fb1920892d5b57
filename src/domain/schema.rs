//! The type of every attribute of a site, fixed by the first value seen (contract 04 §2).
//! Invariant: an attribute's type and number never change once given.

use std::collections::HashMap;

use super::derived::Derived;
use super::object::Object;
use super::time::Timestamp;
use super::value::{FieldName, FieldValue, Number};

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
}

/// A value did not fit the type of its attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    pub attribute: FieldName,
    pub expected: AttributeType,
    /// The offending value as text, at most 256 characters.
    pub value: String,
}

/// Attributes an object brought that the schema did not know, in order.
pub type NewAttributes = Vec<(FieldName, AttributeType)>;

/// One value of an attribute, read by the attribute's type. Text is borrowed as sent.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue<'a> {
    Text(std::borrow::Cow<'a, str>),
    Numeric(f64),
    Boolean(bool),
    Date(Timestamp),
    Geo { lat: f64, lon: f64 },
}

impl Schema {
    /// Most distinct attributes one site may have.
    pub const ATTRIBUTES_MAX: usize = 20_000;

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

    /// In order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &FieldName, AttributeType)> {
        (0..)
            .zip(&self.attributes)
            .map(|(number, (name, kind))| (number, name, *kind))
    }

    /// Gives the attribute the next number. A name already known keeps number and type.
    pub fn add(&mut self, _name: FieldName, _kind: AttributeType) -> u32 {
        todo!()
    }

    /// Checks every value of the object, sent and derived, against the types known and returns the attributes it would
    /// add, typed by their first value. Nothing is changed.
    pub fn check(&self, _object: &Object, _derived: &Derived) -> Result<NewAttributes, Mismatch> {
        todo!()
    }

    /// Calls `each` for every typed value of the object, sent and derived, inner keys of one-level maps under
    /// `outer.inner`; empty texts, `ancestors` and deeper levels are left out. Values of attributes the schema does
    /// not know are left out too.
    pub fn for_each_value<'a>(
        &self,
        _object: &'a Object,
        _derived: &'a Derived,
        _each: impl FnMut(u32, TypedValue<'a>),
    ) {
        todo!()
    }
}
