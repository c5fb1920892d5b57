//! One way to meet a word, in one segment: which documents have it, in which fields, and what that is
//! worth. Invariants: it moves through documents in ascending order; what a field says of a word is read
//! when it is first asked for, and what cannot be read is told by [`SegmentTerm::take_failure`].

use tantivy::{DocId, SegmentReader, TERMINATED, TantivyError};

use super::any_word::AnyWordDocs;
use super::field_postings::FieldPostings;
use super::scale::Scale;
use super::scope::{Scope, ScopedDocs};
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::word_entries::WordEntries;
use crate::engine::expand::query_term::QueryTerm;
use crate::engine::ranking::{self, TextField};

const FIELDS: usize = TextField::ALL.len();

/// A term that the segment has. It stands on a document that has all words of the term.
pub(in super::super) struct SegmentTerm<'a> {
    pub(in super::super) term: &'a QueryTerm,
    /// One for each word of the term; never empty.
    words: Vec<WordPostings<'a>>,
    doc: DocId,
}

/// Where a word is in a segment.
enum WordPostings<'a> {
    Anywhere(FieldPostings<'a>),
    Scoped(ScopedDocs),
    /// Any of many words, which are worth the same.
    Any(AnyWordDocs),
}

impl<'a> SegmentTerm<'a> {
    /// `None` when the segment does not have the term at all.
    pub(in super::super) fn open(
        term: &'a QueryTerm,
        entries: &WordEntries,
        fields: &'a IndexFields,
        scope: Option<&Scope>,
        segment: &'a SegmentReader,
    ) -> tantivy::Result<Option<Self>> {
        let mut words = Vec::with_capacity(term.texts.len());
        for text in &term.texts {
            let word = match scope {
                None => FieldPostings::open(entries.of(text, segment, fields))?
                    .map(WordPostings::Anywhere),
                Some(scope) => scope.find(text, segment)?.map(WordPostings::Scoped),
            };
            let Some(word) = word else {
                return Ok(None);
            };
            words.push(word);
        }
        let Some(first) = words.first().map(WordPostings::doc) else {
            return Ok(None);
        };
        let mut opened = Self {
            term,
            words,
            doc: first,
        };
        opened.go_to(first);
        Ok(Some(opened))
    }

    /// The same of a term that any of its words meets; `None` when the segment has none of them.
    pub(super) fn of_any(term: &'a QueryTerm, docs: AnyWordDocs) -> Option<Self> {
        Self::over(term, WordPostings::Any(docs))
    }

    /// The same, of words that are looked for in a scope.
    pub(super) fn of_any_scoped(
        term: &'a QueryTerm,
        scope: &Scope,
        segment: &'a SegmentReader,
    ) -> tantivy::Result<Option<Self>> {
        let mut docs = Vec::with_capacity(term.texts.len());
        for text in &term.texts {
            docs.extend(scope.find(text, segment)?);
        }
        Ok(Self::over(
            term,
            WordPostings::Scoped(ScopedDocs::merged(docs)),
        ))
    }

    fn over(term: &'a QueryTerm, docs: WordPostings<'a>) -> Option<Self> {
        let doc = docs.doc();
        (doc != TERMINATED).then(|| Self {
            term,
            words: vec![docs],
            doc,
        })
    }

    pub(in super::super) fn doc(&self) -> DocId {
        self.doc
    }

    pub(in super::super) fn advance(&mut self) {
        if self.doc != TERMINATED {
            let next = self.words[0].advance();
            self.go_to(next);
        }
    }

    /// Goes to the first document from `target` on, which is behind the current one.
    pub(in super::super) fn seek(&mut self, target: DocId) {
        let next = self.words[0].seek(target);
        self.go_to(next);
    }

    /// Goes to the first document from `candidate` on that has all words.
    fn go_to(&mut self, mut candidate: DocId) {
        // Of most terms there is one, which stands there.
        if self.words.len() == 1 {
            self.doc = candidate;
            return;
        }
        while candidate != TERMINATED {
            let behind = self.words.iter_mut().find_map(|word| {
                if word.doc() < candidate {
                    word.seek(candidate);
                }
                (word.doc() > candidate).then(|| word.doc())
            });
            match behind {
                Some(next) => candidate = next,
                None => break,
            }
        }
        self.doc = candidate;
    }

    /// How many documents have it, at most.
    pub(super) fn places(&self) -> u64 {
        self.words
            .iter()
            .map(WordPostings::places)
            .min()
            .unwrap_or(0)
    }

