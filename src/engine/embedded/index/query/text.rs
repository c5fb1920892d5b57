//! The words of a query looked up in the index: which objects have any of them, how many, where, and
//! what that is worth. Invariant: it is the same in whatever segments the objects are.

use crate::engine::expand::wording::Wording;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader, TERMINATED};

use super::among::Among;
use super::any_word::{AnyWordDocs, Having};
use super::begun_cache::{BegunCache, Key, Known};
use super::fingerprint::Question;
use super::postings::SegmentTerm;
use super::scale::Scale;
use super::scope::Scope;
use super::segment_text::SegmentText;
use super::segment_word::SegmentWord;
use crate::domain::{Correction, LastWord, QueryText, Typos};
use crate::engine::analysis;
use crate::engine::embedded::index::effort::Effort;
use crate::engine::embedded::index::expand::spelling::IndexDictionary;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::embedded::index::segments::segment::IndexState;
use crate::engine::embedded::index::segments::word_entries::{WordEntries, WordEntry};
use crate::engine::expand::expansion::{TypedWords, leave_out_misspelled};
use crate::engine::expand::found_words::Reach;
use crate::engine::expand::query_term::{MetBy, QueryTerm, QueryWord};
use crate::engine::ranking::{self, TextField};

/// A query text, ready to be looked up in any segment of one searcher.
pub(in super::super) struct TextQuery {
    pub(super) fields: IndexFields,
    pub(super) words: Vec<QueryWord>,
    typed_words: TypedWords,
    is_corrected: bool,
    /// Whether every word typed is among the words, as it was typed.
    is_whole: bool,
    /// By [`TextField::ALL`]; only of those whose length counts.
    pub(super) average_lengths: [f32; TextField::ALL.len()],
    /// What the last word begins with, when it is still being typed.
    begun: Option<String>,
    /// Where words are looked for; `None` is everywhere.
    scope: Option<Scope>,
    /// What was typed as the words of a title.
    typed: Vec<u64>,
    /// What in a title leads over to what the thing was made for.
    made_for: Vec<u64>,
    /// What the last word may become, as words of a title, ascending.
    begun_words: Vec<u64>,
    /// By segment, what has a word that begins as the last one does: there is one term of such words.
    having_any: RefCell<HashMap<SegmentId, Arc<Vec<Having>>>>,
    /// By segment, what has the words beside that one, where it is looked for among those alone.
    pub(super) having_others: RefCell<HashMap<SegmentId, Option<Arc<Vec<DocId>>>>>,
    begun_cache: Arc<BegunCache>,
    pub(super) entries: WordEntries,
    /// Objects of the index.
    pub(super) objects: u64,
    /// Of the index.
    state: IndexState,
    pub(super) effort: Arc<Effort>,
}

/// What a text is looked for in, beside a dictionary.
pub(in super::super) struct TextSources<'a> {
    pub(in super::super) scope: Option<Scope>,
    pub(in super::super) fields: IndexFields,
    pub(in super::super) wording: Wording<'a>,
    pub(in super::super) begun_cache: &'a Arc<BegunCache>,
}

impl TextQuery {
    pub(in super::super) fn new(
        text: &QueryText,
        last_word: LastWord,
        typos: Typos,
        sources: TextSources<'_>,
        dictionary: &IndexDictionary<'_>,
    ) -> tantivy::Result<Self> {
        let TextSources {
            scope,
            fields,
            wording,
            begun_cache,
        } = sources;
        let searcher = dictionary.searcher();
        let objects: u64 = segments(searcher).map(|s| u64::from(s.max_doc())).sum();
        let mut average_lengths = [0.0; TextField::ALL.len()];
        for (average, field) in average_lengths.iter_mut().zip(TextField::ALL) {
            if field.b().is_some() && objects > 0 {
                *average = words_in(searcher, &fields, field)? as f32 / objects as f32;
            }
        }
        let mut typed = TypedWords::look_up(text, wording, dictionary)?;
        let (mut begun, mut begun_words) = (None, Vec::new());
        if last_word == LastWord::Begun {
            typed.go_on(dictionary)?;
            begun = typed.last().map(str::to_owned);
            begun_words = typed.begun_words();
        }
        let mut words = typed.words(objects);
        if typos != Typos::Tolerated {
            leave_out_misspelled(&mut words);
        }
        let is_whole = typed.all_known();
        let mut query = Self {
            fields,
            words,
            typed_words: typed,
            is_corrected: false,
            is_whole,
            average_lengths,
            begun,
            scope,
            typed: analysis::title_words(text.as_str()),
            made_for: wording.spoken.made_for(),
            begun_words,
            having_any: RefCell::default(),
            having_others: RefCell::default(),
            objects,
            begun_cache: Arc::clone(begun_cache),
            entries: dictionary.entries().clone(),
            state: begun_cache.state(searcher.generation().generation_id()),
            effort: Arc::clone(dictionary.effort()),
        };
        let is_enough = match typos {
            Typos::Off => true,
            Typos::Told => is_whole,
            Typos::Tolerated => {
                is_whole
                    && (query.typed_words.begins_enough()
                        || query.has_enough(searcher, dictionary.effort())?)
            }
        };
        if !is_enough {
            query.typed_words.tolerate_typos(typos, dictionary)?;
            query.is_corrected = true;
            if typos == Typos::Tolerated {
                query.having_any.get_mut().clear();
                query.having_others.get_mut().clear();
                query.words = query.typed_words.words(objects);
            }
        }
        Ok(query)
    }

