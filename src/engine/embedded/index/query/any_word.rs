//! The documents of a segment that have any of many words, which are worth the same: the words that begin as
//! what is being typed does. Invariant: they are found in one pass over the places of each word, so that
//! what a document costs later does not depend on how many words there are.

use std::sync::Arc;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use super::scale::Scale;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::word_entries::{WordEntry, WordField};
use crate::engine::expand::found_words::Reach;
use crate::engine::ranking::{BestWord, TextField};

/// What a place of a word costs, in units of work: it is only noted down.
const PLACE: u64 = 1;
/// What looking one word up in a field costs.
const LOOKUP: u64 = 64;

/// Where fewer than one document in so many has a word, nothing is noted of the others.
const SCATTERED_ONE_IN: u64 = 8;

const PROSE: usize = TextField::Everything as usize;

/// A document, and what its best word is worth there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Having {
    doc: DocId,
    best: BestWord,
}

/// Stands on one of them at a time.
pub(super) struct AnyWordDocs {
    /// Ascending.
    having: Arc<Vec<Having>>,
    at: usize,
}

impl AnyWordDocs {
    /// Standing on the first one.
    pub(super) fn new(having: Arc<Vec<Having>>) -> Self {
        Self { having, at: 0 }
    }

    /// All that have one of the words within reach, of all documents or of some, which ascend.
    pub(super) fn find(
        words: &[WordEntry<'_>],
        reach: Reach,
        among: Option<&[DocId]>,
        scale: &Scale<'_>,
        segment: &SegmentReader,
        effort: &Effort,
    ) -> tantivy::Result<Arc<Vec<Having>>> {
        let mut lists = Vec::new();
        for (at, field) in TextField::ALL.into_iter().enumerate() {
            if !reach.reaches(field) {
                continue;
            }
            lists.push(Lists::look_up(at, WordField::Shown(field), words, effort)?);
            if at == PROSE {
                lists.push(Lists::look_up(at, WordField::Hidden, words, effort)?);
            }
        }
        let in_all = lists.iter().map(|list| list.places).sum();
        let places: u64 = match among {
            Some(docs) => (docs.len() as u64).min(in_all),
            None => in_all,
        };
        let mut noted = if places * SCATTERED_ONE_IN < u64::from(segment.max_doc()) {
            Noted::Scattered(Vec::with_capacity(places as usize))
        } else if reach == Reach::Title {
            Noted::Titles(vec![0.0; segment.max_doc() as usize])
        } else {
            Noted::Dense(vec![BestWord::default(); segment.max_doc() as usize])
        };
        for list in lists.iter().filter(|list| list.places > 0) {
            let weight = TextField::ALL[list.at].weight();
            let scale = scale.of_field(list.at, places);
            let note = |doc, occurrences| {
                noted.note(list.at, weight * scale.share(occurrences, doc), doc);
            };
            match among {
                Some(docs) => list.for_each_place_among(docs, effort, note)?,
                None => list.for_each_place(effort, note)?,
            }
        }
        Ok(Arc::new(noted.having()))
    }

    pub(super) fn len(&self) -> usize {
        self.having.len()
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

    /// What the word adds by the title of this document, which is where it stands, and all it is worth.
    pub(super) fn worth(&self, doc: DocId) -> (f32, f32) {
        let here = self.having.get(self.at).filter(|here| here.doc == doc);
        here.map_or((0.0, 0.0), |here| (here.best.in_title(), here.best.worth()))
    }

    /// What the word is worth in each field of this document, which is where it stands.
    pub(super) fn by_field(&self, doc: DocId) -> [f32; TextField::ALL.len()] {
        let here = self.having.get(self.at).filter(|here| here.doc == doc);
        here.map_or([0.0; TextField::ALL.len()], |here| here.best.by_field())
    }
}

/// Where one field of a segment has the words.
struct Lists<'w> {
    /// Of [`TextField::ALL`].
    at: usize,
    field: WordField,
    /// Those that it has.
    words: Vec<&'w WordEntry<'w>>,
    /// How many there are.
    places: u64,
}

impl<'w> Lists<'w> {
    fn look_up(
        at: usize,
        field: WordField,
        words: &'w [WordEntry<'w>],
        effort: &Effort,
    ) -> tantivy::Result<Self> {
        effort.spend(LOOKUP * words.len() as u64)?;
        let mut lists = Self {
            at,
            field,
            words: Vec::with_capacity(words.len()),
            places: 0,
        };
        for word in words {
            let places = word.documents(field)?;
            if places > 0 {
                lists.words.push(word);
                lists.places += places;
            }
        }
        Ok(lists)
    }
}

