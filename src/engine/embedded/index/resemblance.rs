//! How much the title of a hit is what was typed, and how much it is like those of the other good hits:
//! `engine::ranking` applied to the column of title words. Invariant: the order this gives is a function of the hits and of one
//! state of the index, so that pages of one search fit together.

use std::collections::HashMap;

use tantivy::columnar::Column;
use tantivy::{DocId, Searcher};

use super::columns::Address;
use super::schema::TITLE_WORDS;
use crate::engine::ranking::{self, TitleLikeness};

/// Titles looked at to know how common a word is, spread over the whole index.
const SAMPLE: usize = 2_000;

/// The words of every title.
pub(super) struct Titles {
    /// By segment.
    words: Vec<Column<u64>>,
    /// Documents of each segment.
    documents: Vec<DocId>,
}

impl Titles {
    pub(super) fn open(searcher: &Searcher) -> tantivy::Result<Self> {
        let segments = searcher.segment_readers();
        let column = |segment: &tantivy::SegmentReader| segment.fast_fields().u64(TITLE_WORDS);
        Ok(Self {
            words: segments
                .iter()
                .map(column)
                .collect::<tantivy::Result<_>>()?,
            documents: segments
                .iter()
                .map(tantivy::SegmentReader::max_doc)
                .collect(),
        })
    }

    fn of(&self, address: Address) -> impl Iterator<Item = u64> {
        self.words[address.segment].values_for_doc(address.doc)
    }

    /// How much of what was typed, as title words, stands in the title as it was typed.
    pub(super) fn likeness(&self, address: Address, typed: &[u64]) -> TitleLikeness {
        let title: Vec<u64> = self.of(address).collect();
        let pairs = typed.windows(2).len();
        let kept = typed
            .windows(2)
            .filter(|pair| title.windows(2).any(|both| both == *pair));
        TitleLikeness {
            // Numbers are not among the words: of one word alone, `Dell 5070` would be the whole.
            is_whole: pairs > 0 && title == typed,
            neighbours_kept: kept.count() as f32 / pairs.max(1) as f32,
        }
    }

    /// Every so many documents one.
    fn sample(&self) -> impl Iterator<Item = Address> {
        let all: usize = self
            .documents
            .iter()
            .map(|&documents| documents as usize)
            .sum();
        let step = all.div_ceil(SAMPLE).max(1);
        let by_segment = self.documents.iter().enumerate();
        by_segment.flat_map(move |(segment, &documents)| {
            let docs = (0..documents).step_by(step);
            docs.map(move |doc| Address { segment, doc })
        })
    }
}

/// What the titles of the good matches have in common.
pub(super) struct Peers<'a> {
    titles: &'a Titles,
    weights: HashMap<u64, f32>,
    /// The sum that is most like the others; above 0.
    greatest: f32,
}

impl<'a> Peers<'a> {
    /// From the good matches and their scores, best first; `None` when they are too few or have
    /// nothing in common that others have not.
    pub(super) fn of(titles: &'a Titles, matches: &[(Address, f32)]) -> Option<Self> {
        let matches = &matches[..matches.len().min(ranking::PEERS_MAX)];
        if matches.len() < ranking::PEERS_MIN {
            return None;
        }
        let mut shares: HashMap<u64, f32> = HashMap::new();
        for &(address, score) in matches {
            for word in titles.of(address) {
                *shares.entry(word).or_default() += score;
            }
        }
        let total: f32 = matches.iter().map(|(_, score)| score).sum();
        let mut weighted = weigh(titles, &shares, total);
        weighted.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        weighted.truncate(ranking::PEER_WORDS_MAX);
        let mut peers = Self {
            titles,
            weights: weighted.into_iter().collect(),
            greatest: 1.0,
        };
        let sums = matches
            .iter()
            .map(|&(address, _)| peers.resemblance(address));
        peers.greatest = sums.fold(0.0, f32::max);
        (peers.greatest > 0.0).then_some(peers)
    }

    /// 1 for the match most like the others, 0 for what has nothing of them.
    pub(super) fn resemblance(&self, address: Address) -> f32 {
        let (mut sum, mut words) = (0.0, 0);
        for word in self.titles.of(address) {
            sum += self.weights.get(&word).copied().unwrap_or(0.0);
            words += 1;
        }
        ranking::resemblance(sum, words) / self.greatest
    }
}

fn weigh(titles: &Titles, shares: &HashMap<u64, f32>, total: f32) -> Vec<(u64, f32)> {
    // Words too rare among the matches to count need not be counted among all.
    let common = |share: f32| ranking::peer_word_weight(share / total, 0.0) > 0.0;
    let mut among_all: HashMap<u64, u32> = shares
        .iter()
        .filter(|(_, share)| common(**share))
        .map(|(&word, _)| (word, 0))
        .collect();
    let mut sampled = 0;
    for address in titles.sample() {
        sampled += 1;
        for word in titles.of(address) {
            if let Some(count) = among_all.get_mut(&word) {
                *count += 1;
            }
        }
    }
    let weight = |(word, count): (u64, u32)| {
        let among_peers = shares[&word] / total;
        let among_all = count as f32 / sampled.max(1) as f32;
        (word, ranking::peer_word_weight(among_peers, among_all))
    };
    among_all.into_iter().map(weight).collect()
}
