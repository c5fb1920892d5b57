//! Words as they are compared.

use std::fmt;
use std::sync::Arc;

use crate::domain::fold;

/// A word or a few, without case, accents and superfluous blanks. Equal to whatever is typed the same
/// but for these.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phrase(Arc<str>);

impl Phrase {
    /// Longest phrase of a rule, in bytes as compared.
    pub const BYTES_MAX: usize = 256;
    /// Most words of a phrase that has synonyms or is one.
    pub const WORDS_MAX: usize = 8;

    /// `None` when nothing is left to compare: the text is blank, or only marks.
    pub fn new(text: &str) -> Option<Self> {
        let mut lower = String::new();
        fold::lower(text, &mut lower);
        let words = lower.split_whitespace().map(fold::without_accents);
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        (!words.is_empty()).then(|| Self(words.join(" ").into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between blanks.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ')
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phrase({:?})", &self.0)
    }
}
