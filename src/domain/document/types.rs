//! Which types of documents an engine has, and the types of their attributes (docs/reference/10-swiftype.md §4).
//! Invariant: a declared type never changes while its document type exists.

use std::collections::HashMap;

use super::{FieldType, UPDATED_AT};
use crate::domain::identity::ObjectType;
use crate::domain::time::Timestamp;
use crate::domain::value::FieldName;

/// In order of creation.
#[derive(Clone, Debug, Default)]
pub struct DocumentTypes(Vec<DocumentType>);

#[derive(Clone, Debug)]
pub struct DocumentType {
    pub object_type: ObjectType,
    /// As its maker wrote it.
    pub name: String,
    pub created_at: Timestamp,
    /// In order of first use, without [`UPDATED_AT`].
    fields: Vec<DeclaredField>,
    /// Where the time of the last write of each document lies.
    updated_at: Option<DeclaredField>,
    positions: HashMap<FieldName, usize>,
}

/// An attribute of a document type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredField {
    pub name: FieldName,
    pub field_type: FieldType,
    /// Number of the attribute of the catalog that holds its values.
    pub attribute: u32,
}

/// A type that a document gives to an attribute its document type did not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    pub name: FieldName,
    pub field_type: FieldType,
}

impl DocumentTypes {
    /// Most document types of one engine.
    pub const MAX: usize = 1_000;

    pub fn get(&self, object_type: &ObjectType) -> Option<&DocumentType> {
        self.0
            .iter()
            .find(|known| known.object_type == *object_type)
    }

    pub fn iter(&self) -> impl Iterator<Item = &DocumentType> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::domain) fn get_mut(
        &mut self,
        object_type: &ObjectType,
    ) -> Option<&mut DocumentType> {
        let mut types = self.0.iter_mut();
        types.find(|known| known.object_type == *object_type)
    }

    pub(in crate::domain) fn add(&mut self, new: DocumentType) {
        self.0.push(new);
    }

    pub(in crate::domain) fn remove(&mut self, object_type: &ObjectType) {
        self.0.retain(|known| known.object_type != *object_type);
    }
}

impl DocumentType {
    pub fn new(object_type: ObjectType, name: String, created_at: Timestamp) -> Self {
        Self {
            object_type,
            name,
            created_at,
            fields: Vec::new(),
            updated_at: None,
            positions: HashMap::new(),
        }
    }

    pub fn field(&self, name: &str) -> Option<&DeclaredField> {
        if name == UPDATED_AT {
            return self.updated_at();
        }
        self.positions.get(name).map(|&at| &self.fields[at])
    }

    pub fn updated_at(&self) -> Option<&DeclaredField> {
        self.updated_at.as_ref()
    }

    pub fn fields(&self) -> &[DeclaredField] {
        &self.fields
    }

    pub(in crate::domain) fn add(&mut self, field: DeclaredField) {
        if field.name.as_str() == UPDATED_AT {
            self.updated_at = Some(field);
            return;
        }
        self.positions.insert(field.name.clone(), self.fields.len());
        self.fields.push(field);
    }
}
