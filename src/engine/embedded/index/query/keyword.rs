//! A query text as it is looked for: by its words, and by all of it at once, as an article code
//! (docs/reference/05-search.md §6) or in attributes whose values are compared whole
//! (docs/reference/10-swiftype.md §4, `enum`). Invariant: an attribute meets a text by a value that is the
//! text, letter by letter, a code by its letters and digits, or not at all; a document that does has met
//! every word.

use std::sync::Arc;

use tantivy::query::{EnableScoring, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED};

use super::among::Among;
use super::filter::FilterReader;
use super::fingerprint::Question;
use super::first_look::Meets;
use super::having::{having_any_term, walk};
use super::names::Names;
use super::scope::{SORTED, ScopedDocs};
use super::segment_text::SegmentText;
use super::text::TextQuery;
use crate::domain::{
    AttributeType, Condition, QueryText, ScopedField, SearchQuery, WordExplanation,
};
use crate::engine::analysis;
use crate::engine::embedded::index::effort::{Effort, Steps};
use crate::engine::embedded::index::segments::fact::Fact;
use crate::engine::embedded::index::segments::segment::SegmentsCache;
use crate::engine::ranking::{self, Called, Judged, MatchQuality, Met, Step, TextField};

pub(in super::super) struct SoughtText {
    pub(in super::super) words: TextQuery,
    pub(in super::super) whole: KeywordText,
    /// What is called so.
    pub(in super::super) names: Names,
}

pub(in super::super) struct KeywordText {
    /// Of attributes of which some object has the text as a value.
    values: Vec<KeywordValue>,
    /// The text, where it is a code that some object has.
    code: Option<Fact>,
    exact: Field,
    segments: SegmentsCache,
    effort: Arc<Effort>,
}

/// What counting the documents with a value costs in a segment, in units of work.
const COUNTING: u64 = 1_000;

struct KeywordValue {
    has_it: Box<dyn Weight>,
    /// What having it counts.
    worth: f32,
}

impl KeywordText {
    pub(in super::super) fn new(
        text: &QueryText,
        attributes: &[ScopedField],
        reader: &FilterReader<'_>,
        searcher: &Searcher,
    ) -> tantivy::Result<Self> {
        let unscored = EnableScoring::disabled_from_searcher(searcher);
        let segments = || searcher.segment_readers().iter();
        let objects: u64 = segments().map(|s| u64::from(s.max_doc())).sum();
        let mut values = Vec::new();
        for attribute in attributes.iter().take(SearchQuery::WHOLE_VALUES_MAX) {
            let name = attribute.field.as_str();
            let condition = match reader.schema.get(name) {
                Some((_, AttributeType::Text)) => Some(Condition::Text(text.as_str().to_owned())),
                Some((_, AttributeType::Boolean)) => match text.as_str().parse() {
                    Ok(boolean) => Some(Condition::Boolean(boolean)),
                    Err(_) => Some(Condition::Text(text.as_str().to_owned())),
                },
                _ => None,
            };
            let query = condition.and_then(|condition| reader.holding(name, condition));
            let Some(query) = query else { continue };
            let has_it = query.weight(unscored)?;
            let mut with_it = 0;
            for segment in segments() {
                reader.shared.effort().spend(COUNTING)?;
                with_it += u64::from(has_it.count(segment)?);
            }
            if with_it > 0 {
                let weight = TextField::Attributes.weight() * attribute.weight;
                let worth = weight * ranking::idf(with_it, objects);
                values.push(KeywordValue { has_it, worth });
            }
        }
        Ok(Self {
            values,
            code: None,
            exact: reader.fields.exact,
            segments: reader.segments.clone(),
            effort: Arc::clone(reader.shared.effort()),
        })
    }

    /// Looks for the text as an article code, too.
    pub(in super::super) fn or_code(
        mut self,
        text: &QueryText,
        searcher: &Searcher,
    ) -> tantivy::Result<Self> {
        let Some(code) = analysis::code(&analysis::visible(text.as_str())) else {
            return Ok(self);
        };
        let fact = Fact::code(&code);
        for segment in self.segments.of(searcher) {
            let having = fact.having(self.exact, &segment)?;
            if having.is_some_and(|having| having.doc() != TERMINATED) {
                self.code = Some(fact);
                break;
            }
        }
        Ok(self)
    }

