//! Lists of candidates that searches hand on to one another: a list of a common word is megabytes, which are not
//! asked of the system anew by every search. Invariant: what is kept is bounded, in lists and in their size.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use super::result_walk::Candidate;

/// Lists kept: as many as searches run at once on a usual machine.
const LISTS_MAX: usize = 8;
/// A longer list is given up, in candidates: some four megabytes.
const CANDIDATES_MAX: usize = 1 << 16;

static SPARE: Mutex<Vec<Vec<Candidate>>> = Mutex::new(Vec::new());

/// An empty list that goes back when it is dropped.
pub(super) struct SpareCandidates(Vec<Candidate>);

impl SpareCandidates {
    pub(super) fn take() -> Self {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        Self(spare.pop().unwrap_or_default())
    }
}

impl Drop for SpareCandidates {
    fn drop(&mut self) {
        let mut list = std::mem::take(&mut self.0);
        list.clear();
        let is_kept = (1..=CANDIDATES_MAX).contains(&list.capacity());
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if is_kept && spare.len() < LISTS_MAX {
            spare.push(list);
        }
    }
}

impl Deref for SpareCandidates {
    type Target = Vec<Candidate>;

    fn deref(&self) -> &Vec<Candidate> {
        &self.0
    }
}

impl DerefMut for SpareCandidates {
    fn deref_mut(&mut self) -> &mut Vec<Candidate> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_others_is_bounded() {
        let mut lists: Vec<SpareCandidates> = (0..2 * LISTS_MAX)
            .map(|_| SpareCandidates::take())
            .collect();
        for (at, list) in lists.iter_mut().enumerate() {
            assert!(list.is_empty());
            list.reserve_exact(if at % 2 == 0 { 100 } else { 2 * CANDIDATES_MAX });
        }
        drop(lists);
        let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(spare.len() <= LISTS_MAX);
        assert!(spare.iter().all(|list| list.capacity() <= CANDIDATES_MAX));
    }
}
