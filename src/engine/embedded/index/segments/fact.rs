//! What is true of one object or of few: its identity, its codes, what it is called. Facts have no terms of their
//! own, which would be most of the dictionary and a good part of the work of indexing and merging; some thousands of
//! buckets have, and the column [`FACTS`] says which of the few documents of a bucket are meant. Invariant: a
//! document has a fact when it was added to it, but for a collision of 64-bit hashes.

use tantivy::columnar::Column;
use tantivy::postings::SegmentPostings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::schema::FACTS;
use super::segment::Segment;

const IDENTITY: char = '@';
const CODE: char = '#';
const TITLE: char = '=';
const VALUE: char = '$';
/// Bits of each of the two characters that name a bucket: 4,096 of them for a kind of facts. With fewer a search
/// looks at more documents than it needs, with more the dictionary of a small segment grows.
const CHARACTER_BITS: u32 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Fact {
    kind: char,
    hash: u64,
}

impl Fact {
    /// The object has this identity.
    pub(in super::super) fn identity(identity: &str) -> Self {
        Self::new(IDENTITY, 0, identity)
    }

    /// Some attribute has this article code, written without anything between its letters and digits.
    pub(in super::super) fn code(code: &str) -> Self {
        Self::new(CODE, 0, code)
    }

    /// The object is called by this name, one of `analysis::names`.
    pub(in super::super) fn title(name: &str) -> Self {
        Self::new(TITLE, 0, name)
    }

    /// The attribute has this text.
    pub(in super::super) fn value(attribute: u32, text: &str) -> Self {
        Self::new(VALUE, attribute, text)
    }

    fn new(kind: char, attribute: u32, text: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&u32::from(kind).to_le_bytes());
        hasher.update(&attribute.to_le_bytes());
        hasher.update(text.as_bytes());
        let mut hash = [0; 8];
        hasher.finalize_xof().fill(&mut hash);
        Self {
            kind,
            hash: u64::from_le_bytes(hash),
        }
    }

    /// What it is known by in the column.
    pub(in super::super) fn hash(self) -> u64 {
        self.hash
    }

    /// The term of its bucket, which others are in.
    pub(in super::super) fn push_bucket(self, out: &mut String) {
        out.push(self.kind);
        for at in [1, 2] {
            let bits = self.hash >> (u64::BITS - at * CHARACTER_BITS);
            let bits = bits & ((1 << CHARACTER_BITS) - 1);
            out.push(char::from(b'0' + bits as u8));
        }
    }

    /// The documents of a segment that have it, deleted ones among them; `None` when there is none near.
    pub(in super::super) fn having(
        self,
        exact: Field,
        segment: &Segment<'_>,
    ) -> tantivy::Result<Option<Having>> {
        let mut bucket = String::with_capacity(4);
        self.push_bucket(&mut bucket);
        let term = Term::from_field_text(exact, &bucket);
        let index = segment.inverted_index(exact)?;
        let Some(bucket) = index.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(None);
        };
        let mut having = Having {
            bucket,
            facts: segment.numbers_or_none(FACTS)?,
            hash: self.hash,
        };
        having.settle();
        Ok(Some(having))
    }
}

/// Stands on one document after the other.
pub(in super::super) struct Having {
    bucket: SegmentPostings,
    facts: Column<u64>,
    hash: u64,
}

impl Having {
    /// Goes on to the first document of the bucket that has the fact, if the current one has not.
    fn settle(&mut self) -> DocId {
        let mut doc = self.bucket.doc();
        while doc != TERMINATED && !self.facts.values_for_doc(doc).any(|hash| hash == self.hash) {
            doc = self.bucket.advance();
        }
        doc
    }
}

impl DocSet for Having {
    fn advance(&mut self) -> DocId {
        self.bucket.advance();
        self.settle()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.bucket.seek(target);
        self.settle()
    }

    fn doc(&self) -> DocId {
        self.bucket.doc()
    }

    /// One is what most facts are true of.
    fn size_hint(&self) -> u32 {
        1
    }

    fn cost(&self) -> u64 {
        self.bucket.cost()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn different_facts_have_different_hashes() {
        let long = "x".repeat(100_000);
        let mut seen = HashSet::new();
        for text in ["", "1", "a", "\u{1f}a", &long] {
            let facts = [Fact::identity(text), Fact::code(text), Fact::title(text)];
            let values = [0, 1, 11].map(|attribute| Fact::value(attribute, text));
            for fact in facts.into_iter().chain(values) {
                assert!(seen.insert(fact.hash()), "{fact:?} of {text:?}");
            }
        }
    }

    #[test]
    fn there_are_some_thousands_of_buckets_of_a_kind_and_facts_fill_them_evenly() {
        const FACTS_OF_A_BUCKET: usize = 20;
        let buckets = 1_usize << (2 * CHARACTER_BITS);
        let mut filled = std::collections::HashMap::new();
        for number in 0..buckets * FACTS_OF_A_BUCKET {
            let mut bucket = String::new();
            Fact::identity(&format!("sku-{number}")).push_bucket(&mut bucket);
            assert!(bucket.starts_with(IDENTITY) && bucket.is_ascii() && bucket.len() == 3);
            *filled.entry(bucket).or_insert(0_usize) += 1;
        }
        assert_eq!(filled.len(), buckets);
        assert!(filled.values().all(|&facts| facts < 4 * FACTS_OF_A_BUCKET));
    }
}
