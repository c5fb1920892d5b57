//! The words of a query looked up in the index: which objects have any of them, how many, where, and
//! what that is worth. Invariant: documents of a segment are visited in ascending order.

use crate::engine::embedded::index::expand::wording::Wording;
use tantivy::{DocId, Searcher, SegmentReader, TERMINATED};

use super::postings::{Scale, SegmentTerm};
use super::scope::Scope;
use crate::domain::{Correction, LastWord, QueryText, Typos, WordExplanation};
use crate::engine::analysis;
use crate::engine::embedded::index::effort::{Effort, Steps};
use crate::engine::embedded::index::expand::expansion::TypedWords;
use crate::engine::embedded::index::expand::query_term::QueryWord;
use crate::engine::embedded::index::expand::spelling::Dictionary;
use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::ranking::{self, MatchQuality, TextField};

/// A query text, ready to be looked up in any segment of one searcher.
pub(in super::super) struct TextQuery {
    fields: IndexFields,
    words: Vec<QueryWord>,
    correction: Option<Correction>,
    /// Whether every word typed is among the words, as it was typed.
    is_whole: bool,
    /// By [`TextField::ALL`]; only of those whose length counts.
    average_lengths: [f32; TextField::ALL.len()],
    /// What the last word begins with, when it is still being typed.
    begun: Option<String>,
    /// Where words are looked for; `None` is everywhere.
    scope: Option<Scope>,
    /// What was typed as the words of a title.
    typed: Vec<u64>,
}

impl TextQuery {
    pub(in super::super) fn new(
        text: &QueryText,
        last_word: LastWord,
        typos: Typos,
        scope: Option<Scope>,
        fields: IndexFields,
        wording: Wording<'_>,
        dictionary: &Dictionary<'_>,
    ) -> tantivy::Result<Self> {
        let searcher = dictionary.searcher();
        let objects: u64 = segments(searcher).map(|s| u64::from(s.max_doc())).sum();
        let mut average_lengths = [0.0; TextField::ALL.len()];
        for (average, field) in average_lengths.iter_mut().zip(TextField::ALL) {
            if field.length_share().is_some() && objects > 0 {
                *average = words_in(searcher, &fields, field)? as f32 / objects as f32;
            }
        }
        let mut typed = TypedWords::look_up(text, wording, dictionary)?;
        let mut begun = None;
        if last_word == LastWord::Begun {
            typed.go_on(dictionary)?;
            begun = typed.last().map(str::to_owned);
        }
        let mut words = typed.words(objects);
        if typos != Typos::Tolerated {
            leave_out_misspelled(&mut words);
        }
        let as_typed = Self {
            fields,
            words,
            correction: None,
            is_whole: typed.all_known(),
            average_lengths,
            begun,
            scope,
            typed: analysis::title_words(text.as_str()),
        };
        let is_enough = match typos {
            Typos::Off => true,
            Typos::Told => typed.all_known(),
            Typos::Tolerated => {
                typed.all_known() && as_typed.has_enough(searcher, dictionary.effort())?
            }
        };
        if is_enough {
            return Ok(as_typed);
        }
        typed.tolerate_typos(dictionary)?;
        Ok(Self {
            words: match typos {
                Typos::Tolerated => typed.words(objects),
                Typos::Told | Typos::Off => as_typed.words,
            },
            correction: typed.correction(),
            ..as_typed
        })
    }

    /// What was looked for instead of what was typed, if that is something else.
    pub(in super::super) fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }

    /// What was typed as the words of a title.
    pub(in super::super) fn typed(&self) -> &[u64] {
        &self.typed
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
            let mut text = self.in_segment(segment)?;
            let mut steps = effort.walk(text.work());
            while text.go_to_complete(&mut steps)? != TERMINATED {
                with_all += 1;
                if with_all >= ranking::ENOUGH_OBJECTS {
                    return Ok(true);
                }
                text.advance();
            }
            text.check()?;
            steps.finish()?;
        }
        Ok(false)
    }

    pub(in super::super) fn in_segment<'a>(
        &'a self,
        segment: &'a SegmentReader,
    ) -> tantivy::Result<SegmentText<'a>> {
        let mut words = Vec::with_capacity(self.words.len());
        for word in &self.words {
            let mut terms = Vec::with_capacity(word.terms.len());
            for term in &word.terms {
                terms.extend(SegmentTerm::open(
                    term,
                    &self.fields,
                    self.scope.as_ref(),
                    segment,
                )?);
            }
            words.push(SegmentWord {
                terms,
                rarity: word.rarity,
            });
        }
        let mut text = SegmentText {
            words,
            scale: Scale::open(&self.average_lengths, &self.fields, segment)?,
            is_whole: self.is_whole,
            doc: TERMINATED,
        };
        text.find_first();
        Ok(text)
    }
}

/// Of a word that is being typed even its beginning may be misspelled.
fn leave_out_misspelled(words: &mut Vec<QueryWord>) {
    for word in &mut *words {
        word.terms.retain(|term| !term.is_misspelling);
    }
    words.retain(|word| !word.terms.is_empty());
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
pub(in super::super) struct Met {
    pub(in super::super) quality: MatchQuality,
    /// Every word, exactly as typed.
    pub(in super::super) exact: bool,
}

/// A text query on one segment; stands on one document at a time.
pub(in super::super) struct SegmentText<'a> {
    words: Vec<SegmentWord<'a>>,
    scale: Scale<'a>,
    is_whole: bool,
    doc: DocId,
}

