//! What searches ask for, in short: under that something is kept for others that ask for the same. Invariant: what may be
//! answered in another way has another one.

use std::fmt::{Debug, Write as _};

/// A cryptographic hash: nobody finds two questions that have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Fingerprint([u8; 32]);

/// A question, part by part.
#[derive(Default)]
pub(in super::super) struct Question(String);

impl Question {
    /// Adds a part, of which `Debug` shows everything.
    #[must_use]
    pub(in super::super) fn with(mut self, part: &impl Debug) -> Self {
        // Nothing is lost on the way into a text; and parts cannot run into one another.
        let _ = writeln!(self.0, "{part:?}");
        self
    }

    pub(in super::super) fn fingerprint(self) -> Fingerprint {
        Fingerprint(*blake3::hash(self.0.as_bytes()).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_so_does_where_it_ends() {
        let of = |one: &str, other: &str| {
            let question = Question::default().with(&one).with(&other);
            question.fingerprint()
        };
        assert_eq!(of("a", "b"), of("a", "b"));
        for (one, other) in [("b", "a"), ("ab", ""), ("a\"\n\"b", ""), ("", "ab")] {
            assert_ne!(of("a", "b"), of(one, other));
        }
    }
}
