//! A hit and the nested objects in it (contract 05 §5, 04 §6). Written straight from the domain
//! object, without a JSON tree in between: a page may hold 200 objects of hundreds of attributes.

use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};

use super::attributes::Attributes;
use super::trim::Trim;
use crate::domain::{self, AttributesForm, Derived, Hit, NestedObject, Object, Timestamp};

/// How every hit of an answer is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct HitForm<'a> {
    pub attributes: AttributesForm,
    pub trim: &'a Trim,
}

/// The hits of an answer, in order.
pub(super) struct Hits<'a> {
    hits: &'a [Hit],
    form: HitForm<'a>,
}

impl<'a> Hits<'a> {
    pub(super) fn new(hits: &'a [Hit], form: HitForm<'a>) -> Self {
        Self { hits, form }
    }
}

impl Serialize for Hits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.hits.len()))?;
        for hit in self.hits {
            let derived = domain::derive(&hit.object);
            let updated_at = updated_at(hit.updated_at, self.form.trim);
            let shared = Shared {
                exact: hit.exact,
                updated_at: updated_at.as_deref(),
                form: self.form,
            };
            seq.serialize_element(&Entry::of_hit(&hit.object, &derived, shared))?;
        }
        seq.end()
    }
}

fn updated_at(instant: Timestamp, trim: &Trim) -> Option<String> {
    (!trim.is_list()).then(|| instant.to_string())
}

/// What a hit and everything nested in it have in common.
#[derive(Clone, Copy)]
struct Shared<'a> {
    exact: bool,
    updated_at: Option<&'a str>,
    form: HitForm<'a>,
}

/// The one shape of hits and nested objects.
#[derive(Serialize)]
struct Entry<'a> {
    /// The identity, whatever it looks like.
    url: &'a str,
    identity_hash: Option<u64>,
    attributes: Attributes<'a>,
    nested: NestedEntries<'a>,
    #[serde(rename = "type")]
    object_type: &'a str,
    highlight: Highlight,
    exact: bool,
    alternative: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<&'a str>,
}

/// Always empty in answers of a search.
#[derive(Serialize)]
struct Highlight {}

impl<'a> Entry<'a> {
    fn of_hit(object: &'a Object, derived: &'a Derived, shared: Shared<'a>) -> Self {
        let legacy_url = object.legacy_url.as_deref();
        Self {
            url: object.identity.as_str(),
            identity_hash: None,
            attributes: Attributes {
                sent: &object.fields,
                derived: Some(&derived.returned),
                original_url: legacy_url.unwrap_or(object.identity.as_str()),
                form: shared.form,
            },
            nested: NestedEntries::new(&object.nested, shared),
            object_type: object.object_type.as_str(),
            highlight: Highlight {},
            exact: shared.exact,
            alternative: false,
            updated_at: shared.updated_at,
        }
    }

    /// Nothing is derived for the copy inside another object.
    fn of_nested(nested: &'a NestedObject, shared: Shared<'a>) -> Self {
        let legacy_url = nested.legacy_url.as_deref();
        Self {
            url: nested.identity.as_str(),
            identity_hash: None,
            attributes: Attributes {
                sent: &nested.fields,
                derived: None,
                original_url: legacy_url.unwrap_or(nested.identity.as_str()),
                form: shared.form,
            },
            nested: NestedEntries::new(&nested.nested, shared),
            object_type: nested.object_type.as_str(),
            highlight: Highlight {},
            exact: shared.exact,
            alternative: false,
            updated_at: shared.updated_at,
        }
    }
}

/// Nested objects, each an [`Entry`]; none when trimmed away.
struct NestedEntries<'a> {
    nested: &'a [NestedObject],
    shared: Shared<'a>,
}

impl<'a> NestedEntries<'a> {
    fn new(nested: &'a [NestedObject], shared: Shared<'a>) -> Self {
        let keeps_nested = shared.form.trim.keeps_nested();
        Self {
            nested: if keeps_nested { nested } else { &[] },
            shared,
        }
    }
}

impl Serialize for NestedEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.nested.iter();
        serializer.collect_seq(entries.map(|nested| Entry::of_nested(nested, self.shared)))
    }
}

#[cfg(test)]
mod tests;
