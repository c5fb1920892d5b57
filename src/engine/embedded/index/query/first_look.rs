//! Suggestions for a letter or two: much has a word that begins so, and few are shown. Invariant: what is passed
//! over stands behind so many of its type, by what is known of it before its words are looked at closely, that it
//! would not have been ranked.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::DocId;

use crate::engine::ranking::{self, Availability};

/// Objects of a type that are looked at closely: as many as are ranked.
const OBJECTS_MAX: usize = ranking::RESEMBLANCE_HITS_MAX;

/// What decides before any word does; smaller is better.
pub(in super::super) type Standing = (Reverse<u8>, Availability);

/// That of the documents of one segment.
pub(in super::super) type Standings<'a> = Box<dyn Fn(DocId) -> Standing + 'a>;

/// The best of one type so far, the worst of them on top.
#[derive(Default)]
pub(super) struct Firsts(BinaryHeap<(Standing, Reverse<u32>)>);

impl Firsts {
    /// Whether an object is worth a look whose word is worth so much.
    pub(super) fn admits(&mut self, standing: Standing, worth: f32) -> bool {
        // Nothing is worth less than 0, so that the bits are in the order of the numbers.
        let rank = (standing, Reverse(worth.to_bits()));
        if self.0.len() < OBJECTS_MAX {
            self.0.push(rank);
            return true;
        }
        let Some(mut worst) = self.0.peek_mut() else {
            return false;
        };
        let is_better = rank < *worst;
        if is_better {
            *worst = rank;
        }
        // Who is as good as the last is one of those of whom the first to come is taken.
        is_better
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(boost: u8) -> Standing {
        (Reverse(boost), Availability::BEST)
    }

    #[test]
    fn what_stands_better_is_looked_at_whatever_its_word_is_worth() {
        let mut firsts = Firsts::default();
        for at in 0..OBJECTS_MAX {
            assert!(firsts.admits(standing(0), 1.0 + at as f32));
        }
        assert!(!firsts.admits(standing(0), 0.5));
        assert!(!firsts.admits(standing(0), 1.0));
        assert!(firsts.admits(standing(0), 1.5));
        assert!(firsts.admits(standing(1), 0.1));
        // Two have gone for these two.
        assert!(!firsts.admits(standing(0), 1.9));
        assert!(firsts.admits(standing(0), 2.5));
    }
}
