//! A hit and the nested objects in it (docs/reference/05-search.md §5, docs/reference/04-data-layout.md §6).
//! Written straight from the domain object, without a JSON tree in between: a page may hold 200 objects of
//! hundreds of attributes.

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq, Serializer};

use super::attributes::Attributes;
use super::explanation::ExplanationForm;
use super::trim::Trim;
use crate::domain::{AttributesForm, Hit, ShownFields, ShownNested, Timestamp};

/// How every hit of an answer is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct HitForm<'a> {
    pub attributes: AttributesForm,
    pub trim: &'a Trim,
    /// In a list that is no answer of a search: without what only searches say of their hits.
    pub is_listed: bool,
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
        write_hits(&mut seq, self.hits, self.form)?;
        seq.end()
    }
}

/// Writes hits among others.
pub(super) fn write_hits<S: SerializeSeq>(
    seq: &mut S,
    hits: &[Hit],
    form: HitForm<'_>,
) -> Result<(), S::Error> {
    for hit in hits {
        write_hit(seq, hit, form, None)?;
    }
    Ok(())
}

/// Writes one hit, and whether it stands in for another where somebody wants to know.
pub(super) fn write_hit<S: SerializeSeq>(
    seq: &mut S,
    hit: &Hit,
    form: HitForm<'_>,
    is_fallback: Option<bool>,
) -> Result<(), S::Error> {
    let object = hit.object.shown();
    let derived = object.derived(&|name| form.trim.keeps(name));
    let updated_at = updated_at(hit.updated_at, form);
    let shared = Shared {
        exact: hit.exact,
        updated_at: updated_at.as_deref(),
        form,
    };
    let explanation = hit.explanation.as_deref();
    seq.serialize_element(&HitBody {
        url: object.identity().as_str(),
        object_type: object.object_type().as_str(),
        sent: object.fields(),
        derived: ShownFields::new(&derived),
        nested: object.nested().collect(),
        explanation: explanation.map(ExplanationForm::from),
        is_fallback,
        shared,
    })
}

fn updated_at(instant: Timestamp, form: HitForm<'_>) -> Option<String> {
    (!form.is_listed && !form.trim.is_list()).then(|| instant.to_string())
}

/// What a hit and everything nested in it have in common.
#[derive(Clone, Copy)]
struct Shared<'a> {
    exact: bool,
    updated_at: Option<&'a str>,
    form: HitForm<'a>,
}

/// A hit or a nested object: both are written in one shape.
struct HitBody<'a> {
    url: &'a str,
    object_type: &'a str,
    sent: ShownFields<'a>,
    derived: ShownFields<'a>,
    nested: Vec<ShownNested<'a>>,
    explanation: Option<ExplanationForm<'a>>,
    is_fallback: Option<bool>,
    shared: Shared<'a>,
}

impl Serialize for HitBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Shared {
            exact,
            updated_at,
            form,
        } = self.shared;
        let attributes = Attributes {
            sent: self.sent,
            derived: self.derived,
            form,
            marked_title: None,
        };
        let nested = NestedEntries {
            nested: if form.trim.keeps_nested() {
                &self.nested
            } else {
                &[]
            },
            shared: self.shared,
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", self.url)?;
        if !form.is_listed {
            map.serialize_entry("identity_hash", &())?;
        }
        map.serialize_entry("attributes", &attributes)?;
        map.serialize_entry("nested", &nested)?;
        map.serialize_entry("type", self.object_type)?;
        if !form.is_listed {
            map.serialize_entry("highlight", &Highlight {})?;
        }
        map.serialize_entry("exact", &exact)?;
        if !form.is_listed {
            map.serialize_entry("alternative", &false)?;
        }
        if let Some(instant) = updated_at {
            map.serialize_entry("updated_at", instant)?;
        }
        if let Some(explanation) = &self.explanation {
            map.serialize_entry("explanation", explanation)?;
        }
        if let Some(is_fallback) = self.is_fallback {
            map.serialize_entry("fallback", &is_fallback)?;
        }
        map.end()
    }
}

/// Always empty in answers of a search.
#[derive(Serialize)]
struct Highlight {}

/// Objects nested in a hit.
struct NestedEntries<'a> {
    nested: &'a [ShownNested<'a>],
    shared: Shared<'a>,
}

impl Serialize for NestedEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.nested.len()))?;
        for nested in self.nested {
            let derived = nested.derived(&|name| self.shared.form.trim.keeps(name));
            seq.serialize_element(&HitBody {
                url: nested.identity().as_str(),
                object_type: nested.object_type().as_str(),
                sent: nested.fields(),
                derived: ShownFields::new(&derived),
                nested: nested.nested().collect(),
                explanation: None,
                is_fallback: None,
                shared: self.shared,
            })?;
        }
        seq.end()
    }
}

mod suggested;

pub(super) use suggested::SuggestedHits;

#[cfg(test)]
mod tests;
