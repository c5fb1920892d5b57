//! The words of a query looked up in the index: which objects have any of them, how many, where, and
//! what that is worth. Invariant: documents of a segment are visited in ascending order.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::schema::IndexFields;
use super::spelling::Dictionary;
use super::typed::{QueryTerm, QueryWord, TypedWords};
use crate::domain::{Correction, Language, LastWord, QueryText};
use crate::engine::ranking::{self, MatchQuality, TextField};

/// A query text, ready to be looked up in any segment of one searcher.
pub(super) struct TextQuery {
    fields: IndexFields,
    words: Vec<QueryWord>,
    correction: Option<Correction>,
    /// Whether every word typed is among the words, as it was typed.
    is_whole: bool,
    /// By [`TextField::ALL`]; only of those whose length counts.
    average_lengths: [f32; TextField::ALL.len()],
    /// What the last word begins with, when it is still being typed.
    begun: Option<String>,
}

impl TextQuery {
    pub(super) fn new(
        text: &QueryText,
        last_word: LastWord,
        fields: IndexFields,
        language: Language,
        searcher: &Searcher,
    ) -> tantivy::Result<Self> {
        let objects: u64 = segments(searcher).map(|s| u64::from(s.max_doc())).sum();
        let mut average_lengths = [0.0; TextField::ALL.len()];
        for (average, field) in average_lengths.iter_mut().zip(TextField::ALL) {
            if field.is_length_normalised() && objects > 0 {
                *average = words_in(searcher, &fields, field)? as f32 / objects as f32;
            }
        }
        let dictionary = Dictionary::new(searcher, fields.text(TextField::Everything));
        let mut typed = TypedWords::look_up(text, language, &dictionary)?;
        let mut begun = None;
        if last_word == LastWord::Begun {
            typed.go_on(&dictionary)?;
            begun = typed.last().map(str::to_owned);
        }
        let as_typed = Self {
            fields,
            words: typed.words(objects),
            correction: None,
            is_whole: typed.all_known(),
            average_lengths,
            begun,
        };
        if typed.all_known() && as_typed.has_enough(searcher)? {
            return Ok(as_typed);
        }
        typed.tolerate_typos(&dictionary)?;
        Ok(Self {
            words: typed.words(objects),
            correction: typed.correction(),
            ..as_typed
        })
    }

    /// What was looked for instead of what was typed, if that is something else.
    pub(super) fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }

    /// Every term it looks for.
    pub(super) fn terms(&self) -> impl Iterator<Item = &str> {
        let terms = self.words.iter().flat_map(|word| &word.terms);
        terms.map(|term| term.text.as_str())
    }

    /// What the last word begins with, when it is still being typed.
    pub(super) fn begun(&self) -> Option<&str> {
        self.begun.as_deref()
    }

    /// Whether so many objects have all words that nobody needs others.
    fn has_enough(&self, searcher: &Searcher) -> tantivy::Result<bool> {
        let mut with_all = 0;
        for segment in segments(searcher) {
            let mut text = self.in_segment(segment)?;
            while text.doc() != TERMINATED {
                if text.met().quality.is_complete() {
                    with_all += 1;
                    if with_all >= ranking::ENOUGH_OBJECTS {
                        return Ok(true);
                    }
                }
                text.advance();
            }
        }
        Ok(false)
    }

    pub(super) fn in_segment(&self, segment: &SegmentReader) -> tantivy::Result<SegmentText<'_>> {
        let mut words = Vec::with_capacity(self.words.len());
        for word in &self.words {
            let mut terms = Vec::with_capacity(word.terms.len());
            for term in &word.terms {
                terms.extend(SegmentTerm::open(term, &self.fields, segment)?);
            }
            words.push(SegmentWord {
                terms,
                rarity: word.rarity,
            });
        }
        let mut lengths = [const { None }; TextField::ALL.len()];
        for (length, field) in lengths.iter_mut().zip(TextField::ALL) {
            if field.is_length_normalised() {
                *length = Some(segment.get_fieldnorms_reader(self.fields.text(field))?);
            }
        }
        let mut text = SegmentText {
            words,
            lengths,
            is_whole: self.is_whole,
            average_lengths: &self.average_lengths,
            doc: TERMINATED,
        };
        text.find_first();
        Ok(text)
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

/// What of a text query a document meets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    pub(super) quality: MatchQuality,
    /// Every word, exactly as typed.
    pub(super) exact: bool,
}

/// A text query on one segment; stands on one document at a time.
pub(super) struct SegmentText<'a> {
    words: Vec<SegmentWord>,
    lengths: [Option<FieldNormReader>; TextField::ALL.len()],
    is_whole: bool,
    average_lengths: &'a [f32; TextField::ALL.len()],
    doc: DocId,
}

struct SegmentWord {
    terms: Vec<SegmentTerm>,
    rarity: f32,
}