    /// What was looked for instead of what was typed, if that is something else; the words at the places
    /// `in_the_way` were not.
    pub(in super::super) fn correction(&self, in_the_way: &[usize]) -> Option<Correction> {
        (self.is_corrected || !in_the_way.is_empty())
            .then(|| self.typed_words.correction(in_the_way))
            .flatten()
    }

    /// Whether a word is not looked for, because nothing has it in any spelling.
    pub(in super::super) fn drops_any(&self) -> bool {
        self.typed_words.drops_any()
    }

    /// The places of words among those typed, in the order of `Judged::words_met`.
    pub(in super::super) fn telling_places(&self) -> impl Iterator<Item = usize> {
        let telling = self.words.iter().filter(|word| word.is_telling);
        telling.map(|word| word.place)
    }

    /// Adds to a question everything that says which documents are found and how they meet the words; `None` where
    /// something else does.
    pub(super) fn question(&self, question: Question) -> Option<Question> {
        let is_all = self.scope.is_none();
        is_all.then(|| {
            question
                .with(&self.words)
                .with(&(self.is_whole, self.drops_any()))
        })
    }

    pub(super) fn fields(&self) -> &IndexFields {
        &self.fields
    }

    /// Whether words are looked for in some attributes alone.
    pub(in super::super) fn is_scoped(&self) -> bool {
        self.scope.is_some()
    }

    /// What was typed as the words of a title.
    pub(in super::super) fn typed(&self) -> &[u64] {
        &self.typed
    }

    /// What the last word typed may become, as words of a title, ascending; nothing when it is whole.
    pub(in super::super) fn begun_words(&self) -> &[u64] {
        &self.begun_words
    }

    /// The state of the index, where a letter or two, the beginning of many words of titles, are all that was typed.
    pub(in super::super) fn state_of_short_beginning(&self) -> Option<IndexState> {
        let [word] = self.words.as_slice() else {
            return None;
        };
        let is_short =
            matches!(word.terms.as_slice(), [term] if term.met_by == MetBy::Any(Reach::Title));
        is_short.then_some(self.state)
    }

    /// What in a title leads over to what the thing was made for.
    pub(in super::super) fn made_for(&self) -> &[u64] {
        &self.made_for
    }

    /// Every term it looks for.
    pub(in super::super) fn terms(&self) -> impl Iterator<Item = &str> {
        let terms = self.words.iter().flat_map(|word| &word.terms);
        terms.flat_map(|term| term.texts.iter().map(String::as_str))
    }

    /// What the last word begins with, when it is still being typed.
    pub(in super::super) fn begun(&self) -> Option<&str> {
        self.begun.as_deref()
    }

    /// Whether so many objects have all words that nobody needs others.
    fn has_enough(&self, searcher: &Searcher, effort: &Effort) -> tantivy::Result<bool> {
        let mut with_all = 0;
        for segment in segments(searcher) {
            let mut text = self.in_segment(segment, Among::Complete)?;
            let mut steps = effort.walk(text.work());
            let mut next = 0;
            while text.seek_complete(next, &mut steps)? != TERMINATED {
                with_all += 1;
                if with_all >= ranking::ENOUGH_OBJECTS {
                    return Ok(true);
                }
                next = text.doc() + 1;
            }
            text.check()?;
            steps.finish()?;
        }
        Ok(false)
    }

