//! Words looked for in some attributes alone, each of which counts differently
//! (docs/reference/10-swiftype.md §6). An index made for it has the words of every attribute apart, and finds
//! a document only where an attribute of the scope has the word. In another one titles, brands, categories
//! and codes can be told from the rest; for any other attribute the whole text stands. Invariant: what the
//! scope has is found.

use std::sync::Arc;

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use crate::domain::{Schema, ScopedField, SearchQuery};
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::tokenizer;
use crate::engine::ranking::{self, TextField};

pub(in super::super) struct Scope {
    places: Vec<ScopedAttribute>,
    effort: Arc<Effort>,
}

/// What a document that has a word costs, in units of work: they are put in order.
pub(in super::super) const SORTED: u64 = 8;

/// Where the words of an attribute are.
struct ScopedAttribute {
    field: Field,
    /// Before each of its words.
    prefix: String,
    weight: f32,
}

impl Scope {
    /// Attributes that nothing has are left out.
    pub(in super::super) fn new(
        asked: &[ScopedField],
        fields: &IndexFields,
        schema: &Schema,
        has_words_by_attribute: bool,
        effort: &Arc<Effort>,
    ) -> Self {
        let asked = asked.iter().take(SearchQuery::SCOPE_MAX);
        let mut places = Vec::new();
        for scoped in asked {
            let name = scoped.field.as_str();
            let mut add = |field, prefix| {
                places.push(ScopedAttribute {
                    field,
                    prefix,
                    weight: scoped.weight,
                });
            };
            if has_words_by_attribute {
                if let Some((attribute, _)) = schema.get(name) {
                    add(fields.words_by_attribute, tokenizer::prefix(attribute));
                }
                continue;
            }
            let group = ranking::group_of(name);
            add(fields.text(group), String::new());
            if group == TextField::Everything {
                add(fields.hidden, String::new());
            }
        }
        Self {
            places,
            effort: Arc::clone(effort),
        }
    }

    /// The documents of a segment that have the word; `None` when none has.
    pub(in super::super) fn find(
        &self,
        word: &str,
        segment: &SegmentReader,
    ) -> tantivy::Result<Option<ScopedDocs>> {
        let mut docs: Vec<(DocId, f32)> = Vec::new();
        for place in &self.places {
            let term = Term::from_field_text(place.field, &format!("{}{word}", place.prefix));
            let index = segment.inverted_index(place.field)?;
            let postings = index.read_postings(&term, IndexRecordOption::WithFreqs)?;
            let Some(mut postings) = postings else {
                continue;
            };
            let mut steps = self.effort.walk(SORTED);
            while postings.doc() != TERMINATED {
                let share = ranking::tf(postings.term_freq(), 1.0, 0.0);
                docs.push((postings.doc(), place.weight * share));
                postings.advance();
                steps.take()?;
            }
            steps.finish()?;
        }
        Ok((!docs.is_empty()).then(|| ScopedDocs::new(docs)))
    }
}

/// Documents that have a word, ascending, and what it is worth in each.
pub(in super::super) struct ScopedDocs {
    docs: Vec<(DocId, f32)>,
    at: usize,
}

impl ScopedDocs {
    /// In any order. One that is named several times counts once, by the most it is worth.
    pub(in super::super) fn new(mut docs: Vec<(DocId, f32)>) -> Self {
        docs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        docs.dedup_by_key(|(doc, _)| *doc);
        Self { docs, at: 0 }
    }

    /// All of them together.
    pub(super) fn merged(some: Vec<Self>) -> Self {
        Self::new(some.into_iter().flat_map(|docs| docs.docs).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.docs.len()
    }

    pub(in super::super) fn doc(&self) -> DocId {
        self.docs.get(self.at).map_or(TERMINATED, |(doc, _)| *doc)
    }

    pub(in super::super) fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    /// Goes to the first document from `target` on.
    pub(in super::super) fn seek(&mut self, target: DocId) -> DocId {
        let rest = self.docs.get(self.at..).unwrap_or_default();
        self.at += rest.partition_point(|(doc, _)| *doc < target);
        self.doc()
    }

    /// What the word is worth in this document, which is where it stands.
    pub(in super::super) fn worth(&self, doc: DocId) -> f32 {
        let here = self.docs.get(self.at).filter(|(here, _)| *here == doc);
        here.map_or(0.0, |(_, worth)| *worth)
    }
}
