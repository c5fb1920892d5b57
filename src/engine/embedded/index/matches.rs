//! Which documents a search finds. Invariant: every document visited is alive, in its schedule, let
//! through by the filters and, where there is a text, has at least one of its words.

use tantivy::columnar::Column;
use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED};

use super::schema::{ACTIVE_FROM, ACTIVE_TO};
use super::text::{SegmentText, TextQuery};
use crate::domain::Timestamp;

/// What a search asks for, ready to be run over any segment of one searcher.
pub(super) struct Matcher<'a> {
    filter: Option<Box<dyn Weight>>,
    text: Option<&'a TextQuery>,
    now: Timestamp,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        searcher: &Searcher,
        filter: Option<Box<dyn Query>>,
        text: Option<&'a TextQuery>,
        now: Timestamp,
    ) -> tantivy::Result<Self> {
        let unscored = EnableScoring::disabled_from_searcher(searcher);
        Ok(Self {
            filter: filter.map(|query| query.weight(unscored)).transpose()?,
            text,
            now,
        })
    }

    /// Visits what matches in one segment, in ascending order, with the text standing on it.
    pub(super) fn for_each(
        &self,
        segment: &SegmentReader,
        mut visit: impl FnMut(DocId, Option<&mut SegmentText<'_>>),
    ) -> tantivy::Result<()> {
        let visible = Visibility::open(segment, self.now)?;
        let mut filter = match &self.filter {
            Some(weight) => Some(weight.scorer(segment, 1.0)?),
            None => None,
        };
        let mut text = self.text.map(|text| text.in_segment(segment)).transpose()?;
        match (&mut filter, &mut text) {
            (None, None) => {
                for doc in (0..segment.max_doc()).filter(|&doc| visible.shows(doc)) {
                    visit(doc, None);
                }
            }
            (Some(filter), None) => {
                while filter.doc() != TERMINATED {
                    if visible.shows(filter.doc()) {
                        visit(filter.doc(), None);
                    }
                    filter.advance();
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

/// Deletions and schedules of one segment.
struct Visibility<'a> {
    segment: &'a SegmentReader,
    has_deletes: bool,
    /// Only when some object of the segment is not yet active, or no longer.
    from: Option<Column<i64>>,
    to: Option<Column<i64>>,
    now_ms: i64,
}

impl<'a> Visibility<'a> {
    fn open(segment: &'a SegmentReader, now: Timestamp) -> tantivy::Result<Self> {
        let now_ms = now.as_millis();
        let columns = segment.fast_fields();
        let column = |name| columns.column_opt::<i64>(name);
        let some_later =
            |from: &Column<i64>| from.values.num_vals() > 0 && from.max_value() > now_ms;
        let some_past = |to: &Column<i64>| to.values.num_vals() > 0 && to.min_value() <= now_ms;
        Ok(Self {
            segment,
            has_deletes: segment.has_deletes(),
            from: column(ACTIVE_FROM)?.filter(some_later),
            to: column(ACTIVE_TO)?.filter(some_past),
            now_ms,
        })
    }

    fn shows(&self, doc: DocId) -> bool {
        let starts_later = || {
            let from = self.from.as_ref().and_then(|from| from.first(doc));
            from.is_some_and(|from| from > self.now_ms)
        };
        let has_ended = || {
            let to = self.to.as_ref().and_then(|to| to.first(doc));
            to.is_some_and(|to| to <= self.now_ms)
        };
        !(self.has_deletes && self.segment.is_deleted(doc) || starts_later() || has_ended())
    }
}