    pub(in super::super) fn in_segment<'a>(
        &'a self,
        segment: &'a SegmentReader,
        among: Among<'_>,
    ) -> tantivy::Result<SegmentText<'a>> {
        let limits = self.limits(segment, among)?;
        let limits = limits.as_deref().map(Vec::as_slice);
        let scale = Scale::open(&self.average_lengths, &self.fields, segment)?;
        let mut words = Vec::with_capacity(self.words.len());
        for word in &self.words {
            let mut terms = Vec::with_capacity(word.terms.len());
            for term in &word.terms {
                terms.extend(self.open(term, &scale, segment, limits)?);
            }
            words.push(SegmentWord::new(word, terms));
        }
        Ok(SegmentText::new(words, scale, self.is_whole))
    }
}

impl TextQuery {
    fn open<'a>(
        &'a self,
        term: &'a QueryTerm,
        scale: &Scale<'_>,
        segment: &'a SegmentReader,
        limits: Option<&[DocId]>,
    ) -> tantivy::Result<Option<SegmentTerm<'a>>> {
        match (term.met_by, &self.scope) {
            (MetBy::All, scope) => {
                SegmentTerm::open(term, &self.entries, &self.fields, scope.as_ref(), segment)
            }
            (MetBy::Any(_), Some(scope)) => SegmentTerm::of_any_scoped(term, scope, segment),
            (MetBy::Any(reach), None) if limits.is_some() => {
                let having = self.find_any(&term.texts, reach, limits, scale, segment)?;
                Ok(SegmentTerm::of_any(term, AnyWordDocs::new(having)))
            }
            (MetBy::Any(reach), None) => {
                let id = segment.segment_id();
                let known = self.having_any.borrow().get(&id).map(Arc::clone);
                let having = match known {
                    Some(having) => having,
                    None => self.having_any_of(&term.texts, reach, scale, segment)?,
                };
                self.having_any.borrow_mut().insert(id, Arc::clone(&having));
                Ok(SegmentTerm::of_any(term, AnyWordDocs::new(having)))
            }
        }
    }

    fn having_any_of(
        &self,
        words: &[String],
        reach: Reach,
        scale: &Scale<'_>,
        segment: &SegmentReader,
    ) -> tantivy::Result<Arc<Vec<Having>>> {
        let find = || self.find_any(words, reach, None, scale, segment);
        let Some(beginning) = self.begun.as_ref() else {
            return find();
        };
        let key = Key {
            state: self.state,
            segment: segment.segment_id(),
            beginning: beginning.clone(),
        };
        if let Some(known) = self.begun_cache.get(&key) {
            self.effort.spend(known.work)?;
            return Ok(known.having);
        }
        let spent_before = self.effort.spent();
        let having = find()?;
        let known = Known {
            having: Arc::clone(&having),
            work: self.effort.spent() - spent_before,
        };
        self.begun_cache.insert(key, known);
        Ok(having)
    }

    /// What has one of the words within reach.
    fn find_any(
        &self,
        words: &[String],
        reach: Reach,
        among: Option<&[DocId]>,
        scale: &Scale<'_>,
        segment: &SegmentReader,
    ) -> tantivy::Result<Arc<Vec<Having>>> {
        let words = words
            .iter()
            .map(|word| self.entries.of(word, segment, &self.fields));
        let words: Vec<WordEntry<'_>> = words.collect();
        AnyWordDocs::find(&words, reach, among, scale, segment, &self.effort)
    }

    /// What stands at these places, as typed.
    pub(in super::super) fn typed_at(&self, places: &BTreeSet<usize>) -> Vec<String> {
        self.typed_words.pieces_at(places)
    }
}

fn segments(searcher: &Searcher) -> impl Iterator<Item = &SegmentReader> {
    searcher.segment_readers().iter()
}

fn words_in(searcher: &Searcher, fields: &IndexFields, field: TextField) -> tantivy::Result<u64> {
    segments(searcher)
        .map(|segment| {
            Ok(segment
                .inverted_index(fields.text(field))?
                .total_num_tokens())
        })
        .sum()
}
