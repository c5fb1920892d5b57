//! Objects a search prefers (docs/reference/05-search.md §2, `prefer[]`): how many of its wishes each meets.
//! Wishes filter nothing. Invariant: they are looked up once a segment, however often it is walked over.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Searcher, SegmentReader};

use crate::engine::embedded::index::effort::Effort;

pub(in super::super) struct Preferred {
    wishes: Vec<Box<dyn Weight>>,
    met: RefCell<HashMap<SegmentId, SegmentPreferred>>,
    effort: Arc<Effort>,
}

impl Preferred {
    pub(in super::super) fn new(
        searcher: &Searcher,
        wishes: impl Iterator<Item = Box<dyn Query>>,
        effort: &Arc<Effort>,
    ) -> tantivy::Result<Self> {
        let weights =
            wishes.map(|wish| wish.weight(EnableScoring::disabled_from_searcher(searcher)));
        Ok(Self {
            wishes: weights.collect::<tantivy::Result<_>>()?,
            met: RefCell::default(),
            effort: Arc::clone(effort),
        })
    }

    pub(in super::super) fn in_segment(
        &self,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentPreferred> {
        if self.wishes.is_empty() {
            return Ok(SegmentPreferred::default());
        }
        let id = segment.segment_id();
        if let Some(known) = self.met.borrow().get(&id) {
            return Ok(known.clone());
        }
        let mut met = vec![0_u8; segment.max_doc() as usize];
        for weight in &self.wishes {
            self.effort.spend_scan(segment.max_doc().into())?;
            let mut steps = self.effort.walk(1);
            let mut docs = weight.scorer(segment, 1.0)?;
            let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
            loop {
                let filled = docs.fill_buffer(&mut block);
                for &doc in &block[..filled] {
                    met[doc as usize] += 1;
                }
                steps.take_many(filled as u64)?;
                if filled < block.len() {
                    break;
                }
            }
            steps.finish()?;
        }
        let met = SegmentPreferred(met.into());
        self.met.borrow_mut().insert(id, met.clone());
        Ok(met)
    }
}

/// By document; empty when nothing is preferred.
#[derive(Clone, Default)]
pub(in super::super) struct SegmentPreferred(Arc<[u8]>);

impl SegmentPreferred {
    pub(in super::super) fn wishes_met(&self, doc: DocId) -> u8 {
        self.0.get(doc as usize).copied().unwrap_or(0)
    }
}