struct SegmentWord<'a> {
    /// Those that the segment has.
    terms: Vec<SegmentTerm<'a>>,
    rarity: f32,
}

impl SegmentWord<'_> {
    /// The first document from `target` on that has the word, met by whatever term.
    fn seek(&mut self, target: DocId) -> DocId {
        let mut least = TERMINATED;
        for term in &mut self.terms {
            if term.doc() < target {
                term.seek(target);
            }
            least = least.min(term.doc());
        }
        least
    }
}

impl SegmentText<'_> {
    /// The document it stands on, the first one that has any of the words at first.
    pub(in super::super) fn doc(&self) -> DocId {
        self.doc
    }

    pub(in super::super) fn advance(&mut self) -> DocId {
        let current = self.doc;
        self.move_to_least(|term| {
            if term.doc() == current {
                term.advance();
            }
        })
    }

    /// Goes to the first document from `target` on; `target` is not before the current one.
    pub(in super::super) fn seek(&mut self, target: DocId) -> DocId {
        self.move_to_least(|term| {
            if term.doc() < target {
                term.seek(target);
            }
        })
    }

    /// Goes to the first document from the current one on that has every word, past all that cannot.
    fn go_to_complete(&mut self, steps: &mut Steps<'_>) -> tantivy::Result<DocId> {
        let mut candidate = self.doc;
        while candidate != TERMINATED {
            steps.take()?;
            let words = self.words.iter_mut();
            let next = words.map(|word| word.seek(candidate)).max();
            match next {
                Some(next) if next > candidate => candidate = next,
                Some(_) => break,
                None => candidate = TERMINATED,
            }
        }
        self.doc = candidate;
        Ok(candidate)
    }

    /// What looking at one document costs, in units of work: each term is asked whether it is there, and
    /// some are asked where.
    pub(in super::super) fn work(&self) -> u64 {
        let terms = self.words.iter().map(|word| word.terms.len());
        2 * terms.sum::<usize>() as u64
    }

    fn find_first(&mut self) {
        self.move_to_least(|_| ());
    }

    fn move_to_least(&mut self, mut go: impl FnMut(&mut SegmentTerm<'_>)) -> DocId {
        let mut least = TERMINATED;
        for term in self.words.iter_mut().flat_map(|word| &mut word.terms) {
            go(term);
            least = least.min(term.doc());
        }
        self.doc = least;
        least
    }

    /// To be asked when all is visited: whether everything could be read.
    pub(in super::super) fn check(&mut self) -> tantivy::Result<()> {
        let mut terms = self.words.iter_mut().flat_map(|word| &mut word.terms);
        let failure = terms.find_map(SegmentTerm::take_failure);
        failure.map_or(Ok(()), Err)
    }

    /// What the current document meets.
    pub(in super::super) fn met(&mut self) -> Met {
        let doc = self.doc;
        let (mut is_complete, mut edits) = (true, 0);
        let (mut weight, mut weight_met) = (0.0, 0.0);
        for word in &self.words {
            let here = word.terms.iter().filter(|term| term.doc() == doc);
            let least = here.map(|term| u32::from(term.term.edits)).min();
            is_complete &= least.is_some();
            edits += least.unwrap_or(0);
            weight += word.rarity;
            weight_met += least.map_or(0.0, |_| word.rarity);
        }
        let share = if is_complete {
            1.0
        } else {
            weight_met / weight
        };
        let all_in_title = is_complete && edits == 0 && self.is_all_in_title();
        Met {
            quality: MatchQuality::new(share, edits, all_in_title),
            exact: self.is_whole && is_complete && edits == 0,
        }
    }

    fn is_all_in_title(&mut self) -> bool {
        let doc = self.doc;
        self.words.iter_mut().all(|word| {
            let mut here = word.terms.iter_mut().filter(|term| term.doc() == doc);
            here.any(SegmentTerm::is_in_title)
        })
    }

    /// How the current document has each word; the worths together are its text score.
    pub(in super::super) fn explain(&mut self) -> Vec<WordExplanation> {
        let doc = self.doc;
        let scale = &self.scale;
        let explain = |word: &mut SegmentWord<'_>| {
            let here = word.terms.iter_mut().filter(|term| term.doc() == doc);
            let worths = here.map(|term| (term.worth(scale), term));
            let best = worths.max_by(|(one, _), (other, _)| one.total_cmp(other));
            let Some((worth, term)) = best else {
                return WordExplanation {
                    met_by: String::new(),
                    edits: 0,
                    rarity: word.rarity,
                    worth: 0.0,
                    fields: Vec::new(),
                    attributes: Vec::new(),
                };
            };
            let by_field = TextField::ALL.into_iter().zip(term.by_field(scale));
            WordExplanation {
                met_by: term.term.texts.join(" ").replace(analysis::MARK, ""),
                edits: term.term.edits,
                rarity: word.rarity,
                worth: word.rarity * worth,
                fields: by_field
                    .filter(|(_, counts)| *counts > 0.0)
                    .map(|(field, counts)| (field.name(), counts))
                    .collect(),
                // Told when the object is at hand.
                attributes: Vec::new(),
            }
        };
        self.words.iter_mut().map(explain).collect()
    }

    /// The text score of the current document.
    pub(in super::super) fn score(&mut self) -> f32 {
        let doc = self.doc;
        let mut score = 0.0;
        for word in &mut self.words {
            let here = word.terms.iter_mut().filter(|term| term.doc() == doc);
            let best = here.map(|term| term.worth(&self.scale)).fold(0.0, f32::max);
            score += word.rarity * best;
        }
        score
    }
}
