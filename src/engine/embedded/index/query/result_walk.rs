//! One segment walked for the result of a text: what is visible and of a type asked for, and how it meets the words.
//! Invariant: nobody is judged who cannot be seen.

use tantivy::DocId;
use tantivy::columnar::Cardinality;

use super::keyword::SegmentSought;
use super::visibility::VisibleDocs;
use crate::engine::ranking::Judged;

/// A document that may belong to the set.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) segment: usize,
    pub(super) doc: DocId,
    /// Place among the types.
    pub(super) of_type: usize,
    pub(super) is_kind: bool,
    pub(super) judged: Judged,
}

/// A walk over one segment.
pub(super) struct Walk<'w> {
    pub(super) at: usize,
    pub(super) text: SegmentSought<'w>,
    pub(super) visible: VisibleDocs<'w>,
    pub(super) ordinals: Option<tantivy::columnar::Column<u64>>,
    pub(super) by_ordinal: &'w [Option<usize>],
}

impl Walk<'_> {
    /// The type of the current document, if it is asked for and can be seen. Of a variant in its master's
    /// place it is the master's.
    pub(super) fn visible_type(&mut self) -> Option<usize> {
        let doc = self.text.doc();
        self.type_of(doc).filter(|_| self.visible.shows(doc))
    }

    /// The type of a document, if it is asked for.
    pub(super) fn type_of(&self, doc: DocId) -> Option<usize> {
        let ordinals = self.ordinals.as_ref()?;
        let type_of = |ordinal: u64| *self.by_ordinal.get(ordinal as usize)?;
        match ordinals.get_cardinality() {
            Cardinality::Full => type_of(ordinals.values.get_val(doc)),
            // What stands for an object has its own type first.
            _ => ordinals.values_for_doc(doc).filter_map(type_of).last(),
        }
    }

    /// Whether it can be seen. Documents are asked about in ascending order.
    pub(super) fn shows(&mut self, doc: DocId) -> bool {
        self.visible.shows(doc)
    }

    pub(super) fn judge_as(&mut self, of_type: usize) -> Candidate {
        let doc = self.text.doc();
        let (judged, is_kind) = self.text.judge();
        Candidate {
            segment: self.at,
            doc,
            of_type,
            is_kind,
            judged,
        }
    }
}
