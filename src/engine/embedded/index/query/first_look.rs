//! Suggestions: much has the words, and few are shown. Invariant: what is passed over stands behind so many of
//! its type, by what is known of it before its age and its margin are, that it would not have been ranked.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::DocId;

use crate::engine::ranking::{self, Availability, Called, MatchQuality};

/// Objects of a type that are looked at closely: as many as are ranked.
const OBJECTS_MAX: usize = ranking::RESEMBLANCE_HITS_MAX;

/// What decides of those that meet the words as well; smaller is better.
pub(in super::super) type Standing = (Reverse<u8>, Availability);

/// That of the documents of one segment.
pub(in super::super) struct Standings<'a> {
    pub(in super::super) of: Box<dyn Fn(DocId) -> Standing + 'a>,
    /// At least as good as that of any of them.
    pub(in super::super) best: Standing,
}

/// How an object ranks among its type, smaller is better. The order of the fields is the order of the signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FirstRank {
    quality: Reverse<MatchQuality>,
    standing: Standing,
    called: Reverse<Called>,
    /// Nothing scores less than 0, so that the bits are in the order of the numbers.
    score: Reverse<u32>,
}

/// How a document meets the words, or meets them at best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meets {
    pub(super) quality: MatchQuality,
    pub(super) called: Called,
    pub(super) score: f32,
}

impl Meets {
    /// As well as any.
    pub(super) const BEST: Self = Self {
        quality: MatchQuality::CODE,
        called: Called::BEST,
        score: f32::MAX,
    };

    pub(super) fn rank(self, standing: Standing) -> FirstRank {
        FirstRank {
            quality: Reverse(self.quality),
            standing,
            called: Reverse(self.called),
            score: Reverse(self.score.to_bits()),
        }
    }
}

/// The best of one type so far, the worst of them on top.
#[derive(Default)]
pub(super) struct Firsts(BinaryHeap<FirstRank>);

impl Firsts {
    /// Whether an object that ranks so is worth a look. Of those that are as good as the last the first to come is
    /// taken.
    pub(super) fn may_admit(&self, rank: FirstRank) -> bool {
        self.0.len() < OBJECTS_MAX || self.0.peek().is_some_and(|worst| rank < *worst)
    }

    /// The same of one that does, and is one of them then.
    pub(super) fn admit(&mut self, rank: FirstRank) -> bool {
        if !self.may_admit(rank) {
            return false;
        }
        if self.0.len() >= OBJECTS_MAX {
            self.0.pop();
        }
        self.0.push(rank);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(boost: u8, score: f32) -> FirstRank {
        let meets = Meets {
            quality: MatchQuality::FULL,
            called: Called::OTHERWISE,
            score,
        };
        meets.rank((Reverse(boost), Availability::BEST))
    }

    #[test]
    fn what_stands_better_is_looked_at_whatever_its_word_is_worth() {
        let mut firsts = Firsts::default();
        for at in 0..OBJECTS_MAX {
            assert!(firsts.admit(rank(0, 1.0 + at as f32)));
        }
        assert!(!firsts.admit(rank(0, 0.5)));
        assert!(!firsts.admit(rank(0, 1.0)));
        assert!(firsts.admit(rank(0, 1.5)));
        assert!(firsts.admit(rank(1, 0.1)));
        // Two have gone for these two.
        assert!(!firsts.admit(rank(0, 1.9)));
        assert!(firsts.admit(rank(0, 2.5)));
    }

    #[test]
    fn what_meets_the_word_better_is_looked_at_wherever_it_stands() {
        let mut firsts = Firsts::default();
        for at in 0..OBJECTS_MAX {
            assert!(firsts.admit(rank(1, 1.0 + at as f32)));
        }
        let better = Meets {
            quality: MatchQuality::CODE,
            ..Meets::BEST
        };
        let stands = (Reverse(0), Availability::BEST);
        assert!(firsts.may_admit(better.rank(stands)));
        assert!(firsts.admit(better.rank(stands)));
    }
}
