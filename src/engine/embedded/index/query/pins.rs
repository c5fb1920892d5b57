//! Objects that the rules of a site put first or leave out of the answer to one query. Invariant: an
//! object is named here when it is alive, whatever else would keep it from being found.

use tantivy::{DocId, DocSet, Searcher, TERMINATED};

use crate::domain::{Identity, QueryRule};
use crate::engine::embedded::index::segments::columns::Address;
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::SegmentsCache;

#[derive(Debug, Default)]
pub(in super::super) struct Pins {
    /// Each with its place. Several at one place stand for one object.
    pinned: Vec<(Address, usize)>,
    by_segment: Vec<SegmentPins>,
}

/// Those of one segment, ascending.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct SegmentPins {
    pub(in super::super) pinned: Vec<DocId>,
    pub(in super::super) hidden: Vec<DocId>,
}

impl Pins {
    /// Whether nothing is put first or left out.
    pub(in super::super) fn is_empty(&self) -> bool {
        let mut segments = self.by_segment.iter();
        self.pinned.is_empty() && segments.all(|pins| pins.hidden.is_empty())
    }

    pub(in super::super) fn find(
        searcher: &Searcher,
        segments: &SegmentsCache,
        fields: &IndexFields,
        rule: &QueryRule,
    ) -> tantivy::Result<Self> {
        let mut by_segment = vec![SegmentPins::default(); searcher.segment_readers().len()];
        let mut pinned = Vec::with_capacity(rule.pinned.len());
        for (place, identity) in rule.pinned.iter().enumerate() {
            for address in find(searcher, segments, fields, identity)? {
                pinned.push((address, place));
                by_segment[address.segment].pinned.push(address.doc);
            }
        }
        for identity in &rule.hidden {
            for address in find(searcher, segments, fields, identity)? {
                by_segment[address.segment].hidden.push(address.doc);
            }
        }
        for segment in &mut by_segment {
            segment.pinned.sort_unstable();
            segment.pinned.dedup();
            segment.hidden.sort_unstable();
        }
        Ok(Self { pinned, by_segment })
    }

    pub(in super::super) fn in_segment(&self, segment: usize) -> Option<&SegmentPins> {
        self.by_segment.get(segment)
    }

    /// Its place among the pinned ones.
    pub(in super::super) fn place_of(&self, address: Address) -> Option<usize> {
        let pinned = self.pinned.iter();
        let places = pinned.filter(|(pinned, _)| *pinned == address);
        places.map(|&(_, place)| place).min()
    }
}

/// Where the object with this identity is, and what stands for it.
pub(in super::super) fn find(
    searcher: &Searcher,
    segments: &SegmentsCache,
    fields: &IndexFields,
    identity: &Identity,
) -> tantivy::Result<Vec<Address>> {
    let mut found = Vec::new();
    let fact = Fact::identity(identity.as_str());
    for (at, segment) in searcher.segment_readers().iter().enumerate() {
        let Some(mut docs) = fact.having(fields.exact, &segments.one(segment))? else {
            continue;
        };
        while docs.doc() != TERMINATED {
            if !segment.is_deleted(docs.doc()) {
                found.push(Address {
                    segment: at,
                    doc: docs.doc(),
                });
            }
            docs.advance();
        }
    }
    Ok(found)
}
