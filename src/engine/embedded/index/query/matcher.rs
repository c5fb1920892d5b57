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
    text: Option<&'a SoughtText>,
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
        text: Option<&'a SoughtText>,
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
        self.text.map_or(&[], |text| text.words.typed())
    }

    /// Visits what matches in the segment at this place, in ascending order, with the text standing
    /// on it if it has one of its words. A visit costs `visit_work` units of work.
    pub(in super::super) fn for_each(
        &self,
        at: usize,
        segment: &Segment<'_>,
        visit_work: u64,
        mut visit: impl FnMut(DocId, Option<&mut SegmentSought<'_>>),
    ) -> tantivy::Result<()> {
        let pins = self.pins.in_segment(at);
        let mut visible = Visibility::open(segment, self.now, &self.variants, pins)?;
        let mut filter = self.filter_in(segment)?;
        let text = self.text.map(|text| text.in_segment(segment)).transpose()?;
        let text_work = text.as_ref().map_or(0, SegmentSought::work);
        let mut text = text.map(|text| Candidates::new(text, pins));
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
        text.map_or(Ok(()), |mut text| text.text.check())
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

/// What has a word of the text, and what is pinned for it.
struct Candidates<'a, 'r> {
    text: SegmentSought<'a>,
    /// From the current document on.
    pinned: &'r [DocId],
}

impl<'a, 'r> Candidates<'a, 'r> {
    fn new(text: SegmentSought<'a>, pins: Option<&'r SegmentPins>) -> Self {
        let pinned = pins.map_or(&[][..], |pins| &pins.pinned);
        Self { text, pinned }
    }

    fn doc(&self) -> DocId {
        let pinned = self.pinned.first().copied().unwrap_or(TERMINATED);
        self.text.doc().min(pinned)
    }

    /// The text, if the current document has a word of it.
    fn here(&mut self) -> Option<&mut SegmentSought<'a>> {
        (self.text.doc() == self.doc()).then_some(&mut self.text)
    }

    fn advance(&mut self) {
        let doc = self.doc();
        if self.text.doc() == doc {
            self.text.advance();
        }
        if self.pinned.first() == Some(&doc) {
            self.pinned = &self.pinned[1..];
        }
    }

    /// Goes to the first document from `target` on; `target` is not before the current one.
    fn seek(&mut self, target: DocId) {
        if self.text.doc() < target {
            self.text.seek(target);
        }
        let before = self.pinned.partition_point(|&doc| doc < target);
        self.pinned = &self.pinned[before..];
    }
}

/// Deletions, schedules and hidden variants of one segment, and what a rule hides. Documents are asked about in ascending
/// order.
struct Visibility<'a> {
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

    fn shows(&mut self, doc: DocId) -> bool {
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
