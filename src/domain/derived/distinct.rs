//! A list that takes each value once, in order of first appearance, however long it grows.

use std::collections::HashSet;
use std::hash::Hash;

pub(super) struct Distinct<T> {
    list: Vec<T>,
    /// Built only past [`Self::SCAN_MAX`] values, below it a scan is faster.
    seen: HashSet<T>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            seen: HashSet::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Distinct<T> {
    const SCAN_MAX: usize = 32;

    pub(super) fn push(&mut self, value: T) {
        let is_known = if self.list.len() < Self::SCAN_MAX {
            self.list.contains(&value)
        } else {
            if self.seen.is_empty() {
                self.seen.extend(&self.list);
            }
            !self.seen.insert(value)
        };
        if !is_known {
            self.list.push(value);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn list(&self) -> &[T] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_stands_once_however_long_the_list() {
        let mut distinct = Distinct::default();
        for value in (0..100).chain(0..100) {
            distinct.push(value);
        }
        assert_eq!(distinct.list(), (0..100).collect::<Vec<_>>());
    }
}
