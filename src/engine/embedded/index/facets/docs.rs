//! The documents of a result, and which of them are one hit. Invariant: they ascend.

use std::ops::Range;

use tantivy::DocId;

pub(in super::super) type DocsBySegment = Vec<SegmentDocs>;

/// Documents of a result in one segment, ascending.
#[derive(Debug, Default)]
pub(in super::super) struct SegmentDocs {
    list: Vec<DocId>,
    /// Where in the list two or more follow one another that are one hit.
    shared: Vec<Range<usize>>,
}

impl SegmentDocs {
    /// `is_same_hit`: as the document pushed before.
    pub(in super::super) fn push(&mut self, doc: DocId, is_same_hit: bool) {
        let at = self.list.len();
        self.list.push(doc);
        if is_same_hit {
            match self.shared.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => self.shared.push(at - 1..at + 1),
            }
        }
    }

    pub(in super::super) fn list(&self) -> &[DocId] {
        &self.list
    }

    /// The documents of every hit that has more than one.
    pub(in super::super) fn shared(&self) -> impl Iterator<Item = &[DocId]> {
        self.shared.iter().map(|range| &self.list[range.clone()])
    }
}