impl Lists<'_> {
    /// One after the other.
    fn all(&self) -> impl Iterator<Item = tantivy::Result<SegmentPostings>> {
        let words = self.words.iter();
        words.filter_map(|word| word.postings(self.field).transpose())
    }

    fn for_each_place(
        &self,
        effort: &Effort,
        mut note: impl FnMut(DocId, u32),
    ) -> tantivy::Result<()> {
        let mut steps = effort.walk(PLACE);
        for places in self.all() {
            let mut places = places?;
            while places.doc() != TERMINATED {
                note(places.doc(), places.term_freq());
                places.advance();
                steps.take()?;
            }
        }
        steps.finish()?;
        Ok(())
    }

    /// The same in these documents.
    fn for_each_place_among(
        &self,
        docs: &[DocId],
        effort: &Effort,
        mut note: impl FnMut(DocId, u32),
    ) -> tantivy::Result<()> {
        let mut steps = effort.walk(PLACE);
        for places in self.all() {
            let mut places = places?;
            let mut rest = docs;
            while let Some(&next) = rest.first() {
                steps.take()?;
                let place = if places.doc() < next {
                    places.seek(next)
                } else {
                    places.doc()
                };
                if place == next {
                    note(place, places.term_freq());
                    rest = &rest[1..];
                } else {
                    rest = &rest[rest.partition_point(|&doc| doc < place)..];
                }
            }
        }
        steps.finish()?;
        Ok(())
    }
}

/// What was noted of the documents of a segment.
enum Noted {
    /// Of few of them, in the order noted.
    Scattered(Vec<Note>),
    /// Of many: something of every document.
    Dense(Vec<BestWord>),
    /// Of many, and of their titles alone.
    Titles(Vec<f32>),
}

struct Note {
    doc: DocId,
    /// Of [`TextField::ALL`].
    field: usize,
    worth: f32,
}

impl Noted {
    fn note(&mut self, field: usize, worth: f32, doc: DocId) {
        match self {
            Self::Scattered(notes) => notes.push(Note { doc, field, worth }),
            Self::Dense(documents) => documents[doc as usize].note(field, worth),
            Self::Titles(documents) => {
                let in_title = &mut documents[doc as usize];
                *in_title = in_title.max(worth);
            }
        }
    }

    fn having(self) -> Vec<Having> {
        match self {
            Self::Scattered(mut notes) => {
                // Fields stay in their order.
                notes.sort_by_key(|note| note.doc);
                let of_docs = notes.chunk_by(|one, other| one.doc == other.doc);
                let having = of_docs.filter_map(|notes| {
                    let mut best = BestWord::default();
                    for note in notes {
                        best.note(note.field, note.worth);
                    }
                    having(notes[0].doc, best)
                });
                having.collect()
            }
            Self::Dense(documents) => {
                let has_any = |best: &&BestWord| best.is_any();
                let mut all = Vec::with_capacity(documents.iter().filter(has_any).count());
                let documents = documents.iter().enumerate();
                all.extend(documents.filter_map(|(doc, best)| having(doc as DocId, *best)));
                all
            }
            Self::Titles(documents) => {
                let has_any = |in_title: &&f32| **in_title > 0.0;
                let mut having = Vec::with_capacity(documents.iter().filter(has_any).count());
                let documents = documents.iter().enumerate();
                having.extend(documents.filter(|(_, in_title)| has_any(in_title)).map(
                    |(doc, &in_title)| Having {
                        doc: doc as DocId,
                        best: BestWord::of_title(in_title),
                    },
                ));
                having
            }
        }
    }
}

/// `None` for a document that has none of the words.
fn having(doc: DocId, best: BestWord) -> Option<Having> {
    best.is_any().then_some(Having { doc, best })
}
