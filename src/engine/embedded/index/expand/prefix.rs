//! Words that begin with what was typed so far. Invariant: their number is bounded, the commonest are
//! kept, and how far one is from what was typed stays known.

use std::cmp::Reverse;
use std::collections::HashMap;

use tantivy_fst::Automaton;

use super::automaton::WithinEdits;
use super::spelling::{Dictionary, Spelling, builder, has_digits};
use crate::engine::analysis;

/// Most words one beginning stands for.
const WORDS_MAX: usize = 50;
/// Shortest beginning that may be misspelled, in letters: of fewer, everything is like anything.
const MISSPELLED_LETTERS_MIN: usize = 5;
/// How many of its letters may be wrong.
const MISSPELLED_EDITS: u8 = 1;

impl Dictionary<'_> {
    /// The commonest words that begin so, without the word itself. Where none does, those that begin
    /// almost so.
    pub(in super::super) fn begun_by(&self, beginning: &str) -> tantivy::Result<Vec<Spelling>> {
        let mut words = self.commonest(&Beginning(beginning), |_| 0)?;
        words.retain(|word| word.text != beginning);
        let may_be_misspelled = !has_digits(beginning)
            && beginning.chars().count() >= MISSPELLED_LETTERS_MIN
            && words.is_empty()
            && self.objects_with(beginning)? == 0;
        if let Some(builder) = builder(MISSPELLED_EDITS).filter(|_| may_be_misspelled) {
            let automaton = WithinEdits(builder.build_prefix_dfa(beginning));
            words = self.commonest(&automaton, |_| MISSPELLED_EDITS)?;
        }
        Ok(words)
    }

    fn commonest<A>(
        &self,
        automaton: &A,
        edits: impl Fn(&str) -> u8,
    ) -> tantivy::Result<Vec<Spelling>>
    where
        A: Automaton,
        A::State: Clone,
    {
        let mut objects: HashMap<String, u64> = HashMap::new();
        self.for_each_word(automaton, |word, with| {
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
        let rank = |word: &Spelling| (word.edits, Reverse(word.objects));
        if words.len() > WORDS_MAX {
            words.select_nth_unstable_by_key(WORDS_MAX, rank);
            words.truncate(WORDS_MAX);
        }
        words.sort_unstable_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(&b.text)));
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
