//! What the control of a site says of documents. Invariant: a place was kept by the control before an object has it, so that none is
//! given twice, whoever dies.

use serde::{Deserialize, Serialize};

use super::receipts::ReceiptBook;

/// Places that are kept at once, at least.
const PLACES_AT_ONCE: u64 = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct Book {
    /// In order of creation.
    pub(in crate::engine::opensearch) types: Vec<KeptType>,
    /// Numbers up to this one were given to types; never twice.
    pub(in crate::engine::opensearch) last_type: u64,
    /// Places up to this one were given to objects.
    pub(in crate::engine::opensearch) places: u64,
    /// Places up to this one may have been given by somebody who died.
    pub(in crate::engine::opensearch) places_kept: u64,
    pub(in crate::engine::opensearch) receipts: ReceiptBook,
    /// The first and the last day that has clicks.
    pub(in crate::engine::opensearch) clicked: Option<(i64, i64)>,
}

/// A document type; what it is stands in its own document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine::opensearch) struct KeptType {
    /// Of its document.
    pub(in crate::engine::opensearch) number: u64,
    pub(in crate::engine::opensearch) name: String,
    /// So many of the fields in its document are declared.
    pub(in crate::engine::opensearch) fields: u32,
}

impl Book {
    pub(in crate::engine::opensearch) fn take_place(&mut self) -> u64 {
        self.places += 1;
        self.places
    }

    /// Keeps enough places for what was given since there were so many; whether those are more than before.
    pub(in crate::engine::opensearch) fn keep_places(&mut self, before: u64) -> bool {
        if self.places <= self.places_kept {
            return false;
        }
        let given = self.places.saturating_sub(before);
        self.places_kept = self.places + PLACES_AT_ONCE.max(4 * given);
        true
    }

    /// Somebody may have given some that he did not tell of.
    pub(in crate::engine::opensearch) fn skip_places(&mut self) {
        self.places = self.places.max(self.places_kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_is_given_twice_when_somebody_dies() {
        let mut book = Book::default();
        assert_eq!((book.take_place(), book.take_place()), (1, 2));
        assert!(book.keep_places(0));
        assert!(!book.keep_places(0));
        let told = book.clone();
        // Goes on without telling anybody, and is dead.
        let last = (0..PLACES_AT_ONCE).map(|_| book.take_place()).last();
        assert!(!book.keep_places(2), "they were kept");
        let mut heir = told;
        heir.skip_places();
        assert_eq!(Some(heir.take_place()), last.map(|last| last + 1));
        assert!(heir.keep_places(heir.places - 1));
    }
}
