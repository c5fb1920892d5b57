//! The words of a query looked up in the index: which objects have any of them, how many, where, and
//! what that is worth. Invariant: documents of a segment are visited in ascending order.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::analyzer;
use super::schema::IndexFields;
use crate::domain::QueryText;
use crate::engine::ranking::{self, MatchQuality, TextField};

/// A query text, ready to be looked up in any segment of one searcher.
pub(super) struct TextQuery {
    fields: IndexFields,
    words: Vec<QueryWord>,
    /// By [`TextField::ALL`]; only of those whose length counts.
    average_lengths: [f32; TextField::ALL.len()],
}

struct QueryWord {
    terms: Vec<QueryTerm>,
    rarity: f32,
}

/// One spelling that meets a word.
struct QueryTerm {
    text: String,
    /// What meeting the word by this spelling is worth, 1 for the word itself.
    weight: f32,
    is_exact: bool,
}

impl TextQuery {
    pub(super) fn new(
        text: &QueryText,
        fields: IndexFields,
        searcher: &Searcher,
    ) -> tantivy::Result<Self> {
        let objects: u64 = segments(searcher).map(|s| u64::from(s.max_doc())).sum();
        let mut average_lengths = [0.0; TextField::ALL.len()];
        for (average, field) in average_lengths.iter_mut().zip(TextField::ALL) {
            if field.is_length_normalised() && objects > 0 {
                *average = words_in(searcher, &fields, field)? as f32 / objects as f32;
            }
        }
        let words = analyzer::distinct_words(text.as_str(), ranking::QUERY_WORDS_MAX);
        let words = words
            .into_iter()
            .map(|word| {
                let terms = spellings(word);
                let mut with_word = 0;
                for spelling in &terms {
                    let field = fields.text(TextField::Everything);
                    with_word +=
                        searcher.doc_freq(&Term::from_field_text(field, &spelling.text))?;
                }
                let rarity = ranking::rarity(with_word, objects);
                Ok(QueryWord { terms, rarity })
            })
            .collect::<tantivy::Result<_>>()?;
        Ok(Self {
            fields,
            words,
            average_lengths,
        })
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
            average_lengths: &self.average_lengths,
            doc: TERMINATED,
        };
        text.find_first();
        Ok(text)
    }
}

/// The spellings that meet a word: the word itself. Typo tolerance adds others here.
fn spellings(word: String) -> Vec<QueryTerm> {
    vec![QueryTerm {
        text: word,
        weight: 1.0,
        is_exact: true,
    }]
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
    is_exact: bool,
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
        let (mut met, mut met_exactly) = (0, 0);
        for word in &self.words {
            let mut here = word.terms.iter().filter(|term| term.is_in(doc)).peekable();
            met += u32::from(here.peek().is_some());
            met_exactly += u32::from(here.any(|term| term.is_exact));
        }
        let words = self.words.len() as u32;
        let all_in_title = met == words
            && self.words.iter_mut().all(|word| {
                let mut terms = word.terms.iter_mut();
                terms.any(|term| term.occurrences(TITLE, doc) > 0)
            });
        Met {
            quality: MatchQuality::new(words, met, all_in_title),
            exact: met_exactly == words,
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
            is_exact: term.is_exact,
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
