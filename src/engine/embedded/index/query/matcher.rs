//! Which documents a search finds. Invariant: every document visited is alive, in its schedule, no
//! hidden variant, let through by the filters and, where there is a text, has one of its words, or all of
//! it as a value, or is pinned for it.

use tantivy::query::{EnableScoring, Query, Scorer, Weight};
use tantivy::{
    COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Searcher, SeekDangerResult, SegmentReader, TERMINATED,
};

use super::pins::Pins;
use super::text_hits::{Candidates, Found, MatcherText, TextHit};
use super::variants::Variants;
use super::visibility::VisibleDocs;
use crate::domain::Timestamp;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::segment::Segment;

/// What a search asks for, ready to be run over any segment of one searcher.
pub(in super::super) struct Matcher<'a> {
    filter: Option<Box<dyn Weight>>,
    /// What asking it about one document costs, in units of work.
    filter_work: u64,
    text: Option<MatcherText<'a>>,
    pins: &'a Pins,
    variants: Variants,
    now: Timestamp,
    effort: &'a Effort,
}

/// What the filters of a search ask.
#[derive(Default)]
pub(in super::super) struct Filter {
    /// `None` lets everything through.
    pub(in super::super) query: Option<Box<dyn Query>>,
    /// What asking it about one document costs, in units of work.
    pub(in super::super) work: u64,
}

impl<'a> Matcher<'a> {
    pub(in super::super) fn new(
        searcher: &Searcher,
        filter: Filter,
        text: Option<MatcherText<'a>>,
        pins: &'a Pins,
        variants: Variants,
        now: Timestamp,
        effort: &'a Effort,
    ) -> tantivy::Result<Self> {
        let unscored = EnableScoring::disabled_from_searcher(searcher);
        Ok(Self {
            filter: filter
                .query
                .map(|query| query.weight(unscored))
                .transpose()?,
            filter_work: filter.work,
            text,
            pins,
            variants,
            now,
            effort,
        })
    }

    pub(in super::super) fn variants(&self) -> &Variants {
        &self.variants
    }

    /// Whether there is a text that what matches need not have a word of.
    pub(in super::super) fn has_text(&self) -> bool {
        self.text.is_some()
    }

    /// What was typed as the words of a title.
    pub(in super::super) fn typed(&self) -> &[u64] {
        self.text.map_or(&[], |text| text.sought.words.typed())
    }

    /// What the last word typed may become, as words of a title, ascending; nothing when it is whole.
    pub(in super::super) fn begun(&self) -> &[u64] {
        self.text
            .map_or(&[], |text| text.sought.words.begun_words())
    }

    /// What in a title leads over to what the thing was made for.
    pub(in super::super) fn made_for(&self) -> &[u64] {
        self.text.map_or(&[], |text| text.sought.words.made_for())
    }

    /// Visits what matches in the segment at this place, in ascending order, with the text standing
    /// on it if it has one of its words. A visit costs `visit_work` units of work.
    pub(in super::super) fn for_each(
        &self,
        at: usize,
        segment: &Segment<'_>,
        visit_work: u64,
        mut visit: impl FnMut(DocId, Option<TextHit<'_, '_>>),
    ) -> tantivy::Result<()> {
        let pins = self.pins.in_segment(at);
        let mut visible = VisibleDocs::open(segment, self.now, &self.variants, pins)?;
        let mut filter = self.filter_in(segment)?;
        let found = self.text.map(|text| Found::open(text, at, segment));
        let found = found.transpose()?;
        let text_work = found.as_ref().map_or(0, Found::work);
        let mut text = found.map(|found| Candidates::new(found, pins));
        let work = 1 + self.filter_work + text_work + visit_work;
        let mut steps = self.effort.walk(work);
        match (&mut filter, &mut text) {
            (None, None) => {
                for doc in 0..segment.max_doc() {
                    if visible.shows(doc) {
                        visit(doc, None);
                    }
                    steps.take()?;
                }
            }
            (Some(filter), None) => {
                let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
                loop {
                    let filled = filter.fill_buffer(&mut block);
                    for &doc in &block[..filled] {
                        if visible.shows(doc) {
                            visit(doc, None);
                        }
                    }
                    steps.take_many(filled as u64)?;
                    if filled < block.len() {
                        break;
                    }
                }
            }
            (None, Some(text)) => {
                while text.doc() != TERMINATED {
                    let doc = text.doc();
                    if visible.shows(doc) {
                        visit(doc, text.here());
                    }
                    text.advance();
                    steps.take()?;
                }
            }
            (Some(filter), Some(text)) => {
                let first = filter.doc();
                if text.doc() < first {
                    text.seek(first);
                }
                while text.doc() != TERMINATED {
                    let doc = text.doc();
                    // Whether the document itself is let through is cheaper to say than which one is next.
                    let passed = if doc == first {
                        SeekDangerResult::Found
                    } else {
                        filter.seek_danger(doc)
                    };
                    match passed {
                        SeekDangerResult::Found => {
                            if visible.shows(doc) {
                                visit(doc, text.here());
                            }
                            text.advance();
                        }
                        SeekDangerResult::SeekLowerBound(next) => text.seek(next),
                    }
                    steps.take()?;
                }
            }
        }
        steps.finish()?;
        text.map_or(Ok(()), |mut text| text.found.check())
    }

    /// Visits those of the documents that the filters let through. The documents ascend, and match
    /// whatever else is asked for.
    pub(in super::super) fn for_each_of(
        &self,
        segment: &Segment<'_>,
        docs: &[DocId],
        mut visit: impl FnMut(DocId),
    ) -> tantivy::Result<()> {
        let Some(mut filter) = self.filter_in(segment)? else {
            self.effort.spend(docs.len() as u64)?;
            docs.iter().copied().for_each(visit);
            return Ok(());
        };
        let mut steps = self.effort.walk(1 + self.filter_work);
        let (first, mut next) = (filter.doc(), 0);
        for &doc in docs {
            steps.take()?;
            if doc < next || doc < first {
                continue;
            }
            let passed = if doc == first {
                SeekDangerResult::Found
            } else {
                filter.seek_danger(doc)
            };
            match passed {
                SeekDangerResult::Found => visit(doc),
                SeekDangerResult::SeekLowerBound(at_least) => next = at_least,
            }
        }
        steps.finish()?;
        Ok(())
    }

    fn filter_in(&self, segment: &SegmentReader) -> tantivy::Result<Option<Box<dyn Scorer>>> {
        let Some(weight) = &self.filter else {
            return Ok(None);
        };
        // A range looks through a column for its first document.
        let scanned = u64::from(segment.max_doc()).saturating_mul(self.filter_work);
        self.effort.spend_scan(scanned)?;
        Ok(Some(weight.scorer(segment, 1.0)?))
    }
}
