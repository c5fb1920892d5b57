//! Words that begin with what was typed so far. Invariant: their number is bounded, the commonest are
//! kept, and how far one is from what was typed stays known.

use std::cmp::Reverse;

use super::dictionary::{Dictionary, has_digits};
use super::found_words::{Begun, Reach, Spelling};
use crate::engine::ranking::{self, TextField};

/// Most words one beginning stands for.
pub(in crate::engine) const WORDS_MAX: usize = 50;
/// Shortest beginning that may be misspelled, in letters: of fewer, everything is like anything.
const MISSPELLED_LETTERS_MIN: usize = 5;
/// How many of its letters may be wrong.
pub(in crate::engine) const MISSPELLED_EDITS: u8 = 1;

/// Longest beginnings that stand for words of titles, in letters, where those are enough: first those that are
/// looked for in titles alone, then those that are looked for in all that names an object. In prose such
/// words say nothing.
const TITLE_LETTERS_MAX: usize = 2;
const NAME_LETTERS_MAX: usize = 3;

/// A dictionary that lists what begins so.
pub(in crate::engine) trait Listing: Dictionary {
    /// The commonest words of a field that begin so, or, misspelled, almost so, in order, see [`commonest`].
    fn beginning_with(
        &self,
        field: TextField,
        beginning: &str,
        is_misspelled: bool,
    ) -> Result<Vec<Spelling>, Self::Error>;
}

/// Whether what is being typed is too short to be a misspelling.
pub(in crate::engine) fn is_short_beginning(beginning: &str) -> bool {
    beginning.chars().count() < MISSPELLED_LETTERS_MIN
}

/// What [`Dictionary::begun_by`] says.
pub(in crate::engine) fn begun_by<L: Listing>(
    dictionary: &L,
    beginning: &str,
) -> Result<Begun, L::Error> {
    let letters = beginning.chars().count();
    let mut words = Vec::new();
    for field in [TextField::Title, TextField::Everything] {
        let of_titles = field == TextField::Title;
        if of_titles && (letters > NAME_LETTERS_MAX || has_digits(beginning)) {
            continue;
        }
        words = dictionary.beginning_with(field, beginning, false)?;
        words.retain(|word| word.text != beginning);
        let objects: u64 = words.iter().map(|word| word.objects).sum();
        if of_titles && objects >= ranking::ENOUGH_OBJECTS as u64 {
            let reach = if letters > TITLE_LETTERS_MAX {
                Reach::Name
            } else {
                Reach::Title
            };
            return Ok(Begun { words, reach });
        }
    }
    let may_be_misspelled = !has_digits(beginning)
        && !is_short_beginning(beginning)
        && words.is_empty()
        && dictionary.objects_with(beginning)? == 0;
    if may_be_misspelled {
        words = dictionary.beginning_with(TextField::Everything, beginning, true)?;
    }
    Ok(Begun {
        words,
        reach: Reach::All,
    })
}

/// Of words the commonest, in order.
pub(in crate::engine) fn commonest(mut words: Vec<Spelling>) -> Vec<Spelling> {
    // Of equally common ones always the same.
    let in_order = |a: &Spelling, b: &Spelling| {
        let rank = |word: &Spelling| (word.edits, Reverse(word.objects));
        rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(&b.text))
    };
    if words.len() > WORDS_MAX {
        words.select_nth_unstable_by(WORDS_MAX, in_order);
        words.truncate(WORDS_MAX);
    }
    words.sort_unstable_by(in_order);
    words
}
