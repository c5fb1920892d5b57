//! Which documents a search finds. Invariant: every document visited is alive, in its schedule, no
//! hidden variant, let through by the filters and, where there is a text, has one of its words.

use tantivy::columnar::Column;
use tantivy::postings::SegmentPostings;
use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::columns::first;
use super::schema::{ACTIVE_FROM, ACTIVE_TO};
use super::text::{SegmentText, TextQuery};
use crate::domain::Timestamp;

/// What a search asks for, ready to be run over any segment of one searcher.
pub(super) struct Matcher<'a> {
    filter: Option<Box<dyn Weight>>,
    text: Option<&'a TextQuery>,
    variants: Variants,
    now: Timestamp,
}

/// What becomes of variants and their masters (contract 05 §9).
#[derive(Clone, Debug, Default)]
pub(super) struct Variants {
    /// What has one of these terms is no hit.
    pub(super) hidden: Vec<Term>,
    /// Whether those that stand for one master are one hit.
    pub(super) collapse: bool,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        searcher: &Searcher,
        filter: Option<Box<dyn Query>>,
        text: Option<&'a TextQuery>,
        variants: Variants,
        now: Timestamp,
    ) -> tantivy::Result<Self> {
        let unscored = EnableScoring::disabled_from_searcher(searcher);
        Ok(Self {
            filter: filter.map(|query| query.weight(unscored)).transpose()?,
            text,
            variants,
            now,
        })
    }

    pub(super) fn variants(&self) -> &Variants {
        &self.variants
    }

    /// Visits what matches in one segment, in ascending order, with the text standing on it.
    pub(super) fn for_each(
        &self,
        segment: &SegmentReader,
        mut visit: impl FnMut(DocId, Option<&mut SegmentText<'_>>),
    ) -> tantivy::Result<()> {
        let mut visible = Visibility::open(segment, self.now, &self.variants)?;
        let mut filter = match &self.filter {
            Some(weight) => Some(weight.scorer(segment, 1.0)?),
            None => None,
        };
        let mut text = self.text.map(|text| text.in_segment(segment)).transpose()?;
        match (&mut filter, &mut text) {
            (None, None) => {
                for doc in 0..segment.max_doc() {
                    if visible.shows(doc) {
                        visit(doc, None);
                    }
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
                    if filled < block.len() {
                        break;
                    }
                }
            }
            (None, Some(text)) => {
                while text.doc() != TERMINATED {
                    if visible.shows(text.doc()) {
                        visit(text.doc(), Some(text));
                    }
                    text.advance();
                }
            }
            (Some(filter), Some(text)) => {
                while text.doc() != TERMINATED {
                    let doc = text.doc();
                    if filter.doc() < doc {
                        filter.seek(doc);
                    }
                    if filter.doc() != doc {
                        text.seek(filter.doc());
                        continue;
                    }
                    if visible.shows(doc) {
                        visit(doc, Some(text));
                    }
                    text.advance();
                }
            }
        }
        Ok(())
    }
}

/// Deletions, schedules and hidden variants of one segment. Documents are asked about in ascending
/// order.
struct Visibility<'a> {
    segment: &'a SegmentReader,
    has_deletes: bool,
    /// Only when some object of the segment is not yet active, or no longer.
    from: Option<Column<i64>>,
    to: Option<Column<i64>>,
    now_ms: i64,
    hidden: Vec<SegmentPostings>,
    /// Nothing can be hidden.
    shows_all: bool,
}

impl<'a> Visibility<'a> {
    fn open(
        segment: &'a SegmentReader,
        now: Timestamp,
        variants: &Variants,
    ) -> tantivy::Result<Self> {
        let now_ms = now.as_millis();
        let column = |name| segment.fast_fields().column_opt::<i64>(name);
        let has_later =
            |from: &Column<i64>| from.values.num_vals() > 0 && from.max_value() > now_ms;
        let has_past = |to: &Column<i64>| to.values.num_vals() > 0 && to.min_value() <= now_ms;
        let from = column(ACTIVE_FROM)?.filter(has_later);
        let to = column(ACTIVE_TO)?.filter(has_past);
        let mut hidden = Vec::new();
        for term in &variants.hidden {
            let index = segment.inverted_index(term.field())?;
            hidden.extend(index.read_postings(term, IndexRecordOption::Basic)?);
        }
        let has_deletes = segment.has_deletes();
        let shows_all = !has_deletes && from.is_none() && to.is_none() && hidden.is_empty();
        Ok(Self {
            segment,
            has_deletes,
            from,
            to,
            now_ms,
            hidden,
            shows_all,
        })
    }

    fn shows(&mut self, doc: DocId) -> bool {
        self.shows_all
            || !(self.has_deletes && self.segment.is_deleted(doc)
                || first(self.from.as_ref(), doc).is_some_and(|from| from > self.now_ms)
                || first(self.to.as_ref(), doc).is_some_and(|to| to <= self.now_ms)
                || self.is_hidden(doc))
    }

    fn is_hidden(&mut self, doc: DocId) -> bool {
        self.hidden.iter_mut().any(|postings| {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            postings.doc() == doc
        })
    }
}
