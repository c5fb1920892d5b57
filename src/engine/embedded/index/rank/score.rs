//! A score that hits are put in order by. Invariant: any two can be compared.

use std::cmp::Ordering;

/// Never NaN; ordered as numbers are.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Score(pub(super) f64);

impl Score {
    pub(in super::super) fn new(score: f64) -> Self {
        Self(score)
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
