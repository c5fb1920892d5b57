//! Documents: objects whose attributes have types that their writer declared (docs/reference/10-swiftype.md §4).
//! Invariant: a [`Document`] names each attribute once, and every value fits its declared type; the
//! rules of shops (a title, availability, prices, schedules) do not apply to it.

mod field_type;
mod problem;
mod receipt;
mod slug;
mod stamped_id;
mod types;

pub use field_type::FieldType;
pub use problem::{DocumentPart, DocumentProblem};
pub use receipt::{Receipt, ReceiptState};
pub use slug::slug;
pub use stamped_id::{EngineNumber, StampedId};
pub use types::{Declaration, DeclaredField, DocumentType, DocumentTypes};

use super::hidden::FoundObject;
use super::identity::{Identity, ObjectType};
use super::object::Object;
use super::time::Timestamp;
use super::value::{FieldName, FieldValue, Fields};

/// Names that records use for themselves (docs/reference/10-swiftype.md §4).
const RESERVED: [&str; 13] = [
    "external_id",
    "id",
    "_id",
    "engine_id",
    "document_type_id",
    UPDATED_AT,
    "highlight",
    "sort",
    "_score",
    "_type",
    "_index",
    "_version",
    "_explanation",
];

/// What a search calls the last write of a document; no document has an attribute of this name.
pub(super) const UPDATED_AT: &str = "updated_at";

/// An attribute as it was sent: its type still a word.
#[derive(Clone, Debug, PartialEq)]
pub struct SentField {
    pub name: FieldName,
    pub field_type: String,
    /// `None` declares the type without a value.
    pub value: Option<FieldValue>,
}

/// Attributes that a document has, and what they shall be; `None` removes one.
pub type FieldChanges = Vec<(FieldName, Option<FieldValue>)>;

/// A checked document on its way to the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub object: Object,
    /// The type of every attribute that was sent, in order; one of them may have no value.
    pub declared: Vec<(FieldName, FieldType)>,
}

impl Document {
    /// Most attributes of one document.
    pub const FIELDS_MAX: usize = Object::ATTRIBUTES_MAX;

    pub fn new(
        identity: Identity,
        object_type: ObjectType,
        sent: Vec<SentField>,
    ) -> Result<Self, DocumentProblem> {
        if sent.len() > Self::FIELDS_MAX {
            let max = Self::FIELDS_MAX;
            return Err(DocumentProblem::TooManyFields { max });
        }
        let mut fields = Fields::new();
        let mut declared: Vec<(FieldName, FieldType)> = Vec::with_capacity(sent.len());
        for field in sent {
            let name = field.name;
            let field_type = declared_type(&name, &field.field_type)?;
            match declared.iter().find(|(known, _)| *known == name) {
                None => declared.push((name.clone(), field_type)),
                Some((_, defined)) if *defined == field_type => {}
                Some((_, defined)) => {
                    return Err(DocumentProblem::TypeConflict {
                        field: name,
                        got: field_type,
                        defined: *defined,
                    });
                }
            }
            let Some(value) = field.value else { continue };
            match field_type.accept(value) {
                Some(value) => fields.insert(name, value),
                None => {
                    return Err(DocumentProblem::BadValue {
                        field: name,
                        expected: field_type,
                    });
                }
            }
        }
        Ok(Self {
            object: Object::document(identity, object_type, fields),
            declared,
        })
    }

    /// The identity of a document: unique over all types, as identities are, though an external id is
    /// unique in its type only (docs/reference/10-swiftype.md §7).
    pub fn identity(
        object_type: &ObjectType,
        external_id: &str,
    ) -> Result<Identity, DocumentProblem> {
        if external_id.is_empty() {
            return Err(DocumentProblem::Missing(DocumentPart::ExternalId));
        }
        Identity::new(&format!("{object_type}:{external_id}"))
            .map_err(|_| DocumentProblem::BadExternalId)
    }

    /// The external id of an object of a type: what a document's identity was made of, or the identity
    /// itself.
    pub fn external_id<'a>(object_type: &ObjectType, identity: &'a Identity) -> &'a str {
        let identity = identity.as_str();
        let rest = identity.strip_prefix(object_type.as_str());
        let external_id = rest.and_then(|rest| rest.strip_prefix(':'));
        external_id.filter(|id| !id.is_empty()).unwrap_or(identity)
    }
}

impl Document {
    /// Whether records use the name for themselves.
    pub fn is_reserved(name: &str) -> bool {
        RESERVED.contains(&name)
    }
}

fn declared_type(name: &FieldName, word: &str) -> Result<FieldType, DocumentProblem> {
    if Document::is_reserved(name.as_str()) {
        return Err(DocumentProblem::ReservedName(name.clone()));
    }
    FieldType::from_name(word).ok_or_else(|| DocumentProblem::UnknownType {
        field: name.clone(),
        got: word.to_owned(),
    })
}

/// A document as it lies in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    pub object: FoundObject,
    pub place: DocumentPlace,
    /// The last write that changed it.
    pub updated_at: Timestamp,
}

/// What never changes of a document while it exists: its place in the order of first appearance, and
/// when that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentPlace {
    pub first_seen: u64,
    pub created_at: Timestamp,
}

/// What became of one element of a batch of documents.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentOutcome {
    Written(StoredDocument),
    /// The same, where the documents of the batch are too large to be told together.
    WrittenUntold(DocumentPlace),
    Deleted,
    Refused(DocumentProblem),
}

#[cfg(test)]
mod tests;
