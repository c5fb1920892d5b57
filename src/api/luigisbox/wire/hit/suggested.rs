//! Hits while somebody types (docs/reference/06-autocomplete-and-others.md §1): what was typed is marked in
//! their titles, and less is said of them than of those of a search.

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};

use super::{HitForm, NestedEntries, Shared, updated_at};
use crate::api::luigisbox::wire::attributes::Attributes;
use crate::domain::{Hit, ShownFields};

/// What is typed stands between these, in HTML.
const MARKS: (&str, &str) = ("<em>", "</em>");

pub(in super::super) struct SuggestedHits<'a> {
    hits: &'a [Hit],
    form: HitForm<'a>,
}

impl<'a> SuggestedHits<'a> {
    pub(in super::super) fn new(hits: &'a [Hit], form: HitForm<'a>) -> Self {
        Self { hits, form }
    }
}

impl Serialize for SuggestedHits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.hits.len()))?;
        for hit in self.hits {
            let form = self.form;
            seq.serialize_element(&SuggestedHit { hit, form })?;
        }
        seq.end()
    }
}

struct SuggestedHit<'a> {
    hit: &'a Hit,
    form: HitForm<'a>,
}

impl Serialize for SuggestedHit<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (hit, form) = (self.hit, self.form);
        let object = hit.object.shown();
        let derived = object.derived(&|name| form.trim.keeps(name));
        let marked = hit.highlights.first();
        let marked = marked.map(|(_, title)| title.to_html(MARKS.0, MARKS.1));
        let attributes = Attributes {
            sent: object.fields(),
            derived: ShownFields::new(&derived),
            form,
            marked_title: marked.as_deref(),
        };
        let updated_at = updated_at(hit.updated_at, form.trim);
        let nested: Vec<_> = object.nested().collect();
        let nested = NestedEntries {
            nested: if form.trim.keeps_nested() {
                &nested
            } else {
                &[]
            },
            shared: Shared {
                exact: hit.exact,
                updated_at: updated_at.as_deref(),
                form,
            },
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", object.identity().as_str())?;
        map.serialize_entry("attributes", &attributes)?;
        map.serialize_entry("nested", &nested)?;
        map.serialize_entry("type", object.object_type().as_str())?;
        if let Some(instant) = &updated_at {
            map.serialize_entry("updated_at", instant)?;
        }
        map.end()
    }
}
