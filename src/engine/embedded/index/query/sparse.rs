//! A condition on an attribute that may be sparse (`segments::sparse`). Invariant: where no document of a segment has the
//! attribute that way, its own columns and terms alone are asked, so attributes that are not sparse cost what they
//! did.

use std::sync::Arc;

use tantivy::query::{
    BitSetDocSet, BooleanQuery, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query,
    Scorer, Weight,
};
use tantivy::{BitSet, DocId, Score, SeekDangerResult, SegmentReader, TantivyError};

use crate::engine::embedded::index::segments::segment::SegmentsCache;
use crate::engine::embedded::index::segments::sparse::{self, SparseValues};
use crate::engine::embedded::index::segments::sparse_key::Keys;

/// Documents that meet a condition by what the attribute has of its own, or by their values in the shared column.
#[derive(Clone, Debug)]
pub(in super::super) struct SparseQuery {
    shared: SharedQuery,
    own: Arc<dyn Query>,
    either: Arc<dyn Query>,
}

impl SparseQuery {
    /// `own` and `keys` ask the same, of documents that have the attribute this way or the other.
    pub(in super::super) fn new(
        segments: &SegmentsCache,
        attribute: u32,
        own: Box<dyn Query>,
        keys: Keys,
    ) -> Self {
        let shared = SharedQuery {
            segments: segments.clone(),
            attribute,
            keys,
        };
        let both = vec![own.box_clone(), Box::new(shared.clone())];
        Self {
            shared,
            own: Arc::from(own),
            either: Arc::new(BooleanQuery::union(both)),
        }
    }
}

impl Query for SparseQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(SparseWeight {
            shared: self.shared.clone(),
            own: self.own.weight(scoring)?,
            either: self.either.weight(scoring)?,
        }))
    }
}

struct SparseWeight {
    shared: SharedQuery,
    own: Box<dyn Weight>,
    either: Box<dyn Weight>,
}

impl SparseWeight {
    fn of(&self, segment: &SegmentReader) -> tantivy::Result<&dyn Weight> {
        let is_sparse = self.shared.values(segment)?.is_some();
        let of = if is_sparse { &self.either } else { &self.own };
        Ok(of.as_ref())
    }
}

impl Weight for SparseWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        self.of(segment)?.scorer(segment, boost)
    }

    fn scorer_danger(
        &self,
        segment: &SegmentReader,
        target: DocId,
        boost: Score,
    ) -> tantivy::Result<(SeekDangerResult, Box<dyn Scorer>)> {
        self.of(segment)?.scorer_danger(segment, target, boost)
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        self.of(segment)?.explain(segment, doc)
    }

    fn count(&self, segment: &SegmentReader) -> tantivy::Result<u32> {
        self.of(segment)?.count(segment)
    }
}

/// Documents that have one of the keys in the shared column.
#[derive(Clone, Debug)]
struct SharedQuery {
    segments: SegmentsCache,
    attribute: u32,
    keys: Keys,
}

impl SharedQuery {
    fn values(&self, segment: &SegmentReader) -> tantivy::Result<Option<Arc<SparseValues>>> {
        sparse::values(&self.segments.one(segment), self.attribute)
    }
}

impl Query for SharedQuery {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for SharedQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(values) = self.values(segment)? else {
            return Ok(Box::new(EmptyScorer));
        };
        let mut found = BitSet::with_max_value(segment.max_doc());
        for doc in values.having(&self.keys)? {
            found.insert(doc);
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), boost)))
    }

    fn explain(&self, _segment: &SegmentReader, _doc: DocId) -> tantivy::Result<Explanation> {
        let reason = "a filter has no score to explain".to_owned();
        Err(TantivyError::InvalidArgument(reason))
    }
}
