//! A partial change of one object: absent, cleared and set are three things (contract 02 §5).

use super::identity::{Generation, Identity, ObjectType};
use super::object::{NestedObject, Object};
use super::problem::Problems;
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
    pub generation: Change<Generation>,
    pub active_from: Change<Timestamp>,
    pub active_to: Change<Timestamp>,
    /// `None` removes the attribute.
    pub fields: Vec<(FieldName, Option<FieldValue>)>,
    /// Replaces the whole list.
    pub nested: Option<Vec<NestedObject>>,
}

impl ObjectPatch {
    /// The object as it is after this patch, with availability and rank kept in step
    /// (contract 04 §3).
    pub fn apply(&self, _object: &Object) -> Result<Object, Problems> {
        todo!()
    }
}
