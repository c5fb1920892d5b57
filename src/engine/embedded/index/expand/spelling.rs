//! The dictionary of an index asked for words: how many objects have one, which ones are spelled much
//! like it, and how it falls into two. Invariant: a word that nobody typed is one that some object shows.

use std::collections::HashMap;
use std::sync::Arc;

use levenshtein_automata::LevenshteinAutomatonBuilder;
use tantivy::Searcher;
use tantivy_fst::Automaton;

use super::automaton::WithinEdits;
use super::dictionary_cache::{Asked, DictionaryCache, Key, Known};
use crate::engine::analysis;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::IndexState;
use crate::engine::embedded::index::segments::word_entries::{WordEntries, WordField};
use crate::engine::expand::beginnings::begun_by;
use crate::engine::expand::dictionary::{Dictionary, best_spellings, has_digits};
use crate::engine::expand::edits::builder;
use crate::engine::expand::found_words::{Begun, Reach, Spelling};
use crate::engine::ranking::{self, TextField};

/// What looking one word up in a segment costs, in units of work; what a walk through its words does, and
/// each word on it.
const LOOKUP: u64 = 64;
const WALK: u64 = 20_000;
const WORD: u64 = 16;

pub(in super::super) struct IndexDictionary<'a> {
    searcher: &'a Searcher,
    fields: IndexFields,
    entries: &'a WordEntries,
    effort: &'a Arc<Effort>,
    /// What was asked before, of this state of the index.
    cache: Option<(&'a DictionaryCache, IndexState)>,
}

impl<'a> IndexDictionary<'a> {
    pub(in super::super) fn new(
        searcher: &'a Searcher,
        fields: &IndexFields,
        entries: &'a WordEntries,
        effort: &'a Arc<Effort>,
    ) -> Self {
        Self {
            searcher,
            fields: *fields,
            entries,
            effort,
            cache: None,
        }
    }

    /// Keeps what it says for whoever asks the same.
    #[must_use]
    pub(in super::super) fn keeping(self, cache: &'a DictionaryCache, state: IndexState) -> Self {
        Self {
            cache: Some((cache, state)),
            ..self
        }
    }

    /// What was said to the same question before, or is said now.
    pub(super) fn kept(
        &self,
        asked: Asked,
        word: &str,
        find: impl FnOnce() -> tantivy::Result<(Vec<Spelling>, Reach)>,
    ) -> tantivy::Result<(Vec<Spelling>, Reach)> {
        let Some((cache, state)) = self.cache else {
            return find();
        };
        let key = Key {
            state,
            asked,
            word: word.to_owned(),
        };
        if let Some(known) = cache.get(&key) {
            self.effort.spend(known.work)?;
            return Ok((known.words.to_vec(), known.reach));
        }
        let spent_before = self.effort.spent();
        let (words, reach) = find()?;
        let known = Known {
            words: words.as_slice().into(),
            reach,
            work: self.effort.spent() - spent_before,
        };
        cache.insert(key, known);
        Ok((words, reach))
    }

    pub(in super::super) fn searcher(&self) -> &'a Searcher {
        self.searcher
    }

    pub(in super::super) fn entries(&self) -> &'a WordEntries {
        self.entries
    }

    pub(in super::super) fn effort(&self) -> &'a Arc<Effort> {
        self.effort
    }

    fn objects_in(&self, field: WordField, word: &str) -> tantivy::Result<u64> {
        let segments = self.searcher.segment_readers().iter();
        let of_segment = segments.map(|segment| {
            let entry = self.entries.of(word, segment, &self.fields);
            entry.documents(field)
        });
        of_segment.sum()
    }

    fn spelled_like(
        &self,
        word: &str,
        builder: &LevenshteinAutomatonBuilder,
    ) -> tantivy::Result<Vec<Spelling>> {
        let automaton = WithinEdits(builder.build_dfa(word));
        let mut found: HashMap<String, u64> = HashMap::new();
        self.for_each_word(&automaton, |key, objects| {
            if key != word && !key.starts_with(analysis::MARK) && !has_digits(key) {
                *found.entry(key.to_owned()).or_default() += objects;
            }
        })?;
        let spellings = found.into_iter().map(|(text, objects)| Spelling {
            edits: automaton.edits(&text),
            text,
            objects,
        });
        Ok(best_spellings(word, spellings.collect()))
    }

    /// Visits the words that are shown and the automaton lets through, once for each segment, and how many objects of the
    /// segment have it.
    pub(in super::super) fn for_each_word<A>(
        &self,
        automaton: &A,
        visit: impl FnMut(&str, u64),
    ) -> tantivy::Result<()>
    where
        A: Automaton,
        A::State: Clone,
    {
        self.for_each_word_of(TextField::Everything, automaton, visit)
    }

    /// The same of one field.
    pub(super) fn for_each_word_of<A>(
        &self,
        field: TextField,
        automaton: &A,
        mut visit: impl FnMut(&str, u64),
    ) -> tantivy::Result<()>
    where
        A: Automaton,
        A::State: Clone,
    {
        let field = self.fields.text(field);
        for segment in self.searcher.segment_readers() {
            self.effort.spend(WALK)?;
            let mut steps = self.effort.walk(WORD);
            let index = segment.inverted_index(field)?;
            let mut words = index.terms().search(automaton).into_stream()?;
            while let Some((key, info)) = words.next() {
                if let Ok(key) = std::str::from_utf8(key) {
                    visit(key, u64::from(info.doc_freq));
                }
                steps.take()?;
            }
            steps.finish()?;
        }
        Ok(())
    }
}

impl Dictionary for IndexDictionary<'_> {
    type Error = tantivy::TantivyError;

    fn objects(&self) -> u64 {
        self.searcher.num_docs()
    }

    fn objects_with(&self, word: &str) -> tantivy::Result<u64> {
        let hidden = self.objects_in(WordField::Hidden, word)?;
        Ok(self.objects_showing(word)?.max(hidden))
    }

    fn objects_showing(&self, word: &str) -> tantivy::Result<u64> {
        let segments = self.searcher.segment_readers().len() as u64;
        self.effort.spend(LOOKUP * segments)?;
        self.objects_in(WordField::Shown(TextField::Everything), word)
    }

    fn objects_naming(&self, word: &str) -> tantivy::Result<u64> {
        let mut named = 0;
        for field in TextField::ALL {
            if field != TextField::Everything {
                named = named.max(self.objects_in(WordField::Shown(field), word)?);
            }
        }
        Ok(named)
    }

    fn similar(&self, word: &str) -> tantivy::Result<Vec<Spelling>> {
        let Some(builder) = builder(ranking::edits_allowed(word)) else {
            return Ok(Vec::new());
        };
        let find = || Ok((self.spelled_like(word, builder)?, Reach::All));
        let (similar, _) = self.kept(Asked::Similar, word, find)?;
        Ok(similar)
    }

    fn begun_by(&self, beginning: &str) -> tantivy::Result<Begun> {
        let find = || {
            let begun = begun_by(self, beginning)?;
            Ok((begun.words, begun.reach))
        };
        let (words, reach) = self.kept(Asked::Begun, beginning, find)?;
        Ok(Begun { words, reach })
    }
}
