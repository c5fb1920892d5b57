//! What comes as another backend has kept it: its rules were kept when it was sent. Invariant: nothing of it is refused but for want
//! of room.

use std::sync::Arc;

use super::content::Content;
use super::{Heads, Plan, admission};
use crate::domain::{
    Derived, FieldName, FieldType, Judged, MisfitRule, Object, Refusal, Schema, TypeConflicts,
    derive,
};

impl<V: Copy + Eq> Plan<V> {
    /// Takes over the attributes of a schema, and its document types with what is declared in them. What is known keeps its type.
    pub fn learn_schema(&mut self, other: &Schema) {
        let is_new = |name: &FieldName| self.schema.get(name.as_str()).is_none();
        let new = other.iter().filter(|(_, name, _)| is_new(name));
        let new: Vec<_> = new.map(|(_, name, kind)| (name.clone(), kind)).collect();
        for (name, kind) in new {
            if self.schema.len() < Schema::ATTRIBUTES_MAX {
                Arc::make_mut(&mut self.schema).add(name, kind);
            }
        }
        for of in other.document_types().iter() {
            self.create_document_type(&of.object_type, &of.name, of.created_at);
            for field in of.fields() {
                let declared: [(FieldName, FieldType); 1] =
                    [(field.name.clone(), field.field_type)];
                // What finds no room is kept and returned only, as ever.
                let _full = self.declare(&of.object_type, &declared);
            }
        }
    }

    /// The content of an object that is put as it was kept, and what is derived of it. A file has what was found of it here before.
    pub fn admit_kept<H: Heads<Version = V>>(
        &mut self,
        heads: &mut H,
        object: Object,
    ) -> Result<Result<(Content, Derived), Refusal>, H::Error> {
        let (mut object, mut is_new_file) = (object, false);
        if object.file_url().is_some() {
            let before = match heads.head(&object.identity)? {
                Some(head) => heads.content(&head)?,
                None => None,
            };
            let settled = object.settled(before.as_ref(), self.fetches_files);
            (object, is_new_file) = (settled.object, settled.is_new);
        }
        let derived = derive(&object);
        let rule = MisfitRule {
            conflicts: TypeConflicts::Keep,
            judged: Judged::All,
        };
        if let Err(error) = admission::learn(&mut self.schema, &object, &derived, rule) {
            return Ok(Err(error.into()));
        }
        let content = Content {
            is_new_file,
            ..Content::new(object, self.encode)
        };
        Ok(Ok((content, derived)))
    }
}
