//! The forms of a word reduced to one. A stem is a word of its own in the index, told from typed words
//! by [`MARK`], so that a form never outranks the word as typed.

use frostem::Algorithm;

use super::slavic;
use crate::domain::Language;

/// Begins every stem; no word does.
pub(in crate::engine::embedded::index) const MARK: char = '\u{1}';

/// Shorter words have no other forms worth the confusion, in characters.
const CHARS_MIN: usize = 3;

#[derive(Clone, Copy, Debug)]
pub(super) struct Stemmer(Language);

impl Stemmer {
    pub(super) fn new(language: Language) -> Self {
        Self(language)
    }

    /// Whether it leaves every word as it is.
    pub(super) fn is_idle(self) -> bool {
        self.0 == Language::Any
    }

    /// The stems of a word, without accents, each once. Snowball's rules read accents, so the word is
    /// reduced before they go; a word typed without them is reduced as it is, hence the second stem.
    pub(super) fn stems(
        self,
        word: &str,
        folded: &str,
        fold: impl Fn(&str) -> String,
    ) -> Vec<String> {
        if folded.chars().count() < CHARS_MIN || folded.bytes().any(|b| b.is_ascii_digit()) {
            return Vec::new();
        }
        let Some(algorithm) = self.snowball() else {
            return match self.0 {
                Language::Czech | Language::Slovak => vec![slavic::stem(folded)],
                _ => Vec::new(),
            };
        };
        let stemmer = frostem::Stemmer::new(algorithm);
        let mut stems = vec![fold(&stemmer.stem(word))];
        if word != folded {
            let plain = fold(&stemmer.stem(folded));
            if stems[0] != plain {
                stems.push(plain);
            }
        }
        stems
    }

    fn snowball(self) -> Option<Algorithm> {
        Some(match self.0 {
            Language::Any | Language::Czech | Language::Slovak => return None,
            Language::Dutch => Algorithm::Dutch,
            Language::English => Algorithm::English,
            Language::French => Algorithm::French,
            Language::German => Algorithm::German,
            Language::Hungarian => Algorithm::Hungarian,
            Language::Italian => Algorithm::Italian,
            Language::Polish => Algorithm::Polish,
            Language::Portuguese => Algorithm::Portuguese,
            Language::Romanian => Algorithm::Romanian,
            Language::Russian => Algorithm::Russian,
            Language::Spanish => Algorithm::Spanish,
        })
    }
}
