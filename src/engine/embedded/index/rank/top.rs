//! The best of many, kept in bounded space. Invariant: after any number of offers, the smallest
//! `limit` entries offered are kept; never more than twice as many are held.

/// Smaller is better.
pub(in super::super) struct Top<T> {
    limit: usize,
    entries: Vec<T>,
    /// The entry nothing worse than which can be among the best.
    worst: Option<T>,
}

impl<T: Ord + Clone> Top<T> {
    pub(in super::super) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Vec::new(),
            worst: None,
        }
    }

    /// An entry not smaller than this cannot be among the best; `None` while any can.
    pub(in super::super) fn threshold(&self) -> Option<&T> {
        self.worst.as_ref()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(in super::super) fn offer(&mut self, entry: T) {
        if self.limit == 0 || self.worst.as_ref().is_some_and(|worst| entry >= *worst) {
            return;
        }
        self.entries.push(entry);
        if self.entries.len() >= 2 * self.limit {
            self.cut();
        }
    }

    /// The best, best first.
    pub(in super::super) fn into_sorted(mut self) -> Vec<T> {
        self.entries.sort_unstable();
        self.entries.truncate(self.limit);
        self.entries
    }

    fn cut(&mut self) {
        let (_, worst, _) = self.entries.select_nth_unstable(self.limit - 1);
        self.worst = Some(worst.clone());
        self.entries.truncate(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_smallest_are_kept_in_order(
            offers in proptest::collection::vec(0_u16..50, 0..200),
            limit in 0_usize..20,
        ) {
            let mut top = Top::new(limit);
            for &offer in &offers {
                top.offer(offer);
                prop_assert!(top.entries.len() <= 2 * limit);
            }
            let mut sorted = offers;
            sorted.sort_unstable();
            sorted.truncate(limit);
            prop_assert_eq!(top.into_sorted(), sorted);
        }
    }
}
