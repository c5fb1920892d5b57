//! How much the title of a hit is what was typed, and how much it is like those of the other good hits. Invariant: the order
//! this gives is a function of the hits and of the sample, so that pages of one search fit together.

use std::sync::Arc;

use super::{
    FEEDBACK_HITS_MAX, FEEDBACK_HITS_MIN, FEEDBACK_TERMS_MAX, TitleLikeness, feedback_term_weight,
};

/// Titles looked at to know how common a word is, spread over a whole catalog.
pub const SAMPLE: usize = 2_000;

/// What was typed, as the words of a title.
pub struct TypedTitle<'a> {
    pub words: &'a [u64],
    /// What leads over, in a title, to what the thing was made for.
    pub made_for: &'a [u64],
    /// What the last word may become, ascending, while it is being typed.
    pub begun: &'a [u64],
}

impl TypedTitle<'_> {
    /// Whether the title begins with what was typed, the last word being typed.
    fn begins(&self, title: &[u64]) -> bool {
        let is_begun = |word: &u64| self.begun.binary_search(word).is_ok();
        // A word of few letters is none of a title.
        let before = match self.words.split_last() {
            Some((last, before)) if is_begun(last) => before,
            _ => self.words,
        };
        let rest = title.strip_prefix(before).unwrap_or_default();
        rest.first().is_some_and(is_begun)
    }
}

/// Titles of some documents, by their places among those.
#[derive(Debug, Default)]
pub struct ReadTitles {
    words: Vec<u64>,
    ends: Vec<usize>,
}

impl ReadTitles {
    /// Adds the next one.
    pub fn push(&mut self, title: impl Iterator<Item = u64>) {
        self.words.extend(title);
        self.ends.push(self.words.len());
    }

    fn of(&self, place: usize) -> &[u64] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[place]]
    }

    /// How much of what was typed, as title words, stands in the title as it was typed.
    pub fn likeness(&self, place: usize, typed: &TypedTitle<'_>) -> TitleLikeness {
        let title = self.of(place);
        let made_for = title.iter().position(|word| typed.made_for.contains(word));
        let begins = typed.begins(title);
        let typed = typed.words;
        let is_made_for = made_for.is_some_and(|at| {
            let (head, rest) = title.split_at(at);
            let has = |of: &[u64]| typed.iter().any(|word| of.contains(word));
            !has(head) && has(&rest[1..])
        });
        let kept = typed
            .windows(2)
            .filter(|pair| title.windows(2).any(|both| both == *pair));
        TitleLikeness {
            // Numbers are not among the words: of one word alone, `Dell 5070` would be the whole.
            is_whole: typed.len() > 1 && title == typed,
            neighbours_kept: kept.count(),
            is_made_for,
            begins,
        }
    }
}

/// How common words are in titles, by some of them, spread over the whole index.
#[derive(Debug)]
pub struct Sample {
    titles: usize,
    /// Words and in how many titles each is, words ascending.
    counts: Vec<(u64, u32)>,
}

impl Sample {
    /// Of so many titles and all their words.
    pub fn new(titles: usize, words: Vec<u64>) -> Self {
        Self {
            titles,
            counts: counted(words),
        }
    }

    /// The share of titles that have the word.
    fn share(&self, word: u64) -> f32 {
        let at = self.counts.binary_search_by_key(&word, |&(word, _)| word);
        let count = at.map_or(0, |at| self.counts[at].1);
        count as f32 / self.titles.max(1) as f32
    }
}

/// Each word once, ascending, and how often it is there.
fn counted(mut words: Vec<u64>) -> Vec<(u64, u32)> {
    words.sort_unstable();
    let runs = words.chunk_by(|one, next| one == next);
    runs.map(|run| (run[0], run.len() as u32)).collect()
}

/// What the titles of the good matches have in common.
pub struct Feedback<'a> {
    titles: &'a ReadTitles,
    /// Words ascending.
    weights: Vec<(u64, f32)>,
    /// The sum that is most like the others; above 0.
    greatest: f32,
}

impl<'a> Feedback<'a> {
    /// From the good matches, by their places, and their scores, best first; `None` when they are too few or have
    /// nothing in common that others have not.
    pub fn of(
        titles: &'a ReadTitles,
        matches: &[(usize, f32)],
        sample: impl FnOnce() -> Arc<Sample>,
    ) -> Option<Self> {
        let matches = &matches[..matches.len().min(FEEDBACK_HITS_MAX)];
        if matches.len() < FEEDBACK_HITS_MIN {
            return None;
        }
        let mut feedback = Self {
            titles,
            weights: weighed(shares(titles, matches), &sample()),
            greatest: 1.0,
        };
        let sums = matches
            .iter()
            .map(|&(place, _)| feedback.resemblance(place));
        feedback.greatest = sums.fold(0.0, f32::max);
        (feedback.greatest > 0.0).then_some(feedback)
    }

    /// 1 for the match most like the others, 0 for what has nothing of them.
    pub fn resemblance(&self, place: usize) -> f32 {
        let mut sum = 0.0;
        let words = self.titles.of(place);
        for word in words {
            let at = self.weights.binary_search_by_key(word, |&(word, _)| word);
            sum += at.map_or(0.0, |at| self.weights[at].1);
        }
        super::resemblance(sum, words.len()) / self.greatest
    }
}

/// Each word of the matches and its share of their scores.
fn shares(titles: &ReadTitles, matches: &[(usize, f32)]) -> Vec<(u64, f32)> {
    let of_match = |&(place, score)| titles.of(place).iter().map(move |&word| (word, score));
    let mut words: Vec<(u64, f32)> = matches.iter().flat_map(of_match).collect();
    // By score, too: sums of floats depend on their order.
    words.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total: f32 = matches.iter().map(|(_, score)| score).sum();
    let runs = words.chunk_by(|one, next| one.0 == next.0);
    runs.map(|run| {
        let sum: f32 = run.iter().map(|(_, score)| score).sum();
        (run[0].0, sum / total)
    })
    .collect()
}

/// The most telling of the words and their weights, words ascending.
fn weighed(shares: Vec<(u64, f32)>, sample: &Sample) -> Vec<(u64, f32)> {
    let weight = |(word, share)| (word, feedback_term_weight(share, sample.share(word)));
    let mut weighted: Vec<(u64, f32)> = shares.into_iter().map(weight).collect();
    weighted.retain(|(_, weight)| *weight > 0.0);
    weighted.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    weighted.truncate(FEEDBACK_TERMS_MAX);
    weighted.sort_unstable_by_key(|(word, _)| *word);
    weighted
}
