//! Objects inside objects: categories, brands, variants (contract 02 §4). Invariant: a
//! [`NestedObject`] passed the same rules as an object of its own, its ancestors too.

use super::entry::{self, ANCESTORS, Entry};
use super::identity::{Identity, ObjectType};
use super::problem::Problems;
use super::rules::TITLE;
use super::titles;
use super::value::{FieldValue, Fields};

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
            .get(TITLE)
            .and_then(FieldValue::as_text)
            .unwrap_or_default()
    }

    /// Reads one entry of a `nested` list: any mixture of `identity` or `url`, attributes beside or
    /// inside `fields` (inside wins), with or without an identity (contract 02 §4). Recurses as deep
    /// as the entry is nested.
    pub fn from_entry(entry: &Fields) -> Result<Self, Problems> {
        let with_texts = titles::with_texts(entry);
        Entry::nested(with_texts.as_ref().unwrap_or(entry)).read()
    }

    /// Titles of the categories above this one, top level first.
    pub fn ancestor_titles(&self) -> Vec<&str> {
        ancestor_titles(&self.fields)
    }
}

/// Titles in an `ancestors` attribute, top level first; what has no title is left out.
pub(super) fn ancestor_titles(fields: &Fields) -> Vec<&str> {
    let mut titles = fields.get(ANCESTORS).map(entry::titles).unwrap_or_default();
    titles.retain(|title| !title.is_empty());
    titles
}

#[cfg(test)]
mod tests;
