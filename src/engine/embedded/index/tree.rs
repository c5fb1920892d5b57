//! Trees of filters, worked out leaf by leaf into sets of documents (contract 05 §3, POST). tantivy's own
//! way to join queries is quicker where few documents are looked at, but as of 0.27 ranges inside
//! intersections inside exclusions lose their place in it. Invariant: a set has a document exactly when
//! the tree holds for it.

use std::sync::Arc;

use tantivy::query::{
    BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight,
};
use tantivy::{
    BitSet, COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Score, SegmentReader, TantivyError,
};

/// A tree over leaves of any kind.
#[derive(Clone, Debug)]
pub(super) enum Tree<L> {
    Leaf(L),
    All(Vec<Tree<L>>),
    Any(Vec<Tree<L>>),
    None(Vec<Tree<L>>),
}

impl<L> Tree<L> {
    fn try_map<M, E>(&self, leaf: &impl Fn(&L) -> Result<M, E>) -> Result<Tree<M>, E> {
        let list = |members: &[Self]| -> Result<Vec<_>, E> {
            members.iter().map(|member| member.try_map(leaf)).collect()
        };
        Ok(match self {
            Self::Leaf(of) => Tree::Leaf(leaf(of)?),
            Self::All(members) => Tree::All(list(members)?),
            Self::Any(members) => Tree::Any(list(members)?),
            Self::None(members) => Tree::None(list(members)?),
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct TreeQuery(pub(super) Tree<Arc<dyn Query>>);

impl Query for TreeQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let weights = self.0.try_map(&|query| query.weight(scoring))?;
        Ok(Box::new(TreeWeight(weights)))
    }
}

struct TreeWeight(Tree<Box<dyn Weight>>);

impl Weight for TreeWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut docs = BitSet::with_max_value(segment.max_doc());
        Docs::of(&self.0, segment)?.for_each(|doc| {
            docs.insert(doc);
        });
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(docs), boost)))
    }

    fn explain(&self, _segment: &SegmentReader, _doc: DocId) -> tantivy::Result<Explanation> {
        let reason = "a filter has no score to explain".to_owned();
        Err(TantivyError::InvalidArgument(reason))
    }
}

/// Documents of a segment, one bit each.
struct Docs(Vec<u64>);

impl Docs {
    const BITS: u32 = u64::BITS;

    fn of(tree: &Tree<Box<dyn Weight>>, segment: &SegmentReader) -> tantivy::Result<Self> {
        match tree {
            Tree::Leaf(leaf) => Self::of_leaf(leaf.as_ref(), segment),
            Tree::All(members) => {
                let mut docs = Self::filled(segment, u64::MAX);
                for member in members {
                    docs.join(&Self::of(member, segment)?, |docs, of| docs & of);
                }
                Ok(docs)
            }
            Tree::Any(members) => {
                let mut docs = Self::filled(segment, 0);
                for member in members {
                    docs.join(&Self::of(member, segment)?, |docs, of| docs | of);
                }
                Ok(docs)
            }
            Tree::None(members) => {
                let mut docs = Self::filled(segment, u64::MAX);
                for member in members {
                    docs.join(&Self::of(member, segment)?, |docs, of| docs & !of);
                }
                Ok(docs)
            }
        }
    }

    fn of_leaf(leaf: &dyn Weight, segment: &SegmentReader) -> tantivy::Result<Self> {
        let mut docs = Self::filled(segment, 0);
        let mut scorer = leaf.scorer(segment, 1.0)?;
        let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
        loop {
            let filled = scorer.fill_buffer(&mut block);
            for &doc in &block[..filled] {
                docs.0[(doc / Self::BITS) as usize] |= 1 << (doc % Self::BITS);
            }
            if filled < block.len() {
                return Ok(docs);
            }
        }
    }

    /// All or none, with nothing behind the last document.
    fn filled(segment: &SegmentReader, with: u64) -> Self {
        let docs = segment.max_doc();
        let mut words = vec![with; docs.div_ceil(Self::BITS) as usize];
        let in_last = docs % Self::BITS;
        if let Some(last) = words.last_mut().filter(|_| in_last > 0) {
            *last &= (1 << in_last) - 1;
        }
        Self(words)
    }

    fn join(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word = with(*word, *other);
        }
    }

    fn for_each(&self, mut each: impl FnMut(DocId)) {
        for (at, &word) in (0..).zip(&self.0) {
            let mut left = word;
            while left != 0 {
                each(at * Self::BITS + left.trailing_zeros());
                left &= left - 1;
            }
        }
    }
}
