//! The dictionary of an index asked for words: how many objects have one, which ones are spelled much
//! like it, and how it falls into two. Invariant: a word that nobody typed is one that some object shows.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use levenshtein_automata::LevenshteinAutomatonBuilder;
use tantivy::Searcher;
use tantivy_fst::Automaton;

use super::automaton::WithinEdits;
use super::dictionary_cache::{Asked, DictionaryCache, Key, Known};
use super::found_words::{Reach, Spelling};
use crate::engine::analysis;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::IndexState;
use crate::engine::embedded::index::segments::word_entries::{WordEntries, WordField};
use crate::engine::ranking::{self, TextField};

/// Most spellings a word is looked up by, the best of them.
const SPELLINGS_MAX: usize = 20;

/// What looking one word up in a segment costs, in units of work; what a walk through its words does, and
/// each word on it.
const LOOKUP: u64 = 64;
const WALK: u64 = 20_000;
const WORD: u64 = 16;

pub(in super::super) struct Dictionary<'a> {
    searcher: &'a Searcher,
    fields: IndexFields,
    entries: &'a WordEntries,
    effort: &'a Arc<Effort>,
    /// What was asked before, of this state of the index.
    cache: Option<(&'a DictionaryCache, IndexState)>,
}

impl<'a> Dictionary<'a> {
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

    /// How many objects have the word, deleted ones not yet merged away included. Of a word that is both
    /// shown and hidden they are at least so many, and at most twice: how telling a word is that people
    /// see does not depend on what is hidden from them, unless most of it is.
    pub(in super::super) fn objects_with(&self, word: &str) -> tantivy::Result<u64> {
        let hidden = self.objects_in(WordField::Hidden, word)?;
        Ok(self.objects_showing(word)?.max(hidden))
    }

    /// Whether most objects have the word, and most of them in prose alone: it says what none of them is.
    pub(in super::super) fn is_prose_of_most(&self, word: &str) -> tantivy::Result<bool> {
        let most = self.searcher.num_docs() / 2;
        if self.objects_showing(word)? <= most {
            return Ok(false);
        }
        let mut named = 0;
        for field in TextField::ALL {
            if field != TextField::Everything {
                named = named.max(self.objects_in(WordField::Shown(field), word)?);
            }
        }
        Ok(named <= most / 2)
    }

    /// How many objects have the word in what is shown of them.
    fn objects_showing(&self, word: &str) -> tantivy::Result<u64> {
        let segments = self.searcher.segment_readers().len() as u64;
        self.effort.spend(LOOKUP * segments)?;
        self.objects_in(WordField::Shown(TextField::Everything), word)
    }

    fn objects_in(&self, field: WordField, word: &str) -> tantivy::Result<u64> {
        let segments = self.searcher.segment_readers().iter();
        let of_segment = segments.map(|segment| {
            let entry = self.entries.of(word, segment, &self.fields);
            entry.documents(field)
        });
        of_segment.sum()
    }

    /// Words spelled almost like this one, without the word itself: nearest first, then those of most
    /// objects.
    pub(in super::super) fn similar(&self, word: &str) -> tantivy::Result<Vec<Spelling>> {
        let Some(builder) = builder(ranking::edits_allowed(word)) else {
            return Ok(Vec::new());
        };
        let find = || Ok((self.spelled_like(word, builder)?, Reach::All));
        let (similar, _) = self.kept(Asked::Similar, word, find)?;
        Ok(similar)
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
        let mut spellings: Vec<Spelling> = found
            .into_iter()
            .map(|(text, objects)| Spelling {
                edits: automaton.edits(&text),
                text,
                objects,
            })
            .collect();
        spellings.sort_unstable_by(|a, b| {
            let rank = |spelling: &Spelling| {
                let starts_alike = spelling.text.chars().next() == word.chars().next();
                (spelling.edits, !starts_alike, Reverse(spelling.objects))
            };
            rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(&b.text))
        });
        spellings.truncate(SPELLINGS_MAX);
        Ok(spellings)
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

    /// The two words this one falls into, if both are shown, and how many objects have each.
    pub(in super::super) fn split(
        &self,
        word: &str,
    ) -> tantivy::Result<Option<[(String, u64); 2]>> {
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

pub(in super::super) fn has_digits(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

/// Tables for one and for two edits; a transposition is one. Made once, they take some milliseconds.
pub(in super::super) fn builder(edits_max: u8) -> Option<&'static LevenshteinAutomatonBuilder> {
    static BUILDERS: [LazyLock<LevenshteinAutomatonBuilder>; 2] = [
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true)),
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true)),
    ];
    let at = usize::from(edits_max).checked_sub(1)?;
    BUILDERS.get(at).map(|builder| &**builder)
}
