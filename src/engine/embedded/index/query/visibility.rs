//! Which documents can be seen: alive, in their schedule, no hidden variant, not hidden by a rule. Invariant:
//! every walk of a search sees the same ones.

use tantivy::columnar::Column;
use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader};

use super::pins::{Pins, SegmentPins};
use super::variants::Variants;
use crate::domain::Timestamp;
use crate::engine::embedded::index::segments::columns::first;
use crate::engine::embedded::index::segments::schema::{ACTIVE_FROM, ACTIVE_TO};
use crate::engine::embedded::index::segments::segment::Segment;

/// Deletions, schedules and hidden variants of one segment, and what a rule hides. Documents are asked about in ascending
/// order.
pub(super) struct VisibleDocs<'a> {
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

/// Whether nothing of a segment comes or goes by time alone from now on.
pub(in super::super) fn is_steady(segment: &Segment<'_>, now: Timestamp) -> tantivy::Result<bool> {
    for name in [ACTIVE_FROM, ACTIVE_TO] {
        let column = segment.numbers::<i64>(name)?;
        let is_ahead = |column: Column<i64>| {
            column.values.num_vals() > 0 && column.max_value() > now.as_millis()
        };
        if column.is_some_and(is_ahead) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl VisibleBy<'_> {
    pub(super) fn in_segment<'s>(
        &'s self,
        at: usize,
        segment: &'s Segment<'_>,
    ) -> tantivy::Result<VisibleDocs<'s>> {
        VisibleDocs::open(segment, self.now, &self.variants, self.pins.in_segment(at))
    }
}

impl<'a> VisibleDocs<'a> {
    pub(super) fn open(
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