    /// What went wrong when a field was read, the first time it did.
    pub(in super::super) fn take_failure(&mut self) -> Option<TantivyError> {
        self.words.iter_mut().find_map(|word| match word {
            WordPostings::Anywhere(word) => word.failure.take(),
            WordPostings::Scoped(_) | WordPostings::Any(_) => None,
        })
    }

    /// Whether the title of the document it stands on has all its words.
    pub(in super::super) fn is_in_title(&mut self) -> bool {
        let title = TextField::Title as usize;
        let doc = self.doc;
        self.words
            .iter_mut()
            .all(|word| word.occurrences(title, doc) > 0)
    }

    /// What the title adds to what meeting a word by this term is worth in the document it stands on, and what that is
    /// worth at most: where reading on costs something, no field is asked but the title.
    pub(super) fn worth_at_most(&mut self, scale: &Scale<'_>) -> (f32, f32) {
        let title = TextField::Title as usize;
        let (in_title, worth) = if let [WordPostings::Any(docs)] = self.words.as_slice() {
            docs.worth(self.doc)
        } else {
            let shares = self.words.iter_mut().map(|word| {
                let occurrences = word.occurrences(title, self.doc);
                scale.share(title, occurrences, self.doc)
            });
            let in_title = TextField::Title.weight() * shares.fold(1.0, f32::min);
            (in_title, ranking::word_worth_at_most(in_title))
        };
        (in_title, self.term.weight * worth)
    }

    /// What meeting a word by this term is worth in the document it stands on.
    pub(in super::super) fn worth(&mut self, scale: &Scale<'_>) -> f32 {
        self.term.weight * ranking::word_worth(self.by_field(scale))
    }

    /// What each field of [`TextField::ALL`] adds to that. A field counts that has all words. Of a scope
    /// it is all in the last one.
    pub(in super::super) fn by_field(&mut self, scale: &Scale<'_>) -> [f32; FIELDS] {
        match self.words.as_mut_slice() {
            [WordPostings::Any(docs)] => return docs.by_field(self.doc),
            [WordPostings::Anywhere(word)] => return word.by_field(self.doc, scale),
            _ => {}
        }
        let mut by_field = [0.0; FIELDS];
        let scoped = self.words.iter().map(|word| match word {
            WordPostings::Scoped(docs) => Some(docs.worth(self.doc)),
            WordPostings::Anywhere(_) | WordPostings::Any(_) => None,
        });
        if let Some(Some(worth)) = scoped.reduce(|a, b| Some(a?.min(b?))) {
            by_field[FIELDS - 1] = worth;
            return by_field;
        }
        for (at, field) in TextField::ALL.into_iter().enumerate() {
            let shares = self.words.iter_mut().map(|word| {
                let occurrences = word.occurrences(at, self.doc);
                scale.share(at, occurrences, self.doc)
            });
            by_field[at] = field.weight() * shares.fold(1.0, f32::min);
        }
        by_field
    }
}

impl WordPostings<'_> {
    fn doc(&self) -> DocId {
        match self {
            Self::Anywhere(word) => word.everything.doc(),
            Self::Scoped(docs) => docs.doc(),
            Self::Any(docs) => docs.doc(),
        }
    }

    /// How many documents it is in, at most.
    fn places(&self) -> u64 {
        match self {
            Self::Anywhere(word) => {
                let everything = &word.everything;
                let parts = everything.shown.iter().chain(&everything.hidden);
                parts.map(|part| u64::from(part.doc_freq())).sum()
            }
            Self::Scoped(docs) => docs.len() as u64,
            Self::Any(docs) => docs.len() as u64,
        }
    }

    fn advance(&mut self) -> DocId {
        match self {
            Self::Anywhere(word) => word.everything.advance(),
            Self::Scoped(docs) => docs.advance(),
            Self::Any(docs) => docs.advance(),
        }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        match self {
            Self::Anywhere(word) => word.everything.seek(target),
            Self::Scoped(docs) => docs.seek(target),
            Self::Any(docs) => docs.seek(target),
        }
    }

    /// How often the field at this place of [`TextField::ALL`] has it; `doc` never goes back. In a
    /// scope fields are not told apart.
    fn occurrences(&mut self, field: usize, doc: DocId) -> u32 {
        match self {
            Self::Anywhere(word) => word.occurrences(field, doc),
            Self::Scoped(_) => 0,
            Self::Any(docs) => u32::from(docs.by_field(doc)[field] > 0.0),
        }
    }
}
