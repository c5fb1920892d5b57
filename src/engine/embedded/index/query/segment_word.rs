//! One word of a query on one segment: where a document has it, by whatever term. Invariant: of several terms the one
//! that is worth most says what the word is worth.

use tantivy::{DocId, TERMINATED};

use super::postings::SegmentTerm;
use super::scale::Scale;
use crate::engine::expand::query_term::{QueryTerm, QueryWord};
use crate::engine::ranking::{self, TextField, WordAsked, WordHere};

/// A word of the query.
pub(super) struct SegmentWord<'a> {
    /// Those that the segment has.
    pub(super) terms: Vec<SegmentTerm<'a>>,
    pub(super) asked: WordAsked,
    /// Whether documents are looked for by it.
    pub(super) is_sought: bool,
    pub(super) place: usize,
    /// The first document of its terms, as long as nobody else moves them; 0: that is not known.
    pub(super) least: DocId,
}

impl<'a> SegmentWord<'a> {
    /// `terms`: those that the segment has.
    pub(super) fn new(word: &QueryWord, terms: Vec<SegmentTerm<'a>>) -> Self {
        Self {
            terms,
            asked: word.asked(),
            is_sought: true,
            place: word.place,
            least: 0,
        }
    }
}

impl SegmentWord<'_> {
    /// The first document from `target` on that has the word, met by whatever term.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        if self.least > 0 && self.least >= target {
            return self.least;
        }
        let mut least = TERMINATED;
        for term in &mut self.terms {
            if term.doc() < target {
                term.seek(target);
            }
            least = least.min(term.doc());
        }
        self.least = least;
        least
    }

    /// How many documents have it, those with several terms more than once.
    pub(super) fn places(&self) -> u64 {
        self.terms.iter().map(SegmentTerm::places).sum()
    }

    /// How the document has the word at best, as far as its title says; no term stands before it.
    pub(super) fn at_best(&mut self, doc: DocId, scale: &Scale<'_>) -> AtBest {
        let (mut is_in_title, mut edits, mut worth) = (false, u32::MAX, 0.0_f32);
        for term in self.terms.iter_mut().filter(|term| term.doc() == doc) {
            let (in_title, at_most) = term.worth_at_most(scale);
            is_in_title |= in_title > 0.0;
            edits = edits.min(u32::from(term.term.edits));
            worth = worth.max(at_most);
        }
        AtBest {
            is_in_title,
            edits,
            worth,
        }
    }

    /// How the document has the word; no term stands before it.
    pub(super) fn judge(&mut self, doc: DocId, scale: &Scale<'_>) -> WordHere {
        let mut here = WordHere::default();
        for term in self.terms.iter_mut().filter(|term| term.doc() == doc) {
            let by_field = term.by_field(scale);
            let QueryTerm {
                weight,
                edits,
                is_misspelling,
                ..
            } = *term.term;
            here.add(weight, edits, is_misspelling, by_field);
        }
        here
    }
}

/// How a document has a word at best.
pub(super) struct AtBest {
    pub(super) is_in_title: bool,
    pub(super) edits: u32,
    pub(super) worth: f32,
}

impl AtBest {
    /// In the title and everywhere else, whether it is there or not.
    pub(super) fn anywhere() -> Self {
        Self {
            is_in_title: true,
            edits: 0,
            worth: ranking::word_worth_at_most(TextField::Title.weight()),
        }
    }
}
