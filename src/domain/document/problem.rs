//! Why a document was not written. What is wrong and where are kept apart; the wire puts them into
//! words (docs/reference/10-swiftype.md §4, §5).

use super::FieldType;
use crate::domain::value::FieldName;

/// A part of a document as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentPart {
    Document,
    ExternalId,
    Fields,
    Name,
    Type,
    Value,
}

impl DocumentPart {
    pub const ALL: [(&str, Self); 6] = [
        ("document", Self::Document),
        ("external_id", Self::ExternalId),
        ("fields", Self::Fields),
        ("name", Self::Name),
        ("type", Self::Type),
        ("value", Self::Value),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, part)| *part)
    }

    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known)| *known == self);
        found.map_or("document", |(name, _)| name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentProblem {
    /// A part without which the rest means nothing.
    Missing(DocumentPart),
    /// A part of another JSON shape.
    WrongShape(DocumentPart),
    /// Too long, or with control characters.
    BadExternalId,
    ReservedName(FieldName),
    UnknownType {
        field: FieldName,
        got: String,
    },
    /// The attribute got another type from its first use.
    TypeConflict {
        field: FieldName,
        got: FieldType,
        defined: FieldType,
    },
    BadValue {
        field: FieldName,
        expected: FieldType,
    },
    TooManyFields {
        max: usize,
    },
    /// The engine has as many distinct attributes as it may.
    EngineFull {
        max: usize,
    },
    /// Only what is not there can be created.
    Exists,
    NotFound,
    /// Only what is there can be updated.
    UnknownField {
        known: Vec<FieldName>,
    },
    /// The object is one of a shop, and its rules refused the change.
    ShopRules,
}

impl DocumentProblem {
    /// Whether the shape of the document alone shows it: then its receipt says so at once.
    pub fn is_of_shape(&self) -> bool {
        matches!(
            self,
            Self::Missing(_) | Self::WrongShape(_) | Self::BadExternalId
        )
    }
}
