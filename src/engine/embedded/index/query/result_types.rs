//! The types of the objects that have words of a text, and how well those meet it. Invariant: a type is counted without
//! regard to the others, so that what is found of one does not depend on what else is asked for.

use super::first_look::Firsts;
use super::result_walk::Candidate;
use crate::engine::ranking::{self, ChosenSteps, Counts, Step};

/// Shares of what words tell that differ by less are one: sums of floats.
pub(super) const SAME: f32 = 1e-4;

/// A type of objects, and how its objects meet the text.
pub(super) struct OfType {
    pub(super) name: String,
    pub(super) is_main: bool,
    pub(super) is_quicksearch: bool,
    pub(super) counts: Counts,
    /// How many of those counted have a word misspelled.
    pub(super) misspelled: u64,
    /// The greatest share among those with some of the words.
    pub(super) best_share: f32,
    pub(super) lacking: Lacking,
    pub(super) firsts: Firsts,
}

impl OfType {
    /// The least share of what the words tell by which an object without all of them may have a say; `None` where none
    /// may.
    pub(super) fn parted_share_min(&self, words: usize) -> Option<f32> {
        let most = self
            .counts
            .asks_for_most(words)
            .then(|| self.counts.most_share_min(words));
        let some = (self.lacking == Lacking::Most).then_some(self.best_share);
        match (self.lacking, most, some) {
            (Lacking::None, ..) | (_, None, None) => None,
            (_, Some(most), Some(some)) => Some(most.min(some)),
            (_, share, None) | (_, None, share) => share,
        }
    }

    /// Takes note of an object that has all telling words.
    pub(super) fn count(&mut self, found: &Candidate) {
        let counts = &mut self.counts;
        match found.judged.step {
            Step::Named => counts.named += 1,
            Step::Told => counts.told += 1,
            Step::Attributed => counts.attributed += 1,
            _ => counts.mentioned += 1,
        }
        counts.kinds += u64::from(found.is_kind);
        self.misspelled += u64::from(found.judged.misspelled != 0);
    }

    /// What is found of the type, which is at this place; `None`: nothing has enough of the words.
    pub(super) fn chosen(
        &self,
        at: usize,
        words: usize,
        candidates: &[Candidate],
    ) -> Option<Chosen> {
        let steps = ChosenSteps::of(self.counts, words);
        steps.last?;
        let mut chosen = Chosen {
            steps,
            only_right: false,
        };
        if self.misspelled > 0 {
            let of_type = candidates.iter().filter(|found| found.of_type == at);
            let right = of_type.filter(|found| {
                found.judged.misspelled == 0 && found.judged.met.is_complete && chosen.takes(found)
            });
            chosen.only_right = ranking::are_enough_right(right.count());
        }
        Some(chosen)
    }
}

/// Which objects of a type are found.
pub(super) struct Chosen {
    steps: ChosenSteps,
    /// None that has a word misspelled.
    only_right: bool,
}

impl Chosen {
    pub(super) fn takes(&self, found: &Candidate) -> bool {
        self.steps.takes(found.judged.step, found.is_kind)
            && (found.judged.misspelled == 0 || !self.only_right)
    }
}

/// Which objects that lack some of the words may have a say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacking {
    None,
    Few,
    Most,
}

/// Of what has all words, takes out what has a word misspelled that something else has as it was typed, which is
/// as right in the other words.
pub(super) fn leave_out_replaced(types: &mut [OfType], candidates: &mut Vec<Candidate>) {
    if candidates.iter().all(|found| found.judged.misspelled == 0) {
        return;
    }
    let mut all: Vec<u32> = candidates
        .iter()
        .map(|found| found.judged.misspelled)
        .collect();
    all.sort_unstable();
    all.dedup();
    let is_replaced = |misspelled: &u32| {
        let mut better = all.iter().filter(|&other| other != misspelled);
        better.any(|other| other & !misspelled == 0)
    };
    let replaced: Vec<u32> = all.iter().copied().filter(is_replaced).collect();
    let is_right = |found: &Candidate| {
        let misspelled = found.judged.misspelled;
        replaced.binary_search(&misspelled).is_err()
    };
    candidates.retain(is_right);
    for of in types.iter_mut() {
        of.counts = Counts::default();
        of.misspelled = 0;
    }
    for found in candidates.iter() {
        types[found.of_type].count(found);
    }
}

/// How far those are at least from what was typed that meet as much of it as any.
pub(super) fn least_edits<'c>(candidates: impl Iterator<Item = &'c Candidate>, best: f32) -> u32 {
    let best_ones = candidates.filter(|found| found.judged.share >= best - SAME);
    best_ones.map(|found| found.judged.edits).min().unwrap_or(0)
}

/// Where nothing has the words, a misspelling of one does not stand beside the word itself.
pub(super) fn is_as_good(found: &Candidate, best: f32, edits: u32) -> bool {
    found.judged.share >= best - SAME && found.judged.edits <= edits
}
