//! A word in the fields of one segment: which documents have it anywhere, and how often each field has it. Invariants: it
//! moves through documents in ascending order; a field is read when it is first asked about.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, TERMINATED, TantivyError};

use super::scale::Scale;
use crate::engine::embedded::index::segments::word_entries::{WordEntry, WordField};
use crate::engine::ranking::TextField;

const FIELDS: usize = TextField::ALL.len();

/// A word in the fields of a segment.
pub(super) struct FieldPostings<'a> {
    word: WordEntry<'a>,
    pub(super) everything: EverythingPostings,
    /// By [`TextField::ALL`], without that of everything. Most words that are looked for are asked about
    /// few of their fields, or none.
    fields: [FieldState; FIELDS - 1],
    pub(super) failure: Option<TantivyError>,
}

/// A word in all text of a segment, what is hidden included. It stands on a document that has it in
/// either.
pub(super) struct EverythingPostings {
    pub(super) shown: Option<Box<SegmentPostings>>,
    pub(super) hidden: Option<Box<SegmentPostings>>,
}

impl EverythingPostings {
    fn parts(&mut self) -> impl Iterator<Item = &mut SegmentPostings> {
        let parts = self.shown.iter_mut().chain(&mut self.hidden);
        parts.map(|part| &mut **part)
    }

    #[inline]
    pub(super) fn doc(&self) -> DocId {
        match (&self.shown, &self.hidden) {
            (Some(only), None) | (None, Some(only)) => only.doc(),
            (Some(shown), Some(hidden)) => shown.doc().min(hidden.doc()),
            (None, None) => TERMINATED,
        }
    }

    pub(super) fn advance(&mut self) -> DocId {
        let doc = self.doc();
        for part in self.parts().filter(|part| part.doc() == doc) {
            part.advance();
        }
        self.doc()
    }

    #[inline]
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        for part in [&mut self.shown, &mut self.hidden].into_iter().flatten() {
            if part.doc() < target {
                part.seek(target);
            }
        }
        self.doc()
    }

    /// How often a document has it, which is not before the one it stands on.
    #[inline]
    pub(super) fn occurrences(&mut self, doc: DocId) -> u32 {
        if let (Some(only), None) | (None, Some(only)) = (&mut self.shown, &mut self.hidden) {
            return occurrences_in(only, doc);
        }
        self.seek(doc);
        let here = self.parts().filter(|part| part.doc() == doc);
        here.map(|part| part.term_freq()).sum()
    }
}

enum FieldState {
    Unread,
    /// The field has the word in no document.
    Absent,
    Read(Box<SegmentPostings>),
}

impl<'a> FieldPostings<'a> {
    /// `None` where no document has it.
    pub(super) fn open(word: WordEntry<'a>) -> tantivy::Result<Option<Self>> {
        let read = |field| Ok::<_, TantivyError>(word.postings(field)?.map(Box::new));
        let everything = EverythingPostings {
            shown: read(WordField::Shown(TextField::Everything))?,
            hidden: read(WordField::Hidden)?,
        };
        Ok((everything.doc() != TERMINATED).then(|| Self {
            word,
            everything,
            fields: [const { FieldState::Unread }; FIELDS - 1],
            failure: None,
        }))
    }

    /// What each field of [`TextField::ALL`] says of it, as `SegmentTerm::by_field` has it of one word.
    pub(super) fn by_field(&mut self, doc: DocId, scale: &Scale<'_>) -> [f32; FIELDS] {
        let mut by_field = [0.0; FIELDS];
        for (at, field) in TextField::ALL.into_iter().enumerate() {
            if matches!(self.fields.get(at), Some(FieldState::Absent)) {
                continue;
            }
            let occurrences = self.occurrences(at, doc);
            if occurrences > 0 {
                let share = scale.share(at, occurrences, doc).min(1.0);
                by_field[at] = field.weight() * share;
            }
        }
        by_field
    }

    /// How often the field at this place of [`TextField::ALL`] has it; `doc` never goes back.
    #[inline]
    pub(super) fn occurrences(&mut self, field: usize, doc: DocId) -> u32 {
        let Some(state) = self.fields.get_mut(field) else {
            return self.everything.occurrences(doc);
        };
        match state {
            FieldState::Absent => 0,
            FieldState::Read(postings) => occurrences_in(postings, doc),
            FieldState::Unread => {
                let read = self.word.postings(WordField::Shown(TextField::ALL[field]));
                *state = read.map_or_else(
                    |failure| {
                        self.failure.get_or_insert(failure);
                        FieldState::Absent
                    },
                    |postings| match postings {
                        Some(postings) => FieldState::Read(Box::new(postings)),
                        None => FieldState::Absent,
                    },
                );
                match state {
                    FieldState::Read(postings) => occurrences_in(postings, doc),
                    FieldState::Unread | FieldState::Absent => 0,
                }
            }
        }
    }
}

#[inline]
fn occurrences_in(postings: &mut SegmentPostings, doc: DocId) -> u32 {
    if postings.doc() < doc {
        postings.seek(doc);
    }
    if postings.doc() == doc {
        postings.term_freq()
    } else {
        0
    }
}
