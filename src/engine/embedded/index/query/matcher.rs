//! Which documents a search finds. Invariant: every document visited is alive, in its schedule, no
//! hidden variant, let through by the filters and, where there is a text, has one of its words, or all of
//! it as a value, or is pinned for it.

use tantivy::columnar::Column;
use tantivy::postings::SegmentPostings;
use tantivy::query::{EnableScoring, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{
    COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Searcher, SeekDangerResult, SegmentReader, TERMINATED,
};

use super::keyword::{SegmentSought, SoughtText};
use super::pins::{Pins, SegmentPins};
use super::result_set::{ChosenDoc, ChosenDocs};
use super::text::Met;
use super::variants::Variants;
use crate::domain::Timestamp;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::columns::first;
use crate::engine::embedded::index::segments::schema::{ACTIVE_FROM, ACTIVE_TO};
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

/// What the words of a search find.
#[derive(Clone, Copy)]
pub(in super::super) struct MatcherText<'a> {
    pub(in super::super) sought: &'a SoughtText,
    /// The documents that are found by it; `None`: all that have a word.
    pub(in super::super) chosen: Option<&'a ChosenDocs>,
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
        let mut visible = Visibility::open(segment, self.now, &self.variants, pins)?;
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
enum Found<'a> {
    Standing(Box<SegmentSought<'a>>),
    /// From the current document on.
    Chosen(&'a [ChosenDoc]),
}

impl<'a> Found<'a> {
    fn open(text: MatcherText<'a>, at: usize, segment: &'a SegmentReader) -> tantivy::Result<Self> {
        Ok(match text.chosen {
            Some(chosen) => Self::Chosen(&chosen[at]),
            None => Self::Standing(Box::new(text.sought.in_segment(segment)?)),
        })
    }

    fn work(&self) -> u64 {
        match self {
            Self::Standing(text) => text.work(),
            Self::Chosen(_) => 1,
        }
    }

    fn doc(&self) -> DocId {
        match self {
            Self::Standing(text) => text.doc(),
            Self::Chosen(chosen) => chosen.first().map_or(TERMINATED, |chosen| chosen.doc),
        }
    }

    fn advance(&mut self) {
        match self {
            Self::Standing(text) => text.advance(),
            Self::Chosen(chosen) => *chosen = chosen.get(1..).unwrap_or_default(),
        }
    }

    fn seek(&mut self, target: DocId) {
        match self {
            Self::Standing(text) => text.seek(target),
            Self::Chosen(chosen) => {
                let before = chosen.partition_point(|chosen| chosen.doc < target);
                *chosen = &chosen[before..];
            }
        }
    }

    fn here(&mut self) -> Option<TextHit<'_, 'a>> {
        match self {
            Self::Standing(text) => Some(TextHit::Standing(text)),
            Self::Chosen(chosen) => chosen.first().map(TextHit::Chosen),
        }
    }

    fn check(&mut self) -> tantivy::Result<()> {
        match self {
            Self::Standing(text) => text.check(),
            Self::Chosen(_) => Ok(()),
        }
    }
}

/// What the text finds, and what is pinned for it.
struct Candidates<'a, 'r> {
    found: Found<'a>,
    /// From the current document on.
    pinned: &'r [DocId],
}

impl<'a, 'r> Candidates<'a, 'r> {
    fn new(found: Found<'a>, pins: Option<&'r SegmentPins>) -> Self {
        let pinned = pins.map_or(&[][..], |pins| &pins.pinned);
        Self { found, pinned }
    }

    fn doc(&self) -> DocId {
        let pinned = self.pinned.first().copied().unwrap_or(TERMINATED);
        self.found.doc().min(pinned)
    }

    /// The text, if it finds the current document.
    fn here(&mut self) -> Option<TextHit<'_, 'a>> {
        if self.found.doc() == self.doc() {
            self.found.here()
        } else {
            None
        }
    }

    fn advance(&mut self) {
        let doc = self.doc();
        if self.found.doc() == doc {
            self.found.advance();
        }
        if self.pinned.first() == Some(&doc) {
            self.pinned = &self.pinned[1..];
        }
    }

    /// Goes to the first document from `target` on; `target` is not before the current one.
    fn seek(&mut self, target: DocId) {
        if self.found.doc() < target {
            self.found.seek(target);
        }
        let before = self.pinned.partition_point(|&doc| doc < target);
        self.pinned = &self.pinned[before..];
    }
}

/// Deletions, schedules and hidden variants of one segment, and what a rule hides. Documents are asked about in ascending
/// order.
pub(super) struct Visibility<'a> {
    segment: &'a SegmentReader,
    has_deletes: bool,
    /// Only when some object of the segment is not yet active, or no longer.
    from: Option<Column<i64>>,
    to: Option<Column<i64>>,
    now_ms: i64,
    hidden_variants: Vec<SegmentPostings>,
    /// By a rule, ascending.
    hidden: &'a [DocId],
    /// Nothing can be hidden.
    shows_all: bool,
}

/// What says which documents can be seen.
pub(in super::super) struct VisibleBy<'a> {
    pub(in super::super) now: Timestamp,
    pub(in super::super) variants: Variants,
    pub(in super::super) pins: &'a Pins,
}

impl VisibleBy<'_> {
    pub(super) fn in_segment<'s>(
        &'s self,
        at: usize,
        segment: &'s Segment<'_>,
    ) -> tantivy::Result<Visibility<'s>> {
        Visibility::open(segment, self.now, &self.variants, self.pins.in_segment(at))
    }
}

impl<'a> Visibility<'a> {
    fn open(
        segment: &'a Segment<'_>,
        now: Timestamp,
        variants: &Variants,
        pins: Option<&'a SegmentPins>,
    ) -> tantivy::Result<Self> {
        let now_ms = now.as_millis();
        let column = |name| segment.numbers::<i64>(name);
        let has_later =
            |from: &Column<i64>| from.values.num_vals() > 0 && from.max_value() > now_ms;
        let has_past = |to: &Column<i64>| to.values.num_vals() > 0 && to.min_value() <= now_ms;
        let from = column(ACTIVE_FROM)?.filter(has_later);
        let to = column(ACTIVE_TO)?.filter(has_past);
        let mut hidden_variants = Vec::new();
        for term in &variants.hidden {
            let index = segment.inverted_index(term.field())?;
            hidden_variants.extend(index.read_postings(term, IndexRecordOption::Basic)?);
        }
        let has_deletes = segment.has_deletes();
        let hidden = pins.map_or(&[][..], |pins| &pins.hidden);
        let shows_all = !has_deletes
            && from.is_none()
            && to.is_none()
            && hidden_variants.is_empty()
            && hidden.is_empty();
        Ok(Self {
            segment,
            has_deletes,
            from,
            to,
            now_ms,
            hidden_variants,
            hidden,
            shows_all,
        })
    }

    pub(super) fn shows(&mut self, doc: DocId) -> bool {
        self.shows_all
            || !(self.has_deletes && self.segment.is_deleted(doc)
                || first(self.from.as_ref(), doc).is_some_and(|from| from > self.now_ms)
                || first(self.to.as_ref(), doc).is_some_and(|to| to <= self.now_ms)
                || self.is_hidden_variant(doc)
                || self.hidden.binary_search(&doc).is_ok())
    }

    fn is_hidden_variant(&mut self, doc: DocId) -> bool {
        self.hidden_variants.iter_mut().any(|postings| {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            postings.doc() == doc
        })
    }
}
