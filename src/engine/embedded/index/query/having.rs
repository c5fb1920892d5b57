//! Documents that have one of some terms or facts, in a list. Invariant: each step is one of the search's effort.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::scope::ScopedDocs;
use crate::engine::embedded::index::effort::Effort;

/// What has one of the terms.
pub(super) fn having_any_term(
    terms: &[Term],
    segment: &SegmentReader,
    effort: &Effort,
) -> tantivy::Result<ScopedDocs> {
    let mut docs = Vec::new();
    for term in terms {
        let index = segment.inverted_index(term.field())?;
        if let Some(having) = index.read_postings(term, IndexRecordOption::Basic)? {
            walk(having, effort, &mut docs)?;
        }
    }
    Ok(ScopedDocs::new(docs))
}

pub(super) fn walk(
    mut having: impl DocSet,
    effort: &Effort,
    docs: &mut Vec<(DocId, f32)>,
) -> tantivy::Result<()> {
    let mut steps = effort.walk(1);
    while having.doc() != TERMINATED {
        docs.push((having.doc(), 0.0));
        having.advance();
        steps.take()?;
    }
    Ok(steps.finish()?)
}
