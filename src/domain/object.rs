//! An entry of a catalog. Invariant: an [`Object`] passed every rule of contract 02 §2 that needs
//! nothing but the object itself; the only ways to make one are [`Object::new`], which checks, and
//! [`Object::from_store`], which reads back what was checked.

use std::ops::Deref;

use super::identity::{Generation, Identity, ObjectType};
use super::problem::Problems;
use super::time::Timestamp;
use super::value::Fields;

/// The parts of an [`Object`], readable by anyone, checked by [`Object::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectParts {
    pub identity: Identity,
    pub object_type: ObjectType,
    /// Kept beside the content: moving an object to another generation does not change it.
    pub generation: Option<Generation>,
    /// The top-level `active_from` and `active_to`; see [`Object::schedule`] for what holds.
    pub active: ActivePeriod,
    /// The top-level `url`, the older name of identity, when one was sent.
    pub legacy_url: Option<String>,
    /// The object this one was extracted from, for variants only (contract 05 §9).
    pub master: Option<Identity>,
    /// Attributes as sent, `title` among them; availability is corrected (contract 04 §3).
    pub fields: Fields,
    pub nested: Vec<NestedObject>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object(ObjectParts);

impl Object {
    /// Most attributes one object may have (contract 02 §1).
    pub const ATTRIBUTES_MAX: usize = 1000;

    /// Checks title, dates and availability rank, and corrects availability.
    pub fn new(_parts: ObjectParts) -> Result<Self, Problems> {
        todo!()
    }

    /// An object that was checked before it was stored.
    pub fn from_store(parts: ObjectParts) -> Self {
        Self(parts)
    }

    pub fn into_parts(self) -> ObjectParts {
        self.0
    }

    /// When the object is visible: the top-level dates, else the attributes of the same names
    /// (contract 02 §2).
    pub fn schedule(&self) -> ActivePeriod {
        todo!()
    }
}

impl Deref for Object {
    type Target = ObjectParts;

    fn deref(&self) -> &ObjectParts {
        &self.0
    }
}

/// From one instant (inclusive) to another (exclusive); an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivePeriod {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl ActivePeriod {
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.to.is_none_or(|to| now < to)
    }
}

/// The copy of another object that an object carries. Written in any of the forms of contract 02 §4,
/// kept in one; `ancestors` stays among the fields exactly as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedObject {
    pub identity: Identity,
    pub object_type: ObjectType,
    pub legacy_url: Option<String>,
    pub fields: Fields,
    pub nested: Vec<NestedObject>,
}

impl NestedObject {
    /// Display name; every nested object has one.
    pub fn title(&self) -> &str {
        self.fields
            .get("title")
            .and_then(|title| title.as_text())
            .unwrap_or_default()
    }

    /// Reads one entry of a `nested` list: any mixture of `identity` or `url`, attributes beside or
    /// inside `fields` (inside wins), with or without an identity (contract 02 §4).
    pub fn from_entry(_entry: &Fields) -> Result<Self, Problems> {
        todo!()
    }

    /// Titles of the categories above this one, top level first.
    pub fn ancestor_titles(&self) -> Vec<&str> {
        todo!()
    }
}
