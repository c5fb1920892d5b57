//! What a site says of its files to all processes. Invariant: the first time is told before any document is written that is
//! due then, so nobody takes for done what has been written; it may be too early, and never too late.

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct FileBook {
    /// Grows with everything that is written of a file.
    pub(in crate::engine::opensearch) changes: u64,
    /// None is due before, in milliseconds; `None`: none is due at all.
    first: Option<i64>,
}

impl FileBook {
    pub(in crate::engine::opensearch) fn first(&self) -> Option<Timestamp> {
        self.first.map(Timestamp::from_millis)
    }

    /// Something is written of a file, which is due then, if ever.
    pub(in crate::engine::opensearch) fn note(&mut self, due: Option<Timestamp>) {
        self.changes += 1;
        if let Some(due) = due.map(Timestamp::as_millis) {
            self.first = Some(self.first.map_or(due, |first| first.min(due)));
        }
    }

    /// Whether what was told before is too late.
    pub(in crate::engine::opensearch) fn is_before(&self, told: &Self) -> bool {
        match (self.first, told.first) {
            (Some(first), Some(told)) => first < told,
            (first, None) => first.is_some(),
            (None, Some(_)) => false,
        }
    }

    /// Somebody has looked what is due first, when there had been so many changes.
    pub(in crate::engine::opensearch) fn look(&mut self, changes: u64, first: Option<Timestamp>) {
        if self.changes == changes {
            self.first = first.map(Timestamp::as_millis);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_first_time_is_never_too_late() {
        let mut book = FileBook::default();
        book.note(None);
        assert_eq!(book.first(), None);
        let before = book;
        book.note(Some(at(5)));
        assert!(book.is_before(&before) && !before.is_before(&book));
        book.note(Some(at(9)));
        book.note(None);
        assert_eq!(book.first(), Some(at(5)));
        let seen = book.changes;
        book.note(Some(at(7)));
        book.look(seen, Some(at(9)));
        assert_eq!(book.first(), Some(at(5)), "something came since");
        book.look(book.changes, Some(at(7)));
        assert_eq!(book.first(), Some(at(7)));
        book.look(book.changes, None);
        assert_eq!(book.first(), None);
    }
}