/// A spelling that occurs in the segment.
struct SegmentTerm {
    weight: f32,
    edits: u8,
    /// By [`TextField::ALL`]; the last one, of everything, is never absent.
    postings: [Option<SegmentPostings>; TextField::ALL.len()],
}

const TITLE: usize = TextField::Title as usize;
const EVERYTHING: usize = TextField::Everything as usize;

impl SegmentText<'_> {
    /// The document it stands on, the first one that has any of the words at first.
    pub(super) fn doc(&self) -> DocId {
        self.doc
    }

    pub(super) fn advance(&mut self) -> DocId {
        let current = self.doc;
        self.move_to_least(|postings| {
            if postings.doc() == current {
                postings.advance();
            }
        })
    }

    /// Goes to the first document from `target` on; `target` is not before the current one.
    pub(super) fn seek(&mut self, target: DocId) -> DocId {
        self.move_to_least(|postings| {
            if postings.doc() < target {
                postings.seek(target);
            }
        })
    }

    fn find_first(&mut self) {
        self.move_to_least(|_| ());
    }

    fn move_to_least(&mut self, mut go: impl FnMut(&mut SegmentPostings)) -> DocId {
        let mut least = TERMINATED;
        for term in self.words.iter_mut().flat_map(|word| &mut word.terms) {
            if let Some(everything) = &mut term.postings[EVERYTHING] {
                go(everything);
                least = least.min(everything.doc());
            }
        }
        self.doc = least;
        least
    }

    /// What the current document meets.
    pub(super) fn met(&mut self) -> Met {
        let doc = self.doc;
        let (mut met, mut edits) = (0, 0);
        let (mut weight, mut weight_met) = (0.0, 0.0);
        for word in &self.words {
            let here = word.terms.iter().filter(|term| term.is_in(doc));
            let least = here.map(|term| u32::from(term.edits)).min();
            met += u32::from(least.is_some());
            edits += least.unwrap_or(0);
            weight += word.rarity;
            weight_met += least.map_or(0.0, |_| word.rarity);
        }
        let words = self.words.len() as u32;
        let all_in_title = met == words
            && edits == 0
            && self.words.iter_mut().all(|word| {
                let mut terms = word.terms.iter_mut();
                terms.any(|term| term.occurrences(TITLE, doc) > 0)
            });
        let share = if met == words {
            1.0
        } else {
            weight_met / weight
        };
        Met {
            quality: MatchQuality::new(share, edits, all_in_title),
            exact: self.is_whole && met == words && edits == 0,
        }
    }

    /// The text score of the current document.
    pub(super) fn score(&mut self) -> f32 {
        let doc = self.doc;
        let mut score = 0.0;
        for word in &mut self.words {
            let mut best: f32 = 0.0;
            for term in word.terms.iter_mut().filter(|term| term.is_in(doc)) {
                let mut found = 0.0;
                for (at, field) in TextField::ALL.into_iter().enumerate() {
                    let occurrences = term.occurrences(at, doc);
                    if occurrences > 0 {
                        let share = match &self.lengths[at] {
                            Some(lengths) => ranking::word_frequency(
                                occurrences,
                                lengths.fieldnorm(doc),
                                self.average_lengths[at],
                            ),
                            None => 1.0,
                        };
                        found += field.weight() * share;
                    }
                }
                best = best.max(term.weight * found);
            }
            score += word.rarity * best;
        }
        score
    }
}

impl SegmentTerm {
    /// `None` when the segment does not have the spelling at all.
    fn open(
        term: &QueryTerm,
        fields: &IndexFields,
        segment: &SegmentReader,
    ) -> tantivy::Result<Option<Self>> {
        let mut postings = [const { None }; TextField::ALL.len()];
        for (slot, field) in postings.iter_mut().zip(TextField::ALL) {
            let field = fields.text(field);
            let term = Term::from_field_text(field, &term.text);
            let index = segment.inverted_index(field)?;
            *slot = index.read_postings(&term, IndexRecordOption::WithFreqs)?;
        }
        Ok(postings[EVERYTHING].is_some().then_some(Self {
            weight: term.weight,
            edits: term.edits,
            postings,
        }))
    }

    fn is_in(&self, doc: DocId) -> bool {
        let everything = self.postings[EVERYTHING].as_ref();
        everything.is_some_and(|postings| postings.doc() == doc)
    }

    /// How often the field at this place of [`TextField::ALL`] has it; `doc` never goes back.
    fn occurrences(&mut self, field: usize, doc: DocId) -> u32 {
        let Some(postings) = &mut self.postings[field] else {
            return 0;
        };
        if postings.doc() < doc {
            postings.seek(doc);
        }
        if postings.doc() == doc {
            postings.term_freq()
        } else {
            0
        }
    }
}
