//! Objects inside objects: categories, brands, variants (docs/reference/02-content.md §4). Invariant: a
//! [`NestedObject`] passed the same rules as an object of its own, its ancestors too.

use super::entry::{self, ANCESTORS, Entry};
use super::identity::{Identity, ObjectType};
use super::own_names::OwnNames;
use super::problem::{Problems, Rule};
use super::rules::TITLE;
use super::titles;
use super::value::{FieldValue, Fields};

/// The copy of another object that an object carries. Written in any of the forms of
/// docs/reference/02-content.md §4, kept in one; `ancestors` stays among the fields exactly as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedObject {
    pub identity: Identity,
    pub object_type: ObjectType,
    pub legacy_url: Option<String>,
    /// Whether it was sent as a bare mention: identity, type and title, no more. It says what becomes of
    /// the object that is mentioned, is of no interest after that, and not stored.
    pub is_mention: bool,
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

    /// Reads the entries of the `nested` list of an object, `None` for what is no map: each any mixture of
    /// `identity` or `url`, attributes beside or inside `fields` (inside wins), with or without an identity
    /// (docs/reference/02-content.md §4). Recurses as deep as the entries are nested.
    pub fn read_list<'e>(
        parent: Option<&'e Identity>,
        entries: impl Iterator<Item = Option<&'e Fields>> + Clone,
    ) -> impl Iterator<Item = Result<Self, Problems>> {
        let mut names = OwnNames::new(parent, entries.clone().flatten());
        entries.map(move |entry| match entry {
            Some(sent) => {
                let with_texts = titles::with_texts(sent);
                let sent = with_texts.as_ref().unwrap_or(sent);
                Entry::nested_in(parent, sent, &mut names).read()
            }
            None => Err(Problems::one([""; 0], Rule::NotMap)),
        })
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
