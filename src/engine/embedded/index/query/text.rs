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
use crate::engine::ranking::{self, Likeness, MatchQuality, Step, TextField, WordsMet};

/// A query text, ready to be looked up in any segment of one searcher.
pub(in super::super) struct TextQuery {
    fields: IndexFields,
    words: Vec<QueryWord>,
    typed_words: TypedWords,
    is_corrected: bool,
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
    /// What in a title leads over to what the thing was made for.
    made_for: Vec<u64>,
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
            if field.b().is_some() && objects > 0 {
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
        };
        let is_enough = match typos {
            Typos::Off => true,
            Typos::Told => is_whole,
            Typos::Tolerated => is_whole && query.has_enough(searcher, dictionary.effort())?,
        };
        if !is_enough {
            query.typed_words.tolerate_typos(dictionary)?;
            query.is_corrected = true;
            if typos == Typos::Tolerated {
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

    /// The places of words among those typed, in the order of [`Judged::words_met`].
    pub(in super::super) fn telling_places(&self) -> impl Iterator<Item = usize> {
        let telling = self.words.iter().filter(|word| word.is_telling);
        telling.map(|word| word.place)
    }

    /// Whether words are looked for in some attributes alone.
    pub(in super::super) fn is_scoped(&self) -> bool {
        self.scope.is_some()
    }

    /// What was typed as the words of a title.
    pub(in super::super) fn typed(&self) -> &[u64] {
        &self.typed
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
            let mut text = self.in_segment(segment)?;
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
                idf: word.idf,
                is_telling: word.is_telling,
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
    /// Every word.
    pub(in super::super) is_complete: bool,
}

/// How a document meets a text query, by where it has the words.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Judged {
    pub(in super::super) step: Step,
    /// What it meets of what the words tell, from 0 to 1.
    pub(in super::super) share: f32,
    /// The telling words it has, by their places among those, the first the lowest bit.
    pub(in super::super) words_met: u32,
    pub(in super::super) met: Met,
    pub(in super::super) score: f32,
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
    idf: f32,
    is_telling: bool,
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

    /// How the document has the word; no term stands before it.
    fn judge(&mut self, doc: DocId, scale: &Scale<'_>) -> WordHere {
        let mut here = WordHere::default();
        for term in self.terms.iter_mut().filter(|term| term.doc() == doc) {
            let by_field = term.by_field(scale);
            let [title, .., _] = by_field;
            let edits = u32::from(term.term.edits);
            here.edits = Some(here.edits.map_or(edits, |least| least.min(edits)));
            here.is_in_title |= title > 0.0;
            here.is_named |= by_field[..TextField::Everything as usize]
                .iter()
                .any(|counts| *counts > 0.0);
            let worth = term.term.weight * ranking::word_worth(by_field);
            here.worth = here.worth.max(worth);
        }
        here
    }
}

/// How a document has a word.
#[derive(Default)]
struct WordHere {
    /// `None`: it has not.
    edits: Option<u32>,
    is_in_title: bool,
    /// In more than prose.
    is_named: bool,
    worth: f32,
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

    /// Goes to the first document from `target` on that has every telling word, past all that cannot.
    pub(in super::super) fn seek_complete(
        &mut self,
        target: DocId,
        steps: &mut Steps<'_>,
    ) -> tantivy::Result<DocId> {
        let mut candidate = target;
        while candidate != TERMINATED {
            steps.take()?;
            let words = self.words.iter_mut().filter(|word| word.is_telling);
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

    /// Goes to the first document from `target` on that has a telling word.
    pub(in super::super) fn seek_telling(&mut self, target: DocId) -> DocId {
        let words = self.words.iter_mut().filter(|word| word.is_telling);
        let next = words.map(|word| word.seek(target)).min();
        self.doc = next.unwrap_or(TERMINATED);
        self.doc
    }

    /// What of what the words tell the current document has at most, from 0 to 1.
    pub(in super::super) fn share_at_most(&self) -> f32 {
        let (mut tells, mut told) = (0.0, 0.0);
        for word in self.words.iter().filter(|word| word.is_telling) {
            tells += word.idf;
            if word.terms.iter().any(|term| term.doc() == self.doc) {
                told += word.idf;
            }
        }
        told / tells
    }

    /// How the current document meets the words. Those that tell nothing need not stand on it.
    pub(in super::super) fn judge(&mut self, likeness: Likeness) -> Judged {
        let doc = self.doc;
        let mut judged = WordsMet {
            words: 0,
            named: 0,
            met: 0,
            named_share: 0.0,
        };
        let (mut tells, mut told, mut score, mut edits) = (0.0, 0.0, 0.0, 0);
        let (mut words_met, mut all_in_title) = (0_u32, true);
        for word in &mut self.words {
            word.seek(doc);
            let here = word.judge(doc, &self.scale);
            score += word.idf * here.worth;
            if !word.is_telling {
                continue;
            }
            tells += word.idf;
            all_in_title &= here.is_in_title;
            if let Some(least) = here.edits {
                words_met |= 1 << judged.words;
                judged.met += 1;
                edits += least;
                if here.is_named {
                    judged.named += 1;
                    judged.named_share += word.idf;
                    told += word.idf;
                } else {
                    told += word.idf * ranking::MENTION_WORTH;
                }
            }
            judged.words += 1;
        }
        judged.named_share /= tells;
        let share = told / tells;
        let is_complete = judged.met == judged.words;
        let likeness = Likeness {
            all_in_title: all_in_title && edits == 0,
            ..likeness
        };
        Judged {
            step: ranking::step(judged),
            share,
            words_met,
            met: Met {
                quality: MatchQuality::new(share, edits, likeness),
                exact: self.is_whole && is_complete && edits == 0,
                is_complete,
            },
            score,
        }
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
    pub(in super::super) fn met(&mut self, likeness: Likeness) -> Met {
        let doc = self.doc;
        let (mut is_complete, mut edits) = (true, 0);
        let (mut weight, mut weight_met) = (0.0, 0.0);
        for word in &self.words {
            let here = word.terms.iter().filter(|term| term.doc() == doc);
            let least = here.map(|term| u32::from(term.term.edits)).min();
            is_complete &= least.is_some();
            edits += least.unwrap_or(0);
            weight += word.idf;
            weight_met += least.map_or(0.0, |_| word.idf);
        }
        let share = if is_complete {
            1.0
        } else {
            weight_met / weight
        };
        let likeness = Likeness {
            all_in_title: is_complete && edits == 0 && self.is_all_in_title(),
            ..likeness
        };
        Met {
            quality: MatchQuality::new(share, edits, likeness),
            exact: self.is_whole && is_complete && edits == 0,
            is_complete,
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
                    rarity: word.idf,
                    worth: 0.0,
                    fields: Vec::new(),
                    attributes: Vec::new(),
                };
            };
            let by_field = TextField::ALL.into_iter().zip(term.by_field(scale));
            WordExplanation {
                met_by: term.term.texts.join(" ").replace(analysis::MARK, ""),
                edits: term.term.edits,
                rarity: word.idf,
                worth: word.idf * worth,
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
            score += word.idf * best;
        }
        score
    }
}
