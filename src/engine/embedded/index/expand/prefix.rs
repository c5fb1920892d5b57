//! Words that begin with what was typed so far. Invariant: their number is bounded, the commonest are
//! kept, and how far one is from what was typed stays known.

use std::cmp::Reverse;
use std::collections::HashMap;

use tantivy_fst::Automaton;

use super::automaton::WithinEdits;
use super::dictionary_cache::Asked;
use super::found_words::{Reach, Spelling};
use super::spelling::{Dictionary, builder, has_digits};
use crate::engine::analysis;
use crate::engine::ranking::{self, TextField};

/// Most words one beginning stands for.
const WORDS_MAX: usize = 50;
/// Shortest beginning that may be misspelled, in letters: of fewer, everything is like anything.
const MISSPELLED_LETTERS_MIN: usize = 5;
/// How many of its letters may be wrong.
const MISSPELLED_EDITS: u8 = 1;

/// Longest beginnings that stand for words of titles, in letters, where those are enough: first those that are
/// looked for in titles alone, then those that are looked for in all that names an object. In prose such
/// words say nothing.
const TITLE_LETTERS_MAX: usize = 2;
const NAME_LETTERS_MAX: usize = 3;

/// Whether what is being typed is too short to be a misspelling.
pub(super) fn is_short_beginning(beginning: &str) -> bool {
    beginning.chars().count() < MISSPELLED_LETTERS_MIN
}

/// Words that begin with what was typed, all as far from it.
pub(in super::super) struct Begun {
    pub(in super::super) words: Vec<Spelling>,
    pub(in super::super) reach: Reach,
}

impl Dictionary<'_> {
    /// The commonest words that begin so, without the word itself. Where none does, those that begin
    /// almost so.
    pub(in super::super) fn begun_by(&self, beginning: &str) -> tantivy::Result<Begun> {
        let find = || {
            let begun = self.find_begun(beginning)?;
            Ok((begun.words, begun.reach))
        };
        let (words, reach) = self.kept(Asked::Begun, beginning, find)?;
        Ok(Begun { words, reach })
    }

    fn find_begun(&self, beginning: &str) -> tantivy::Result<Begun> {
        let letters = beginning.chars().count();
        let mut words = Vec::new();
        for field in [TextField::Title, TextField::Everything] {
            let of_titles = field == TextField::Title;
            if of_titles && (letters > NAME_LETTERS_MAX || has_digits(beginning)) {
                continue;
            }
            words = self.commonest(field, &Beginning(beginning), |_| 0)?;
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
            && self.objects_with(beginning)? == 0;
        if let Some(builder) = builder(MISSPELLED_EDITS).filter(|_| may_be_misspelled) {
            let automaton = WithinEdits(builder.build_prefix_dfa(beginning));
            words = self.commonest(TextField::Everything, &automaton, |_| MISSPELLED_EDITS)?;
        }
        Ok(Begun {
            words,
            reach: Reach::All,
        })
    }

    fn commonest<A>(
        &self,
        field: TextField,
        automaton: &A,
        edits: impl Fn(&str) -> u8,
    ) -> tantivy::Result<Vec<Spelling>>
    where
        A: Automaton,
        A::State: Clone,
    {
        let mut objects: HashMap<String, u64> = HashMap::new();
        self.for_each_word_of(field, automaton, |word, with| {
            if word.starts_with(analysis::MARK) {
                return;
            }
            match objects.get_mut(word) {
                Some(known) => *known += with,
                None => drop(objects.insert(word.to_owned(), with)),
            }
        })?;
        let words = objects.into_iter().map(|(text, objects)| Spelling {
            edits: edits(&text),
            text,
            objects,
        });
        let mut words: Vec<Spelling> = words.collect();
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
        Ok(words)
    }
}

/// Words that begin with these bytes; the state is how many of them are met.
struct Beginning<'a>(&'a str);

impl Automaton for Beginning<'_> {
    /// `None` when a byte was another.
    type State = Option<usize>;

    fn start(&self) -> Option<usize> {
        Some(0)
    }

    fn is_match(&self, met: &Option<usize>) -> bool {
        *met == Some(self.0.len())
    }

    fn can_match(&self, met: &Option<usize>) -> bool {
        met.is_some()
    }

    fn accept(&self, met: &Option<usize>, byte: u8) -> Option<usize> {
        let met = (*met)?;
        match self.0.as_bytes().get(met) {
            None => Some(met),
            Some(&wanted) => (wanted == byte).then_some(met + 1),
        }
    }
}
