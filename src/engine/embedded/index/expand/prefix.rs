//! Words of an index that begin with what was typed so far, in one walk over its dictionary.

use std::collections::HashMap;

use tantivy_fst::Automaton;

use super::automaton::WithinEdits;
use super::spelling::IndexDictionary;
use crate::engine::analysis;
use crate::engine::expand::beginnings::{Listing, MISSPELLED_EDITS, commonest};
use crate::engine::expand::edits::builder;
use crate::engine::expand::found_words::Spelling;
use crate::engine::ranking::TextField;

impl Listing for IndexDictionary<'_> {
    fn beginning_with(
        &self,
        field: TextField,
        beginning: &str,
        is_misspelled: bool,
    ) -> tantivy::Result<Vec<Spelling>> {
        if !is_misspelled {
            return self.commonest(field, &Beginning(beginning), 0);
        }
        let Some(builder) = builder(MISSPELLED_EDITS) else {
            return Ok(Vec::new());
        };
        let automaton = WithinEdits(builder.build_prefix_dfa(beginning));
        self.commonest(field, &automaton, MISSPELLED_EDITS)
    }
}

impl IndexDictionary<'_> {
    fn commonest<A>(
        &self,
        field: TextField,
        automaton: &A,
        edits: u8,
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
            text,
            edits,
            objects,
        });
        Ok(commonest(words.collect()))
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
