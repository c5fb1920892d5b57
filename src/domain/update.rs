//! One change for all objects that match (docs/reference/03-update-by-query-and-generations.md §1). Which
//! objects match is [`super::schema::Criteria`]'s matter; what a change makes of one is
//! [`super::ObjectPatch`]'s.

use super::identity::{Identity, ObjectType};
use super::patch::ObjectPatch;
use super::schema::Criteria;
use super::value::{FieldName, FieldValue};

#[derive(Clone, Debug, PartialEq)]
pub struct UpdateByQuery {
    /// Objects of other types are not looked at.
    pub types: Vec<ObjectType>,
    pub criteria: Criteria,
    /// Each name once; `None` removes the attribute.
    pub fields: Vec<(FieldName, Option<FieldValue>)>,
}

impl UpdateByQuery {
    /// Most types one update may name. A catalog has a handful.
    pub const TYPES_MAX: usize = 100;

    pub fn asks_for(&self, object_type: &ObjectType) -> bool {
        self.types.contains(object_type)
    }

    /// The change of one object: attributes alone, each replaced whole.
    pub fn patch_of(&self, identity: Identity) -> ObjectPatch {
        ObjectPatch::of_fields(identity, self.fields.clone())
    }
}
