//! Declared types in a schema: where the values of documents lie among the attributes of the catalog.
//! Invariant: an attribute that holds values of a declared field has the field's type, so what a
//! document declares never collides with what shops or other document types have under that name.

use super::typed::{describe, preset};
use super::{AttributeType, Mismatch, Schema, TypedValue};
use crate::domain::document::{
    Declaration, DeclaredField, DocumentProblem, DocumentType, DocumentTypes, FieldType, UPDATED_AT,
};
use crate::domain::geo::Place;
use crate::domain::identity::ObjectType;
use crate::domain::object::Object;
use crate::domain::value::{FieldName, FieldValue};

/// Attributes that mean something to searches of shops. What documents have under these names lies
/// elsewhere.
const MEANINGFUL: [&str; 11] = [
    "type",
    "boost",
    "availability",
    "availability_rank",
    "introduced_at",
    "_margin",
    "margin",
    "active_from",
    "active_to",
    Place::RANGE_NAME,
    // Documents have it whether they were sent any or not: what shops call so must stay free for them.
    UPDATED_AT,
];

impl Schema {
    pub fn document_types(&self) -> &DocumentTypes {
        &self.documents
    }

    /// Whether there is nothing in the other one that is not here: attributes, document types and what is declared in them.
    pub fn knows_all_of(&self, other: &Self) -> bool {
        let knows = |of: &DocumentType| {
            let known = self.documents.get(&of.object_type);
            known.is_some_and(|known| known.fields().len() >= of.fields().len())
        };
        let mut names = other.iter();
        names.all(|(_, name, _)| self.get(name.as_str()).is_some())
            && other.documents.iter().all(knows)
    }

    pub fn add_document_type(&mut self, new: DocumentType) {
        self.documents.add(new);
    }

    /// Forgets a type and what its documents declared; the attributes stay until somebody has seen that
    /// nothing has them.
    pub fn remove_document_type(&mut self, object_type: &ObjectType) {
        self.documents.remove(object_type);
    }

    /// What of these types is new to the document type, in order. Nothing is changed.
    pub fn check_declared(
        &self,
        object_type: &ObjectType,
        declared: &[(FieldName, FieldType)],
    ) -> Result<Vec<Declaration>, DocumentProblem> {
        let known = self.documents.get(object_type);
        let mut new = Vec::new();
        for (name, field_type) in declared {
            match known.and_then(|known| known.field(name.as_str())) {
                None => new.push(Declaration {
                    name: name.clone(),
                    field_type: *field_type,
                }),
                Some(field) if field.field_type == *field_type => {}
                Some(field) => {
                    return Err(DocumentProblem::TypeConflict {
                        field: name.clone(),
                        got: *field_type,
                        defined: field.field_type,
                    });
                }
            }
        }
        let mut brought = 0;
        for declaration in &new {
            let kind = declaration.field_type.attribute_type();
            let attribute = self.attribute_for(object_type, declaration.name.as_str(), kind);
            if self.get(attribute.as_str()).is_some() {
                continue;
            }
            if !self.has_room(attribute.as_str(), brought) {
                let max = Self::ATTRIBUTES_MAX;
                return Err(DocumentProblem::EngineFull { max });
            }
            brought += 1;
        }
        Ok(new)
    }

    /// The types of a document that was changed by somebody who declares none: what fits a type that was
    /// declared keeps it, what is new gets one from its value.
    pub fn types_of_changed(
        &self,
        document: &Object,
    ) -> Result<Vec<(FieldName, FieldType)>, Mismatch> {
        let known = self.documents.get(&document.object_type);
        let mut types = Vec::new();
        for (name, value) in document.fields.iter() {
            let declared = known.and_then(|known| known.field(name.as_str()));
            let declared = declared.map(|field| field.field_type);
            let Some(field_type) = declared.or_else(|| FieldType::infer(value)) else {
                continue;
            };
            let is_misfit =
                |one: &&FieldValue| one.as_text() != Some("") && field_type.read(one).is_none();
            if let Some(misfit) = value.elements().iter().find(is_misfit) {
                return Err(Mismatch {
                    attribute: name.clone(),
                    expected: field_type.attribute_type(),
                    value: describe(misfit),
                });
            }
            types.push((name.clone(), field_type));
        }
        Ok(types)
    }

