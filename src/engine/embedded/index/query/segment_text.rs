//! A text query on one segment: which documents have its words, where, and what that is worth. Invariant:
//! documents are visited in ascending order.

use tantivy::{DocId, TERMINATED};

use super::first_look::Meets;
use super::postings::SegmentTerm;
use super::scale::Scale;
use super::segment_word::{AtBest, SegmentWord};
use crate::domain::WordExplanation;
use crate::engine::embedded::index::effort::Steps;
use crate::engine::met_by::{self, BestTerm};
use crate::engine::ranking::{Called, Judged, Judging, MatchQuality, Meeting, Met};

impl Judged {
    pub(super) fn meets(&self) -> Meets {
        Meets {
            quality: self.met.quality,
            called: self.met.called,
            score: self.score,
        }
    }
}

/// A text query on one segment; stands on one document at a time.
pub(in super::super) struct SegmentText<'a> {
    words: Vec<SegmentWord<'a>>,
    /// Places of the telling words, the rarest first.
    rarest_first: Vec<usize>,
    scale: Scale<'a>,
    is_whole: bool,
    doc: DocId,
}

impl<'a> SegmentText<'a> {
    /// Standing on the first document that has any of the words.
    pub(super) fn new(words: Vec<SegmentWord<'a>>, scale: Scale<'a>, is_whole: bool) -> Self {
        let telling = (0..words.len()).filter(|&at| words[at].asked.is_telling);
        let mut rarest_first: Vec<usize> = telling.collect();
        rarest_first.sort_by_cached_key(|&at| words[at].places());
        let mut text = Self {
            words,
            rarest_first,
            scale,
            is_whole,
            doc: TERMINATED,
        };
        text.move_to_least(|_| ());
        text
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

    /// Goes to the first document from `target` on that has every telling word, past all that cannot.
    pub(in super::super) fn seek_complete(
        &mut self,
        target: DocId,
        steps: &mut Steps<'_>,
    ) -> tantivy::Result<DocId> {
        let Some((&rarest, others)) = self.rarest_first.split_first() else {
            self.doc = TERMINATED;
            return Ok(TERMINATED);
        };
        let mut candidate = self.words[rarest].seek(target);
        while candidate != TERMINATED {
            steps.take()?;
            let behind = others.iter().find_map(|&at| {
                let next = self.words[at].seek(candidate);
                (next > candidate).then_some(next)
            });
            match behind {
                Some(next) => candidate = self.words[rarest].seek(next),
                None => break,
            }
        }
        self.doc = candidate;
        Ok(candidate)
    }

    /// How the current document, which has every telling word, meets the words at best: of each no field is asked but
    /// the title, and of those that tell nothing none.
    pub(super) fn meets_at_best(&mut self, called: Called) -> Meets {
        let (mut all_in_title, mut edits, mut score) = (true, 0, 0.0);
        for word in &mut self.words {
            let here = if word.asked.is_telling {
                word.at_best(self.doc, &self.scale)
            } else {
                AtBest::anywhere()
            };
            if word.asked.is_telling {
                all_in_title &= here.is_in_title;
                edits += here.edits;
            }
            score += word.asked.joining() * word.asked.idf * here.worth;
        }
        let called = called.in_title(all_in_title && edits == 0);
        Meets {
            quality: MatchQuality::new(1.0, edits, called),
            called,
            score,
        }
    }

    /// Has those words sought alone without one of which a document cannot have such a share of what the words tell:
    /// what has only the others is passed over.
    pub(super) fn ask_for_share(&mut self, share_min: f32) {
        let mut telling: Vec<&mut SegmentWord<'_>> = { &mut self.words }
            .iter_mut()
            .filter(|word| word.asked.is_telling)
            .collect();
        telling.sort_unstable_by(|one, other| one.asked.tells.total_cmp(&other.asked.tells));
        let all: f32 = telling.iter().map(|word| word.asked.tells).sum();
        let mut without = 0.0;
        for word in telling {
            without += word.asked.tells;
            word.is_sought = without >= share_min * all;
        }
    }

    /// Goes to the first document from `target` on that has a telling word that is sought.
    pub(in super::super) fn seek_telling(&mut self, target: DocId) -> DocId {
        let words = self.words.iter_mut();
        let words = words.filter(|word| word.asked.is_telling && word.is_sought);
        let next = words.map(|word| word.seek(target)).min();
        self.doc = next.unwrap_or(TERMINATED);
        self.doc
    }

    /// Goes to the first document from `target` on that has the word that tells most, or one of those that tell
    /// as much.
    pub(in super::super) fn seek_most_telling(&mut self, target: DocId) -> DocId {
        let telling = || self.words.iter().filter(|word| word.asked.is_telling);
        let most = telling().map(|word| word.asked.tells).fold(0.0, f32::max);
        let words = self.words.iter_mut();
        let words = words.filter(|word| word.asked.is_telling && word.asked.tells >= most);
        let next = words.map(|word| word.seek(target)).min();
        self.doc = next.unwrap_or(TERMINATED);
        self.doc
    }

    /// What of what the words tell the current document has at most, from 0 to 1.
    pub(in super::super) fn share_at_most(&mut self) -> f32 {
        let doc = self.doc;
        let (mut tells, mut told) = (0.0, 0.0);
        for word in self.words.iter_mut().filter(|word| word.asked.is_telling) {
            word.seek(doc);
            tells += word.asked.tells;
            if word.terms.iter().any(|term| term.doc() == self.doc) {
                told += word.asked.tells;
            }
        }
        told / tells
    }

    /// How the current document meets the words. Those that tell nothing need not stand on it.
    pub(in super::super) fn judge(&mut self, called: Called) -> Judged {
        let doc = self.doc;
        let mut judging = Judging::default();
        for word in &mut self.words {
            word.seek(doc);
            let here = word.judge(doc, &self.scale);
            judging.add(word.asked, &here);
        }
        judging.finish(called, self.is_whole)
    }

    /// Places of the words that the current document has, among those typed.
    pub(super) fn places_met(&self) -> impl Iterator<Item = usize> {
        let met = self.words.iter().filter(|word| {
            let mut terms = word.terms.iter();
            terms.any(|term| term.doc() == self.doc)
        });
        met.map(|word| word.place)
    }

    /// What looking at one document costs, in units of work: each term is asked whether it is there, and
    /// some are asked where.
    pub(in super::super) fn work(&self) -> u64 {
        let terms = self.words.iter().map(|word| word.terms.len());
        2 * terms.sum::<usize>() as u64
    }

    fn move_to_least(&mut self, mut go: impl FnMut(&mut SegmentTerm<'_>)) -> DocId {
        let mut least = TERMINATED;
        for word in &mut self.words {
            word.least = 0;
            for term in &mut word.terms {
                go(term);
                least = least.min(term.doc());
            }
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
    pub(in super::super) fn met(&mut self, called: Called) -> Met {
        let doc = self.doc;
        let mut meeting = Meeting::default();
        for word in &self.words {
            let here = word.terms.iter().filter(|term| term.doc() == doc);
            let least = here.map(|term| u32::from(term.term.edits)).min();
            meeting.add(word.asked.idf, least);
        }
        let is_whole = self.is_whole;
        meeting.finish(called, is_whole, || self.is_all_in_title())
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
            let best = best.map(|(worth, term)| BestTerm {
                texts: &term.term.texts,
                edits: term.term.edits,
                worth,
                by_field: term.by_field(scale),
            });
            met_by::explained(word.asked.idf, best)
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
            score += word.asked.idf * best;
        }
        score
    }
}
