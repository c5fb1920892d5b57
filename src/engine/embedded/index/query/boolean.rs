//! Trees of filters, worked out leaf by leaf into sets of documents (docs/reference/05-search.md §3, POST).
//! tantivy's own way to join queries is quicker where few documents are looked at, but as of 0.27 ranges
//! inside intersections inside exclusions lose their place in it. Invariants: a set has a document exactly
//! when the tree holds for it; a tree is worked out once a segment, however often it is asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tantivy::index::SegmentId;
use tantivy::query::{ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{
    COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED,
    TantivyError,
};

use crate::engine::embedded::index::effort::Effort;

/// A tree over leaves of any kind.
#[derive(Clone, Debug)]
pub(in super::super) enum BooleanTree<L> {
    Leaf(L),
    All(Vec<BooleanTree<L>>),
    Any(Vec<BooleanTree<L>>),
    None(Vec<BooleanTree<L>>),
}

impl<L> BooleanTree<L> {
    fn try_map<M, E>(&self, leaf: &impl Fn(&L) -> Result<M, E>) -> Result<BooleanTree<M>, E> {
        let list = |members: &[Self]| -> Result<Vec<_>, E> {
            members.iter().map(|member| member.try_map(leaf)).collect()
        };
        Ok(match self {
            Self::Leaf(of) => BooleanTree::Leaf(leaf(of)?),
            Self::All(members) => BooleanTree::All(list(members)?),
            Self::Any(members) => BooleanTree::Any(list(members)?),
            Self::None(members) => BooleanTree::None(list(members)?),
        })
    }
}

/// A tree as a query of one searcher. Clones share what was worked out; a leaf may be another tree.
#[derive(Clone, Debug)]
pub(in super::super) struct BooleanTreeQuery(Arc<Shared>);

struct Shared {
    tree: BooleanTree<Arc<dyn Query>>,
    effort: Arc<Effort>,
    leaves: OnceLock<BooleanTree<Leaf>>,
    sets: Mutex<HashMap<SegmentId, Arc<DocIds>>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}

enum Leaf {
    Weight(Box<dyn Weight>),
    BooleanTree(BooleanTreeQuery),
}

impl BooleanTreeQuery {
    pub(in super::super) fn new(tree: BooleanTree<Arc<dyn Query>>, effort: &Arc<Effort>) -> Self {
        Self(Arc::new(Shared {
            tree,
            effort: Arc::clone(effort),
            leaves: OnceLock::new(),
            sets: Mutex::default(),
        }))
    }

    /// To be called before [`Self::docs`].
    fn prepare(&self, scoring: EnableScoring<'_>) -> tantivy::Result<()> {
        if self.0.leaves.get().is_none() {
            let leaves = self.0.tree.try_map(&|query| {
                if let Some(tree) = query.downcast_ref::<Self>() {
                    tree.prepare(scoring)?;
                    return Ok::<_, TantivyError>(Leaf::BooleanTree(tree.clone()));
                }
                Ok(Leaf::Weight(query.weight(scoring)?))
            })?;
            // Whoever was quicker has made the same.
            drop(self.0.leaves.set(leaves));
        }
        Ok(())
    }

    fn docs(&self, segment: &SegmentReader) -> tantivy::Result<Arc<DocIds>> {
        let id = segment.segment_id();
        // Sets are whole or not there, whoever panicked.
        let sets = || self.0.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(docs) = sets().get(&id) {
            return Ok(Arc::clone(docs));
        }
        let Some(leaves) = self.0.leaves.get() else {
            let reason = "a tree was asked before it was prepared".to_owned();
            return Err(TantivyError::InvalidArgument(reason));
        };
        let docs = Arc::new(DocIds::of(leaves, segment, &self.0.effort)?);
        sets().insert(id, Arc::clone(&docs));
        Ok(docs)
    }
}

impl Query for BooleanTreeQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        self.prepare(scoring)?;
        Ok(Box::new(self.clone()))
    }
}

impl Weight for BooleanTreeQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let docs = FoundDocs::new(self.docs(segment)?);
        Ok(Box::new(ConstScorer::new(docs, boost)))
    }

    fn explain(&self, _segment: &SegmentReader, _doc: DocId) -> tantivy::Result<Explanation> {
        let reason = "a filter has no score to explain".to_owned();
        Err(TantivyError::InvalidArgument(reason))
    }
}

