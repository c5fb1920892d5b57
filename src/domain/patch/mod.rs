//! A partial change of one object: absent, cleared and set are three things (docs/reference/02-content.md §5).
//! Invariant: what a patch leaves behind passes every rule a whole object passes.

use super::availability::{self, AVAILABILITY, RANK, read_availability};
use super::identity::{Generation, Identity, ObjectType};
use super::nested::NestedObject;
use super::object::{Object, ObjectParts};
use super::problem::{Problems, Rule};
use super::time::Timestamp;
use super::value::{FieldName, FieldValue};

/// What a patch says of one part.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// A checked partial change; applies only to an object that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectPatch {
    pub identity: Identity,
    /// Only compared: the type of an object cannot change.
    pub object_type: Option<ObjectType>,
    /// It was sent as a file: it is one from now on.
    pub is_file: bool,
    pub generation: Change<Generation>,
    pub active_from: Change<Timestamp>,
    pub active_to: Change<Timestamp>,
    /// Each name once; `None` removes the attribute.
    pub fields: Vec<(FieldName, Option<FieldValue>)>,
    /// Replaces the whole list.
    pub nested: Option<Vec<NestedObject>>,
}

impl<T: Clone> Change<T> {
    fn apply(&self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

impl ObjectPatch {
    /// A change of attributes alone, each replaced whole.
    pub fn of_fields(identity: Identity, fields: Vec<(FieldName, Option<FieldValue>)>) -> Self {
        Self {
            identity,
            object_type: None,
            is_file: false,
            generation: Change::Keep,
            active_from: Change::Keep,
            active_to: Change::Keep,
            fields,
            nested: None,
        }
    }

    /// The object as it is after this patch, with availability and rank kept in step
    /// (docs/reference/04-data-layout.md §3). The error holds everything found wrong.
    pub fn apply(&self, object: &Object) -> Result<Object, Problems> {
        let mut parts = ObjectParts::clone(object);
        parts.generation = self.generation.apply(parts.generation);
        parts.active.from = self.active_from.apply(parts.active.from);
        parts.active.to = self.active_to.apply(parts.active.to);
        if let Some(nested) = &self.nested {
            parts.nested.clone_from(nested);
        }
        for (name, value) in &self.fields {
            match value {
                Some(value) => parts.fields.insert(name.clone(), value.clone()),
                None => drop(parts.fields.remove(name.as_str())),
            }
        }
        if let Some(available) = self.availability_alone()
            && !object.is_document()
        {
            availability::follow_availability(&mut parts.fields, available);
        }

        let is_other_type = |sent: &ObjectType| *sent != object.object_type;
        if self.object_type.as_ref().is_some_and(is_other_type) {
            let unchangeable = Problems::one(["type"], Rule::Unchangeable);
            let more = object.changed(parts).err().map(Problems::into_list);
            return Err(unchangeable.and(more.into_iter().flatten()));
        }
        let changed = object.changed(parts)?;
        let is_new_file = self.is_file && !changed.is_file() && !changed.is_document();
        Ok(if is_new_file {
            changed.into_file()
        } else {
            changed
        })
    }

    /// What the patch makes of `availability` when it leaves the rank alone.
    fn availability_alone(&self) -> Option<bool> {
        let patched = |wanted: &str| {
            let mut attributes = self.fields.iter();
            attributes.find(|(name, _)| name.as_str() == wanted)
        };
        if patched(RANK).is_some() {
            return None;
        }
        let (_, value) = patched(AVAILABILITY)?;
        read_availability(value.as_ref()?).ok().flatten()
    }
}

#[cfg(test)]
mod tests;
