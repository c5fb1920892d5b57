//! The documents of a segment that have any of many words, which are worth the same: the words that begin as
//! what is being typed does. Invariant: they are found in one pass over the places of each word, so that
//! what a document costs later does not depend on how many words there are.

use std::sync::Arc;

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::scale::Scale;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::expand::prefix::Reach;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::ranking::TextField;

/// What a place of a word costs, in units of work: it is only noted down.
const PLACE: u64 = 1;
/// What looking one word up in a field costs.
const LOOKUP: u64 = 64;

const TITLE: usize = TextField::Title as usize;
const PROSE: usize = TextField::Everything as usize;

/// A document, and what its best word is worth there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Having {
    doc: DocId,
    in_title: f32,
    elsewhere: f32,
    /// Where that is, of [`TextField::ALL`].
    elsewhere_in: u8,
}

/// Stands on one of them at a time.
pub(super) struct AnyWordDocs {
    /// Ascending.
    having: Arc<[Having]>,
    at: usize,
}

impl AnyWordDocs {
    /// Standing on the first one.
    pub(super) fn new(having: Arc<[Having]>) -> Self {
        Self { having, at: 0 }
    }

    /// All that have one of the words within reach.
    pub(super) fn find(
        words: &[String],
        reach: Reach,
        fields: &IndexFields,
        scale: &Scale<'_>,
        segment: &SegmentReader,
        effort: &Effort,
    ) -> tantivy::Result<Arc<[Having]>> {
        let mut table = Table::new(segment.max_doc() as usize);
        for (at, field) in TextField::ALL.into_iter().enumerate() {
            let reached = match field {
                TextField::Title => Reach::Title,
                TextField::Everything => Reach::All,
                _ => Reach::Name,
            };
            if reached > reach {
                continue;
            }
            let noted = |table: &mut Table, occurrences, doc| {
                table.note(at, field.weight() * scale.share(at, occurrences, doc), doc);
            };
            for_each_place(
                words,
                fields.text(field),
                segment,
                effort,
                |doc, occurrences| {
                    noted(&mut table, occurrences, doc);
                },
            )?;
            if at == PROSE {
                for_each_place(words, fields.hidden, segment, effort, |doc, occurrences| {
                    noted(&mut table, occurrences, doc);
                })?;
            }
        }
        Ok(table.having().into())
    }

    pub(super) fn doc(&self) -> DocId {
        self.having.get(self.at).map_or(TERMINATED, |here| here.doc)
    }

    pub(super) fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    /// Goes to the first document from `target` on.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        /// Most targets are near.
        const NEAR: usize = 8;
        let rest = self.having.get(self.at..).unwrap_or_default();
        let near = &rest[..rest.len().min(NEAR)];
        let mut skipped = near.iter().take_while(|here| here.doc < target).count();
        if skipped == NEAR {
            skipped = rest.partition_point(|here| here.doc < target);
        }
        self.at += skipped;
        self.doc()
    }

    /// What the word is worth in each field of this document, which is where it stands.
    pub(super) fn by_field(&self, doc: DocId) -> [f32; TextField::ALL.len()] {
        let mut by_field = [0.0; TextField::ALL.len()];
        if let Some(here) = self.having.get(self.at).filter(|here| here.doc == doc) {
            by_field[usize::from(here.elsewhere_in)] = here.elsewhere;
            by_field[TITLE] = here.in_title;
        }
        by_field
    }
}

fn for_each_place(
    words: &[String],
    field: Field,
    segment: &SegmentReader,
    effort: &Effort,
    mut note: impl FnMut(DocId, u32),
) -> tantivy::Result<()> {
    let index = segment.inverted_index(field)?;
    effort.spend(LOOKUP * words.len() as u64)?;
    let mut steps = effort.walk(PLACE);
    for word in words {
        let term = Term::from_field_text(field, word);
        let Some(mut places) = index.read_postings(&term, IndexRecordOption::WithFreqs)? else {
            continue;
        };
        while places.doc() != TERMINATED {
            note(places.doc(), places.term_freq());
            places.advance();
            steps.take()?;
        }
    }
    steps.finish()?;
    Ok(())
}

/// What was noted of each document of a segment.
struct Table {
    in_title: Vec<f32>,
    elsewhere: Vec<f32>,
    elsewhere_in: Vec<u8>,
}

impl Table {
    fn new(documents: usize) -> Self {
        Self {
            in_title: vec![0.0; documents],
            elsewhere: vec![0.0; documents],
            elsewhere_in: vec![PROSE as u8; documents],
        }
    }

    fn note(&mut self, field: usize, worth: f32, doc: DocId) {
        let doc = doc as usize;
        if field == TITLE {
            self.in_title[doc] = self.in_title[doc].max(worth);
        } else if worth > self.elsewhere[doc] && !(field == PROSE && self.is_named(doc)) {
            self.elsewhere[doc] = worth;
            self.elsewhere_in[doc] = field as u8;
        }
    }

    /// Whether a field before prose has a word. Prose repeats them all, and says no more than they do.
    fn is_named(&self, doc: usize) -> bool {
        self.in_title[doc] > 0.0 || self.elsewhere_in[doc] != PROSE as u8
    }

    fn having(self) -> Vec<Having> {
        let mut having = Vec::new();
        for (doc, (&in_title, &elsewhere)) in self.in_title.iter().zip(&self.elsewhere).enumerate()
        {
            if in_title > 0.0 || elsewhere > 0.0 {
                having.push(Having {
                    doc: doc as DocId,
                    in_title,
                    elsewhere,
                    elsewhere_in: self.elsewhere_in[doc],
                });
            }
        }
        having
    }
}
