//! An entry of a catalog. Invariant: an [`Object`] passed every rule of contract 02 §2 that needs
//! nothing but the object itself; [`Object::new`] checks, every other way to make one starts from
//! what was checked.

use std::ops::Deref;

use super::availability;
use super::identity::{Generation, Identity, ObjectType};
use super::nested::NestedObject;
use super::problem::{Problem, Problems};
use super::rules::{self, ACTIVE_FROM, ACTIVE_TO};
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

    /// Checks title, dates, availability and the number of attributes, and corrects availability.
    /// The error holds everything found wrong.
    pub fn new(mut parts: ObjectParts) -> Result<Self, Problems> {
        if let Some(problems) = Problems::from_list(Self::check_fields(&parts.fields)) {
            return Err(problems);
        }
        availability::correct(&mut parts.fields);
        Ok(Self(parts))
    }

    /// Everything wrong with the attributes alone, told also of objects that are refused for other
    /// reasons.
    pub fn check_fields(fields: &Fields) -> Vec<Problem> {
        rules::check_attributes(|name| fields.get(name), fields.len())
    }

    /// An object made of a nested one, which [`NestedObject::from_entry`] checked.
    pub(super) fn from_nested(parts: ObjectParts) -> Self {
        Self(parts)
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
        let attribute = |name| {
            let text = self.fields.get(name)?.as_text()?;
            Timestamp::parse(text)
        };
        ActivePeriod {
            from: self.active.from.or_else(|| attribute(ACTIVE_FROM)),
            to: self.active.to.or_else(|| attribute(ACTIVE_TO)),
        }
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
