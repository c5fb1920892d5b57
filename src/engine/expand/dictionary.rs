//! The words of a catalog, as whoever expands a query asks for them. Invariant: a word that nobody typed is one that some
//! object shows.

use std::cmp::Reverse;

use super::found_words::{Begun, Spelling};

/// Most spellings a word is looked up by, the best of them.
const SPELLINGS_MAX: usize = 20;

pub(in crate::engine) trait Dictionary {
    type Error;

    /// How many objects there are.
    fn objects(&self) -> u64;

    /// How many objects have the word, deleted ones that still lie there included. Of a word that is both
    /// shown and hidden they are at least so many, and at most twice: how telling a word is that people
    /// see does not depend on what is hidden from them, unless most of it is.
    fn objects_with(&self, word: &str) -> Result<u64, Self::Error>;

    /// How many objects have the word in what is shown of them.
    fn objects_showing(&self, word: &str) -> Result<u64, Self::Error>;

    /// How many objects have it in one of the fields that say what an object is or is like, of these in that where most
    /// have it.
    fn objects_naming(&self, word: &str) -> Result<u64, Self::Error>;

    /// Words spelled almost like this one, without the word itself: nearest first, then those of most objects.
    fn similar(&self, word: &str) -> Result<Vec<Spelling>, Self::Error>;

    /// The commonest words that begin so, without the word itself. Where none does, those that begin almost so.
    fn begun_by(&self, beginning: &str) -> Result<Begun, Self::Error>;

    /// Whether most objects have the word, and most of them in prose alone: it says what none of them is.
    fn is_prose_of_most(&self, word: &str) -> Result<bool, Self::Error> {
        let most = self.objects() / 2;
        if self.objects_showing(word)? <= most {
            return Ok(false);
        }
        Ok(self.objects_naming(word)? <= most / 2)
    }

    /// The two words this one falls into, if both are shown, and how many objects have each.
    fn split(&self, word: &str) -> Result<Option<[(String, u64); 2]>, Self::Error> {
        /// Shortest part, in characters: nearly every pair of letters is a word of some catalog.
        const PART_CHARS: usize = 3;
        let mut best: Option<[(String, u64); 2]> = None;
        let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        let inner = PART_CHARS..starts.len().saturating_sub(PART_CHARS - 1);
        for at in starts.get(inner).unwrap_or_default() {
            let (head, tail) = word.split_at(*at);
            let heads = self.objects_showing(head)?;
            let tails = if heads == 0 {
                0
            } else {
                self.objects_showing(tail)?
            };
            let best_yet = best
                .as_ref()
                .map_or(0, |[(_, heads), (_, tails)]| *heads.min(tails));
            if heads.min(tails) > best_yet {
                best = Some([(head.to_owned(), heads), (tail.to_owned(), tails)]);
            }
        }
        Ok(best)
    }
}

/// Of the spellings of a word the best, in order.
pub(in crate::engine) fn best_spellings(word: &str, mut found: Vec<Spelling>) -> Vec<Spelling> {
    found.sort_unstable_by(|a, b| {
        let rank = |spelling: &Spelling| {
            let starts_alike = spelling.text.chars().next() == word.chars().next();
            (spelling.edits, !starts_alike, Reverse(spelling.objects))
        };
        rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(&b.text))
    });
    found.truncate(SPELLINGS_MAX);
    found
}

pub(in crate::engine) fn has_digits(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}
