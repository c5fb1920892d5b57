//! What a text finds in a segment, document by document: all that has one of its words, or what was chosen
//! from it, and what is pinned beside that. Invariant: documents are visited in ascending order, each once.

use tantivy::{DocId, SegmentReader, TERMINATED};

use super::among::Among;
use super::keyword::{SegmentSought, SoughtText};
use super::pins::SegmentPins;
use super::result_set::{ChosenDoc, ChosenDocs};
use crate::engine::ranking::Met;

/// What the words of a search find.
#[derive(Clone, Copy)]
pub(in super::super) struct MatcherText<'a> {
    pub(in super::super) sought: &'a SoughtText,
    /// The documents that are found by it; `None`: all that have a word.
    pub(in super::super) chosen: Option<&'a ChosenDocs>,
}

/// A document as it meets the text.
pub(in super::super) enum TextHit<'t, 'a> {
    Standing(&'t mut SegmentSought<'a>),
    Chosen(&'t ChosenDoc),
}

impl TextHit<'_, '_> {
    pub(in super::super) fn doc(&self) -> DocId {
        match self {
            Self::Standing(text) => text.doc(),
            Self::Chosen(chosen) => chosen.doc,
        }
    }

    pub(in super::super) fn met(&mut self) -> Met {
        match self {
            Self::Standing(text) => text.met(),
            Self::Chosen(chosen) => chosen.met,
        }
    }

    pub(in super::super) fn score(&mut self) -> f32 {
        match self {
            Self::Standing(text) => text.score(),
            Self::Chosen(chosen) => chosen.score,
        }
    }
}

/// What a text finds in a segment; stands on one document at a time.
pub(super) enum Found<'a> {
    Standing(Box<SegmentSought<'a>>),
    /// From the current document on.
    Chosen(&'a [ChosenDoc]),
}

impl<'a> Found<'a> {
    pub(super) fn open(
        text: MatcherText<'a>,
        at: usize,
        segment: &'a SegmentReader,
    ) -> tantivy::Result<Self> {
        Ok(match text.chosen {
            Some(chosen) => Self::Chosen(&chosen[at]),
            None => Self::Standing(Box::new(text.sought.in_segment(segment, Among::All)?)),
        })
    }

    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Standing(text) => text.work(),
            Self::Chosen(_) => 1,
        }
    }

    pub(super) fn doc(&self) -> DocId {
        match self {
            Self::Standing(text) => text.doc(),
            Self::Chosen(chosen) => chosen.first().map_or(TERMINATED, |chosen| chosen.doc),
        }
    }

    pub(super) fn advance(&mut self) {
        match self {
            Self::Standing(text) => text.advance(),
            Self::Chosen(chosen) => *chosen = chosen.get(1..).unwrap_or_default(),
        }
    }

    pub(super) fn seek(&mut self, target: DocId) {
        match self {
            Self::Standing(text) => text.seek(target),
            Self::Chosen(chosen) => {
                let before = chosen.partition_point(|chosen| chosen.doc < target);
                *chosen = &chosen[before..];
            }
        }
    }

    pub(super) fn here(&mut self) -> Option<TextHit<'_, 'a>> {
        match self {
            Self::Standing(text) => Some(TextHit::Standing(text)),
            Self::Chosen(chosen) => chosen.first().map(TextHit::Chosen),
        }
    }

    pub(super) fn check(&mut self) -> tantivy::Result<()> {
        match self {
            Self::Standing(text) => text.check(),
            Self::Chosen(_) => Ok(()),
        }
    }
}

/// What the text finds, and what is pinned for it.
pub(super) struct Candidates<'a, 'r> {
    pub(super) found: Found<'a>,
    /// From the current document on.
    pinned: &'r [DocId],
}

impl<'a, 'r> Candidates<'a, 'r> {
    pub(super) fn new(found: Found<'a>, pins: Option<&'r SegmentPins>) -> Self {
        let pinned = pins.map_or(&[][..], |pins| &pins.pinned);
        Self { found, pinned }
    }

    pub(super) fn doc(&self) -> DocId {
        let pinned = self.pinned.first().copied().unwrap_or(TERMINATED);
        self.found.doc().min(pinned)
    }

    /// The text, if it finds the current document.
    pub(super) fn here(&mut self) -> Option<TextHit<'_, 'a>> {
        if self.found.doc() == self.doc() {
            self.found.here()
        } else {
            None
        }
    }

    pub(super) fn advance(&mut self) {
        let doc = self.doc();
        if self.found.doc() == doc {
            self.found.advance();
        }
        if self.pinned.first() == Some(&doc) {
            self.pinned = &self.pinned[1..];
        }
    }

    /// Goes to the first document from `target` on; `target` is not before the current one.
    pub(super) fn seek(&mut self, target: DocId) {
        if self.found.doc() < target {
            self.found.seek(target);
        }
        let before = self.pinned.partition_point(|&doc| doc < target);
        self.pinned = &self.pinned[before..];
    }
}
