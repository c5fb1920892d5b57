//! A query as it is recorded: what was typed, and the form by which two spellings are one. Invariant: never
//! blank, bounded, without superfluous blanks and characters that nobody sees.

use crate::domain::fold::{lower, without_accents};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordedQuery {
    folded: Box<str>,
    typed: Box<str>,
}

impl RecordedQuery {
    /// Longer ones were pasted, and nobody types them again.
    pub const CHARS_MAX: usize = 100;

    /// `None` when the text is blank or too long.
    pub fn new(text: &str) -> Option<Self> {
        let typed = squeezed(text);
        if typed.is_empty() || typed.chars().count() > Self::CHARS_MAX {
            return None;
        }
        let folded = squeezed(&folded(&typed));
        (!folded.is_empty()).then(|| Self {
            folded: folded.into(),
            typed: typed.into(),
        })
    }

    /// Case and accents away.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether a query of this folded form may be suggested at all: one letter says nothing.
    pub fn is_telling(folded: &str) -> bool {
        folded.chars().nth(1).is_some()
    }

    /// A text as queries are compared with it while it is being typed: blanks at its end are kept out.
    pub fn fold_typed(text: &str) -> String {
        squeezed(&folded(text))
    }
}

fn folded(text: &str) -> String {
    let mut low = String::new();
    lower(text, &mut low);
    without_accents(&low)
}

fn squeezed(text: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || c.is_control();
    let words = text.split(is_gap).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Where the words of a folded query begin, the first included.
pub fn word_starts(folded: &str) -> impl Iterator<Item = &str> {
    let inner = folded.match_indices(' ').map(|(at, _)| &folded[at + 1..]);
    std::iter::once(folded).chain(inner)
}

/// Whether a folded query, or one of its words, begins with what was typed.
pub fn begins_a_word(folded: &str, typed: &str) -> bool {
    word_starts(folded).any(|rest| rest.starts_with(typed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_query_are_one() {
        for text in [
            "Żel  nawilżający",
            " zel\tNAWILZAJACY ",
            "zel nawilz\u{307}ający",
        ] {
            let query = RecordedQuery::new(text).expect("a query");
            assert_eq!(query.folded(), "zel nawilzajacy", "{text:?}");
        }
        for text in ["", "  ", "\u{0}", &"x".repeat(101)] {
            assert_eq!(RecordedQuery::new(text), None, "{text:?}");
        }
        assert!(RecordedQuery::is_telling("tv") && !RecordedQuery::is_telling("ž"));
    }

    #[test]
    fn a_word_is_begun_where_it_begins() {
        assert!(begins_a_word("wool socks", "wo") && begins_a_word("wool socks", "so"));
        assert!(begins_a_word("wool socks", "wool s") && begins_a_word("wool socks", ""));
        assert!(!begins_a_word("wool socks", "ool") && !begins_a_word("wool socks", "wools"));
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC{0,120}") {
            if let Some(query) = RecordedQuery::new(&text) {
                prop_assert_eq!(RecordedQuery::fold_typed(query.folded()), query.folded());
                prop_assert!(query.typed().chars().count() <= RecordedQuery::CHARS_MAX);
                for rest in word_starts(query.folded()) {
                    prop_assert!(begins_a_word(query.folded(), rest));
                }
            }
        }
    }
}
