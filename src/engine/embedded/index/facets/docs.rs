//! The documents of a result, and which of them are one hit. Invariant: they ascend.

use std::ops::Range;

use tantivy::DocId;
use tantivy::columnar::Column;

/// Documents looked at together.
const BLOCK: usize = 1024;

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

/// Hands over the values of the documents, some at a time, whosever they are.
pub(in super::super) fn for_each_block(
    column: &Column<u64>,
    docs: &[DocId],
    mut each: impl FnMut(&[u64]),
) {
    let mut values = Vec::new();
    if docs.len() == column.num_docs() as usize {
        // All of them: what belongs to whom need not be looked up.
        let rows = u64::from(column.values.num_vals());
        for start in (0..rows).step_by(BLOCK) {
            values.resize(BLOCK.min((rows - start) as usize), 0);
            column.values.get_range(start, &mut values);
            each(&values);
        }
        return;
    }
    let (mut owners, mut rows) = (Vec::new(), Vec::new());
    for block in docs.chunks(BLOCK) {
        owners.clear();
        rows.clear();
        column.row_ids_for_docs(block, &mut owners, &mut rows);
        values.resize(rows.len(), 0);
        column.values.get_vals(&rows, &mut values);
        each(&values);
    }
}