    /// Gives a field its type, and an attribute of that type to lie in. The document type must be known.
    pub fn declare(&mut self, object_type: &ObjectType, new: Declaration) -> DeclaredField {
        let kind = new.field_type.attribute_type();
        let attribute = self.attribute_for(object_type, new.name.as_str(), kind);
        let field = DeclaredField {
            attribute: self.add(attribute, kind),
            field_type: new.field_type,
            name: new.name,
        };
        self.add_declared(object_type, field.clone());
        field
    }

    /// Gives the last writes of a type's documents an attribute to lie in; `None` when they have one, and
    /// where there is no room for it.
    pub fn declare_updated_at(&mut self, object_type: &ObjectType) -> Option<DeclaredField> {
        let declared = [(FieldName::new(UPDATED_AT), FieldType::Date)];
        let new = self.check_declared(object_type, &declared).ok()?.pop()?;
        Some(self.declare(object_type, new))
    }

    /// Number of the attribute that holds when an object was written last.
    pub fn updated_at_of(&self, object: &Object) -> Option<u32> {
        if !object.is_document() {
            return None;
        }
        let document_type = self.documents.get(&object.object_type)?;
        document_type.updated_at().map(|field| field.attribute)
    }

    /// A field as [`Self::declare`] gave it.
    pub fn add_declared(&mut self, object_type: &ObjectType, field: DeclaredField) {
        if let Some(document_type) = self.documents.get_mut(object_type) {
            document_type.add(field);
        }
    }

    /// The attribute of this name, or one of the document type's own where that holds something else.
    fn attribute_for(
        &self,
        object_type: &ObjectType,
        name: &str,
        kind: AttributeType,
    ) -> FieldName {
        let holds = |name: &str| self.kind(name).or_else(|| preset(name));
        let is_free = |name: &str| holds(name).is_none_or(|held| held == kind);
        if !MEANINGFUL.contains(&name) && is_free(name) {
            return FieldName::new(name);
        }
        let mut own = format!("{object_type}.{name}");
        while !is_free(&own) {
            own.push('\'');
        }
        FieldName::new(&own)
    }

    /// Calls `each` for every value of a document, read by its declared type.
    pub(super) fn for_each_declared<'a>(
        &self,
        document: &'a Object,
        mut each: impl FnMut(u32, TypedValue<'a>),
    ) {
        let Some(document_type) = self.documents.get(&document.object_type) else {
            return;
        };
        for (name, value) in document.fields.iter() {
            let field = document_type.field(name.as_str());
            // Of this name nothing that somebody sent by another way counts.
            let Some(field) = field.filter(|field| field.name.as_str() != UPDATED_AT) else {
                continue;
            };
            for element in value.elements() {
                if let Some(value) = field.field_type.read(element) {
                    each(field.attribute, value);
                }
            }
        }
    }

    /// Number of the attribute that holds what an object has under this name.
    pub fn attribute_of(&self, object: &Object, name: &str) -> Option<u32> {
        if !object.is_document() {
            return self.get(name).map(|(number, _)| number);
        }
        let document_type = self.documents.get(&object.object_type)?;
        document_type.field(name).map(|field| field.attribute)
    }

    /// Whether words of a query are looked for in this attribute of a document.
    pub fn is_searched(&self, object_type: &ObjectType, name: &str) -> bool {
        let document_type = self.documents.get(object_type);
        let field = document_type.and_then(|known| known.field(name));
        field.is_some_and(|field| field.field_type.is_searched())
    }
}
