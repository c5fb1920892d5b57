//! Objects that the rules of a site put first or leave out of the answer to one query. Invariant: an
//! object is named here when it is alive, whatever else would keep it from being found.

use tantivy::columnar::Column;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::columns::{Address, first};
use super::exact;
use super::schema::{IndexFields, STAND_IN, VERSION_ID};
use crate::domain::{Identity, QueryRule};

#[derive(Debug, Default)]
pub(super) struct Ruled {
    /// Every document of the pinned objects, ascending, and its place among them.
    places: Vec<(Address, usize)>,
    by_segment: Vec<SegmentRuled>,
}

/// Documents of one segment, ascending.
#[derive(Clone, Debug, Default)]
pub(super) struct SegmentRuled {
    pub(super) pinned: Vec<DocId>,
    pub(super) hidden: Vec<DocId>,
}

impl Ruled {
    pub(super) fn find(
        searcher: &Searcher,
        fields: &IndexFields,
        rule: &QueryRule,
    ) -> tantivy::Result<Self> {
        let mut ruled = Self::default();
        for (at, segment) in searcher.segment_readers().iter().enumerate() {
            let mut found = SegmentRuled::default();
            let documents = Documents::open(segment, fields)?;
            for (place, identity) in rule.pinned.iter().enumerate() {
                documents.of(identity, |doc| {
                    found.pinned.push(doc);
                    ruled.places.push((Address { segment: at, doc }, place));
                })?;
            }
            for identity in &rule.hidden {
                documents.of(identity, |doc| found.hidden.push(doc))?;
            }
            for docs in [&mut found.pinned, &mut found.hidden] {
                docs.sort_unstable();
                docs.dedup();
            }
            ruled.by_segment.push(found);
        }
        ruled.places.sort_unstable();
        Ok(ruled)
    }

    pub(super) fn in_segment(&self, segment: usize) -> Option<&SegmentRuled> {
        self.by_segment.get(segment)
    }

    /// The place of the object among the pinned ones.
    pub(super) fn place_of(&self, address: Address) -> Option<usize> {
        let at = self.places.partition_point(|(pinned, _)| *pinned < address);
        let (pinned, place) = self.places.get(at)?;
        (*pinned == address).then_some(*place)
    }
}

/// Documents of a segment by the identity of their object.
struct Documents<'a> {
    segment: &'a SegmentReader,
    fields: &'a IndexFields,
    versions: Column<u64>,
    stand_ins: Option<Column<u64>>,
}

impl<'a> Documents<'a> {
    fn open(segment: &'a SegmentReader, fields: &'a IndexFields) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            segment,
            fields,
            versions: columns.u64(VERSION_ID)?,
            stand_ins: columns.column_opt::<u64>(STAND_IN)?,
        })
    }

    /// Visits the documents of the object, those of its variants that stand for it included.
    fn of(&self, identity: &Identity, mut visit: impl FnMut(DocId)) -> tantivy::Result<()> {
        let mut text = String::new();
        exact::push_identity(&mut text, identity.as_str());
        let term = Term::from_field_text(self.fields.exact, &text);
        let index = self.segment.inverted_index(self.fields.exact)?;
        let Some(mut docs) = index.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(());
        };
        while docs.doc() != TERMINATED {
            let doc = docs.doc();
            if !self.segment.is_deleted(doc) {
                visit(doc);
                self.stand_ins_of(doc).for_each(&mut visit);
            }
            docs.advance();
        }
        Ok(())
    }

    /// They follow it, and have its version.
    fn stand_ins_of(&self, doc: DocId) -> impl Iterator<Item = DocId> {
        let stands_in = |doc: &DocId| first(self.stand_ins.as_ref(), *doc).is_some();
        let version = self.versions.first(doc);
        let end = if self.stand_ins.is_some() && !stands_in(&doc) {
            self.segment.max_doc()
        } else {
            doc + 1
        };
        let follows = move |doc: &DocId| stands_in(doc) && self.versions.first(*doc) == version;
        (doc + 1..end).take_while(follows)
    }
}