    /// Whether it is an article code that some object has.
    pub(in super::super) fn is_code(&self) -> bool {
        self.code.is_some()
    }

    /// What has it for a code.
    fn codes_in(&self, segment: &SegmentReader) -> tantivy::Result<ScopedDocs> {
        self.having_any(self.code.as_slice(), segment)
    }

    /// What has one of the facts.
    fn having_any(&self, facts: &[Fact], segment: &SegmentReader) -> tantivy::Result<ScopedDocs> {
        let mut docs = Vec::new();
        for fact in facts {
            let segment = self.segments.one(segment);
            if let Some(having) = fact.having(self.exact, &segment)? {
                walk(having, &self.effort, &mut docs)?;
            }
        }
        Ok(ScopedDocs::new(docs))
    }

    fn values_in(&self, segment: &SegmentReader) -> tantivy::Result<ScopedDocs> {
        let mut docs = Vec::new();
        for value in &self.values {
            let mut having = value.has_it.scorer(segment, 1.0)?;
            let mut steps = self.effort.walk(SORTED);
            while having.doc() != TERMINATED {
                docs.push((having.doc(), value.worth));
                having.advance();
                steps.take()?;
            }
            steps.finish()?;
        }
        Ok(ScopedDocs::new(docs))
    }
}

impl SoughtText {
    /// Adds to a question everything that says which documents are found and how they meet the text; `None` where
    /// something else does.
    pub(in super::super) fn question(&self, question: Question) -> Option<Question> {
        let question = self.words.question(question)?;
        let names = (&self.names.titles, &self.names.kinds);
        let is_all = self.whole.values.is_empty();
        is_all.then(|| question.with(&self.whole.code).with(&names))
    }

    pub(in super::super) fn in_segment<'a>(
        &'a self,
        segment: &'a SegmentReader,
        among: Among<'_>,
    ) -> tantivy::Result<SegmentSought<'a>> {
        Ok(SegmentSought {
            words: self.words.in_segment(segment, among)?,
            whole: self.whole.values_in(segment)?,
            codes: self.whole.codes_in(segment)?,
            titles: self.whole.having_any(&self.names.titles, segment)?,
            kinds: having_any_term(&self.names.kinds, segment, &self.whole.effort)?,
        })
    }
}

/// A text on one segment; stands on one document at a time, which has one of its words or all of it as a
/// value or a code.
pub(in super::super) struct SegmentSought<'a> {
    words: SegmentText<'a>,
    whole: ScopedDocs,
    codes: ScopedDocs,
    /// What is called as the text, and what is in a category called so.
    titles: ScopedDocs,
    kinds: ScopedDocs,
}

