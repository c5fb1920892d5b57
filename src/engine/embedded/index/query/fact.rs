//! Documents of which a fact is true, as a query. Invariant: it matches those that `segments::fact` says have it.

use tantivy::query::{ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, Score, SegmentReader, TantivyError};

use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::segment::SegmentsCache;

#[derive(Clone, Debug)]
pub(in super::super) struct FactQuery {
    pub(in super::super) fact: Fact,
    pub(in super::super) exact: Field,
    pub(in super::super) segments: SegmentsCache,
}

impl Query for FactQuery {
    fn weight(&self, _scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for FactQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let segment = self.segments.one(segment);
        Ok(match self.fact.having(self.exact, &segment)? {
            Some(having) => Box::new(ConstScorer::new(having, boost)),
            None => Box::new(EmptyScorer),
        })
    }

    fn explain(&self, _segment: &SegmentReader, _doc: DocId) -> tantivy::Result<Explanation> {
        let reason = "a filter has no score to explain".to_owned();
        Err(TantivyError::InvalidArgument(reason))
    }
}
