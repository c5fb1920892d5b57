//! One word of a query on one segment: where a document has it, by whatever term. Invariant: of several terms the one
//! that is worth most says what the word is worth.

use tantivy::{DocId, TERMINATED};

use super::postings::SegmentTerm;
use super::scale::Scale;
use crate::engine::embedded::index::expand::query_term::QueryWord;
use crate::engine::ranking::{self, TextField};

/// A word of the query.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own, and none follows from another"
)]
pub(super) struct SegmentWord<'a> {
    /// Those that the segment has.
    pub(super) terms: Vec<SegmentTerm<'a>>,
    pub(super) idf: f32,
    pub(super) tells: f32,
    pub(super) is_telling: bool,
    /// Whether documents are looked for by it.
    pub(super) is_sought: bool,
    pub(super) is_joining: bool,
    pub(super) place: usize,
    pub(super) has_digits: bool,
    /// The first document of its terms, as long as nobody else moves them; 0: that is not known.
    pub(super) least: DocId,
}

impl<'a> SegmentWord<'a> {
    /// `terms`: those that the segment has.
    pub(super) fn new(word: &QueryWord, terms: Vec<SegmentTerm<'a>>) -> Self {
        Self {
            terms,
            idf: word.idf,
            tells: word.tells,
            is_telling: word.is_telling,
            is_sought: true,
            is_joining: word.is_joining,
            place: word.place,
            has_digits: word.has_digits,
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

    /// By what its worth counts.
    pub(super) fn joining(&self) -> f32 {
        if self.is_joining {
            ranking::JOINING_WORTH
        } else {
            1.0
        }
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
            let [title, .., _] = by_field;
            let edits = u32::from(term.term.edits);
            here.edits = Some(here.edits.map_or(edits, |least| least.min(edits)));
            here.is_as_typed |= !term.term.is_misspelling;
            here.is_in_title |= title > 0.0;
            here.said = here.said.max(Said::by(&by_field));
            let worth = term.term.weight * ranking::word_worth(by_field);
            here.worth = here.worth.max(worth);
        }
        here
    }
}

/// Where a document says a word; greater is better.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    #[default]
    InProse,
    /// Of what the object is like, or goes with.
    InAttributes,
    /// Of what it is: in title, brand, category, codes or a line.
    OfItself,
}

impl Said {
    fn by(by_field: &[f32; TextField::ALL.len()]) -> Self {
        let (itself, others) = by_field.split_at(TextField::Attributes as usize);
        if itself.iter().any(|counts| *counts > 0.0) {
            Self::OfItself
        } else if others[0] > 0.0 {
            Self::InAttributes
        } else {
            Self::InProse
        }
    }
}

/// How a document has a word.
#[derive(Default)]
pub(super) struct WordHere {
    /// `None`: it has not.
    pub(super) edits: Option<u32>,
    /// By no misspelling.
    pub(super) is_as_typed: bool,
    pub(super) is_in_title: bool,
    pub(super) said: Said,
    pub(super) worth: f32,
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
