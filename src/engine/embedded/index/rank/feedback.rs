//! The column of title words, as `engine::ranking` asks for titles. Invariant: a sample is of one state of the index.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tantivy::columnar::Column;
use tantivy::{DocId, Searcher};

use crate::engine::embedded::index::segments::columns::Address;
use crate::engine::embedded::index::segments::schema::TITLE_WORDS;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{ReadTitles, SAMPLE, Sample};

/// The words of every title.
pub(in super::super) struct Titles {
    /// By segment.
    words: Vec<Column<u64>>,
    /// Documents of each segment.
    documents: Vec<DocId>,
}

impl Titles {
    pub(in super::super) fn open(segments: &[Segment<'_>]) -> tantivy::Result<Self> {
        let column = |segment: &Segment<'_>| segment.numbers_or_none(TITLE_WORDS);
        Ok(Self {
            words: segments
                .iter()
                .map(column)
                .collect::<tantivy::Result<_>>()?,
            documents: segments.iter().map(|segment| segment.max_doc()).collect(),
        })
    }

    fn of(&self, address: Address) -> impl Iterator<Item = u64> {
        self.words[address.segment].values_for_doc(address.doc)
    }

    /// The words of a title, ascending.
    pub(in super::super) fn sorted(&self, address: Address) -> Vec<u64> {
        let mut words: Vec<u64> = self.of(address).collect();
        words.sort_unstable();
        words
    }

    /// Those of these documents, which are asked for more than once.
    pub(in super::super) fn read(&self, of: impl Iterator<Item = Address>) -> ReadTitles {
        let mut titles = ReadTitles::default();
        for address in of {
            titles.push(self.of(address));
        }
        titles
    }
}

/// Titles spread over the whole index.
fn sample(titles: &Titles) -> Sample {
    let documents = titles.documents.iter().map(|&documents| documents as usize);
    let step = documents.sum::<usize>().div_ceil(SAMPLE).max(1);
    let (mut sampled, mut words) = (0, Vec::new());
    for (segment, &documents) in titles.documents.iter().enumerate() {
        for doc in (0..documents).step_by(step) {
            sampled += 1;
            words.extend(titles.of(Address { segment, doc }));
        }
    }
    Sample::new(sampled, words)
}

/// The sample of the state of the index that was searched last.
#[derive(Default)]
pub(in super::super) struct SampleCache(ArcSwapOption<(u64, Arc<Sample>)>);

impl SampleCache {
    pub(in super::super) fn of(&self, searcher: &Searcher, titles: &Titles) -> Arc<Sample> {
        let state = searcher.generation().generation_id();
        if let Some(known) = self.0.load_full().filter(|known| known.0 == state) {
            return Arc::clone(&known.1);
        }
        let made = Arc::new(sample(titles));
        self.0.store(Some(Arc::new((state, Arc::clone(&made)))));
        made
    }
}

/// Where a search finds the sample of its state of the index.
#[derive(Clone, Copy)]
pub(in super::super) struct Samples<'a> {
    pub(in super::super) cache: &'a SampleCache,
    pub(in super::super) searcher: &'a Searcher,
}
