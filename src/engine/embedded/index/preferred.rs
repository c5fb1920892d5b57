//! Objects a search prefers (contract 05 §2, `prefer[]`): how many of its wishes each meets. Wishes
//! filter nothing.

use tantivy::query::{EnableScoring, Query, Weight};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet, Searcher, SegmentReader};

pub(super) struct Preferred(Vec<Box<dyn Weight>>);

impl Preferred {
    pub(super) fn new(
        searcher: &Searcher,
        wishes: impl Iterator<Item = Box<dyn Query>>,
    ) -> tantivy::Result<Self> {
        let weights =
            wishes.map(|wish| wish.weight(EnableScoring::disabled_from_searcher(searcher)));
        Ok(Self(weights.collect::<tantivy::Result<_>>()?))
    }

    pub(super) fn in_segment(&self, segment: &SegmentReader) -> tantivy::Result<SegmentPreferred> {
        let mut met = Vec::new();
        for weight in &self.0 {
            met.resize(segment.max_doc() as usize, 0);
            let mut docs = weight.scorer(segment, 1.0)?;
            let mut block = [0; COLLECT_BLOCK_BUFFER_LEN];
            loop {
                let filled = docs.fill_buffer(&mut block);
                for &doc in &block[..filled] {
                    met[doc as usize] += 1;
                }
                if filled < block.len() {
                    break;
                }
            }
        }
        Ok(SegmentPreferred(met))
    }
}

/// By document; empty when nothing is preferred.
pub(super) struct SegmentPreferred(Vec<u8>);

impl SegmentPreferred {
    pub(super) fn wishes_met(&self, doc: DocId) -> u8 {
        self.0.get(doc as usize).copied().unwrap_or(0)
    }
}