impl SegmentSought<'_> {
    pub(in super::super) fn doc(&self) -> DocId {
        let by_all_of_it = self.whole.doc().min(self.codes.doc());
        self.words.doc().min(by_all_of_it)
    }

    /// Goes to the first document from `target` on that has every telling word, or the text as a code.
    pub(in super::super) fn seek_complete(
        &mut self,
        target: DocId,
        steps: &mut Steps<'_>,
    ) -> tantivy::Result<DocId> {
        for docs in [&mut self.whole, &mut self.codes] {
            docs.seek(target);
        }
        self.words.seek_complete(target, steps)?;
        Ok(self.doc())
    }

    /// How the current document meets the text at best, as far as that can be said before its fields are asked.
    pub(super) fn meets_at_best(&mut self) -> Meets {
        if self.words.doc() != self.doc() || self.is_met_whole() {
            return Meets::BEST;
        }
        let called = self.called();
        self.words.meets_at_best(called)
    }

    fn is_met_whole(&self) -> bool {
        let doc = self.doc();
        self.codes.doc() == doc || self.whole.doc() == doc
    }

    /// Has documents passed over that cannot have such a share of what the words tell.
    pub(super) fn ask_for_share(&mut self, share_min: f32) {
        self.words.ask_for_share(share_min);
    }

    /// Goes to the first document from `target` on that has a telling word.
    pub(in super::super) fn seek_telling(&mut self, target: DocId) -> DocId {
        for docs in [&mut self.whole, &mut self.codes] {
            docs.seek(target);
        }
        self.words.seek_telling(target);
        self.doc()
    }

    /// Goes to the first document from `target` on that has the word that tells most.
    pub(in super::super) fn seek_most_telling(&mut self, target: DocId) -> DocId {
        for docs in [&mut self.whole, &mut self.codes] {
            docs.seek(target);
        }
        self.words.seek_most_telling(target);
        self.doc()
    }

    /// What of what the words tell the current document has at most.
    pub(in super::super) fn share_at_most(&mut self) -> f32 {
        self.words.share_at_most()
    }

    /// How the current document meets the text, by where it has the words, and whether it is in a category
    /// called so.
    pub(in super::super) fn judge(&mut self) -> (Judged, bool) {
        let doc = self.doc();
        let called = self.called();
        let by_words = (self.words.doc() == doc).then(|| self.words.judge(called));
        let whole = self.is_met_whole().then(|| self.met());
        let judged = match (by_words, whole) {
            (by_words, Some(met)) => Judged {
                step: Step::Named,
                share: 1.0,
                edits: 0,
                words_met: u32::MAX,
                misspelled: 0,
                met,
                score: by_words.map_or(0.0, |words| words.score) + self.whole.worth(doc),
            },
            (Some(words), None) => words,
            (None, None) => Judged {
                step: Step::Some,
                share: 0.0,
                edits: 0,
                words_met: 0,
                misspelled: 0,
                met: self.met(),
                score: 0.0,
            },
        };
        (judged, called.is_kind())
    }

    fn called(&mut self) -> Called {
        let doc = self.doc();
        let is_among = |docs: &mut ScopedDocs| {
            if docs.doc() < doc {
                docs.seek(doc);
            }
            docs.doc() == doc
        };
        Called::new(is_among(&mut self.titles), is_among(&mut self.kinds))
    }

    /// Places of the words that the current document has, among those typed.
    pub(in super::super) fn places_met(&self) -> impl Iterator<Item = usize> {
        let has_words = self.words.doc() == self.doc();
        self.words.places_met().filter(move |_| has_words)
    }

    /// What looking at one document costs, in units of work.
    pub(in super::super) fn work(&self) -> u64 {
        1 + self.words.work()
    }

    pub(in super::super) fn advance(&mut self) {
        let doc = self.doc();
        if self.words.doc() == doc {
            self.words.advance();
        }
        for docs in [&mut self.whole, &mut self.codes] {
            if docs.doc() == doc {
                docs.advance();
            }
        }
    }

    /// Goes to the first document from `target` on; `target` is not before the current one.
    pub(in super::super) fn seek(&mut self, target: DocId) {
        if self.words.doc() < target {
            self.words.seek(target);
        }
        for docs in [&mut self.whole, &mut self.codes] {
            if docs.doc() < target {
                docs.seek(target);
            }
        }
    }

    /// To be asked when all is visited: whether everything could be read.
    pub(in super::super) fn check(&mut self) -> tantivy::Result<()> {
        self.words.check()
    }

    /// What the current document meets.
    pub(in super::super) fn met(&mut self) -> Met {
        let doc = self.doc();
        if self.codes.doc() == doc {
            return Met::CODE;
        }
        let called = self.called();
        let by_words = (self.words.doc() == doc).then(|| self.words.met(called));
        if self.whole.doc() == doc {
            return Met::by_value(by_words);
        }
        by_words.unwrap_or(Met {
            quality: MatchQuality::new(0.0, u32::MAX, Called::OTHERWISE),
            called: Called::OTHERWISE,
            exact: false,
            is_complete: false,
        })
    }

    /// The text score of the current document.
    pub(in super::super) fn score(&mut self) -> f32 {
        let doc = self.doc();
        let by_words = if self.words.doc() == doc {
            self.words.score()
        } else {
            0.0
        };
        by_words + self.whole.worth(doc)
    }

    /// How the current document has each word; a value that is the whole text is none of them.
    pub(in super::super) fn explain(&mut self) -> Vec<WordExplanation> {
        if self.words.doc() == self.doc() {
            self.words.explain()
        } else {
            Vec::new()
        }
    }
}
