//! Hits while somebody types (docs/reference/06-autocomplete-and-others.md §1): what was typed is marked in
//! their titles, and less is said of them than of those of a search.

use std::ops::Range;

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer};

use super::{HitForm, NestedEntries, Shared, updated_at};
use crate::api::luigisbox::wire::attributes::Attributes;
use crate::domain::{Hit, MarkedText, ShownFields, fold};

/// What is typed stands between these, in HTML.
const MARKS: (&str, &str) = ("<em>", "</em>");

pub(in super::super) struct SuggestedHits<'a> {
    hits: &'a [Hit],
    typed: &'a str,
    form: HitForm<'a>,
}

impl<'a> SuggestedHits<'a> {
    pub(in super::super) fn new(hits: &'a [Hit], typed: &'a str, form: HitForm<'a>) -> Self {
        Self { hits, typed, form }
    }
}

impl Serialize for SuggestedHits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.hits.len()))?;
        for hit in self.hits {
            let (typed, form) = (self.typed, self.form);
            seq.serialize_element(&SuggestedHit { hit, typed, form })?;
        }
        seq.end()
    }
}

/// The title of a hit, what was typed marked in it. A recorded query is no object of the index, which marks
/// the others.
fn marked_title(hit: &Hit, typed: &str) -> Option<String> {
    if let Some((_, marked)) = hit.highlights.first() {
        return Some(marked.to_html(MARKS.0, MARKS.1));
    }
    let title = hit.object.shown().fields().get("title")?;
    let title = title.texts().next()?;
    let marked = MarkedText::new(title, &begun(title, typed));
    Some(marked.to_html(MARKS.0, MARKS.1))
}

/// Where words of the title are that begin as one that was typed does.
fn begun(title: &str, typed: &str) -> Vec<Range<usize>> {
    let folded = |word: &str| {
        let mut lower = String::new();
        fold::lower(word, &mut lower);
        fold::without_accents(&lower)
    };
    let typed: Vec<String> = typed.split_whitespace().map(folded).collect();
    let mut at = 0;
    let mut met = Vec::new();
    for word in title.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let own = folded(bare);
        if typed.iter().any(|typed| own.starts_with(typed.as_str())) {
            met.push(at..at + bare.len());
        }
        at += word.len();
    }
    met
}

struct SuggestedHit<'a> {
    hit: &'a Hit,
    typed: &'a str,
    form: HitForm<'a>,
}

impl Serialize for SuggestedHit<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (hit, form) = (self.hit, self.form);
        let object = hit.object.shown();
        let derived = object.derived(&|name| form.trim.keeps(name));
        let marked = marked_title(hit, self.typed);
        let attributes = Attributes {
            sent: object.fields(),
            derived: ShownFields::new(&derived),
            form,
            marked_title: marked.as_deref(),
        };
        let updated_at = updated_at(hit.updated_at, form);
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