/// Documents of a segment, one bit each.
#[derive(Debug)]
struct DocIds(Vec<u64>);

impl DocIds {
    const BITS: u32 = u64::BITS;

    fn of(
        tree: &BooleanTree<Leaf>,
        segment: &SegmentReader,
        effort: &Effort,
    ) -> tantivy::Result<Self> {
        let of = |member: &BooleanTree<Leaf>, docs: &mut Self, with: fn(u64, u64) -> u64| {
            match member {
                BooleanTree::Leaf(Leaf::BooleanTree(tree)) => {
                    docs.join(&*tree.docs(segment)?, with);
                }
                member => docs.join(&Self::of(member, segment, effort)?, with),
            }
            // A word at a time is quick, but there may be hundreds of members.
            Ok::<_, TantivyError>(effort.spend(docs.0.len() as u64)?)
        };
        match tree {
            BooleanTree::Leaf(Leaf::Weight(leaf)) => Self::of_leaf(leaf.as_ref(), segment, effort),
            BooleanTree::Leaf(Leaf::BooleanTree(tree)) => Ok(Self(tree.docs(segment)?.0.clone())),
            BooleanTree::All(members) => {
                let mut docs = Self::filled(segment, u64::MAX);
                for member in members {
                    of(member, &mut docs, |docs, of| docs & of)?;
                }
                Ok(docs)
            }
            BooleanTree::Any(members) => {
                let mut docs = Self::filled(segment, 0);
                for member in members {
                    of(member, &mut docs, |docs, of| docs | of)?;
                }
                Ok(docs)
            }
            BooleanTree::None(members) => {
                let mut docs = Self::filled(segment, u64::MAX);
                for member in members {
                    of(member, &mut docs, |docs, of| docs & !of)?;
                }
                Ok(docs)
            }
        }
    }

    fn of_leaf(
        leaf: &dyn Weight,
        segment: &SegmentReader,
        effort: &Effort,
    ) -> tantivy::Result<Self> {
        let mut docs = Self::filled(segment, 0);
        effort.spend_scan(segment.max_doc().into())?;
        let mut steps = effort.walk(1);
        let mut scorer = leaf.scorer(segment, 1.0)?;
        let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
        loop {
            let filled = scorer.fill_buffer(&mut block);
            for &doc in &block[..filled] {
                docs.0[(doc / Self::BITS) as usize] |= 1 << (doc % Self::BITS);
            }
            steps.take_many(filled as u64)?;
            if filled < block.len() {
                steps.finish()?;
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

    fn has(&self, doc: DocId) -> bool {
        let word = self.0.get((doc / Self::BITS) as usize);
        word.is_some_and(|word| word >> (doc % Self::BITS) & 1 == 1)
    }

    /// The first one from `target` on.
    fn first_from(&self, target: DocId) -> DocId {
        let mut at = (target / Self::BITS) as usize;
        let mut left = match self.0.get(at) {
            Some(word) => word & (u64::MAX << (target % Self::BITS)),
            None => return TERMINATED,
        };
        while left == 0 {
            at += 1;
            match self.0.get(at) {
                Some(&word) => left = word,
                None => return TERMINATED,
            }
        }
        at as u32 * Self::BITS + left.trailing_zeros()
    }
}

/// Documents in order.
struct FoundDocs {
    docs: Arc<DocIds>,
    doc: DocId,
}

impl FoundDocs {
    fn new(docs: Arc<DocIds>) -> Self {
        let doc = docs.first_from(0);
        Self { docs, doc }
    }
}

impl DocSet for FoundDocs {
    fn advance(&mut self) -> DocId {
        if self.doc != TERMINATED {
            self.doc = self.docs.first_from(self.doc + 1);
        }
        self.doc
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            self.doc = self.docs.first_from(target);
        }
        self.doc
    }

    fn seek_danger(&mut self, target: DocId) -> SeekDangerResult {
        if self.docs.has(target) {
            self.doc = target;
            SeekDangerResult::Found
        } else {
            self.doc = self.docs.first_from(target);
            SeekDangerResult::SeekLowerBound(self.doc)
        }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.docs.0.iter().map(|word| word.count_ones()).sum()
    }
}
