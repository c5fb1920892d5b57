//! Which documents of a segment a text is asked about. Words that begin as what is being typed does are many, and much
//! has one of them; where the other words are rare, only what has those is looked for among them. Invariant: whether it
//! is, is known before anything is found, so that it costs what it costs whoever asked before.

use std::sync::Arc;

use tantivy::{DocId, SegmentReader, TERMINATED};

use super::among::Among;
use super::postings::SegmentTerm;
use super::scale::Scale;
use super::segment_text::SegmentText;
use super::segment_word::SegmentWord;
use super::text::TextQuery;
use crate::engine::expand::found_words::Reach;
use crate::engine::expand::query_term::{MetBy, QueryTerm, QueryWord};
use crate::engine::ranking::TextField;

impl TextQuery {
    /// The documents among which words that begin so are looked for; `None`: all.
    pub(super) fn limits(
        &self,
        segment: &SegmentReader,
        among: Among<'_>,
    ) -> tantivy::Result<Option<Arc<Vec<DocId>>>> {
        match among {
            Among::All => return Ok(None),
            Among::Docs(docs) => {
                let begun = self.begun_word();
                let is_worth_it =
                    begun.is_some_and(|begun| self.are_few(docs.len() as u64, begun, segment));
                return Ok(is_worth_it.then(|| Arc::new(docs.to_vec())));
            }
            Among::Complete => {}
        }
        let id = segment.segment_id();
        if let Some(known) = self.having_others.borrow().get(&id) {
            return Ok(known.clone());
        }
        let limits = self.having_other_words(segment)?.map(Arc::new);
        self.having_others.borrow_mut().insert(id, limits.clone());
        Ok(limits)
    }

    /// What has every telling word beside one that is being typed; `None` where that is not worth finding first.
    fn having_other_words(&self, segment: &SegmentReader) -> tantivy::Result<Option<Vec<DocId>>> {
        let Some(begun) = self.begun_word() else {
            return Ok(None);
        };
        let others = self.words.iter().enumerate();
        let others = others.filter(|(at, word)| *at != begun.0 && word.is_telling);
        let others: Vec<&QueryWord> = others.map(|(_, word)| word).collect();
        if others.is_empty() {
            return Ok(None);
        }
        let scale = Scale::open(&self.average_lengths, &self.fields, segment)?;
        let mut words = Vec::with_capacity(others.len());
        for word in others {
            words.push(self.opened(word, segment)?);
        }
        let rarest = words.iter().map(SegmentWord::places).min().unwrap_or(0);
        if !self.are_few(rarest, begun, segment) {
            return Ok(None);
        }
        let mut text = SegmentText::new(words, scale, false);
        let mut steps = self.effort.walk(text.work());
        let (mut docs, mut next) = (Vec::new(), 0);
        while text.seek_complete(next, &mut steps)? != TERMINATED {
            docs.push(text.doc());
            next = text.doc() + 1;
        }
        text.check()?;
        steps.finish()?;
        Ok(Some(docs))
    }

    /// Whether looking for every word that begins so in so many documents costs less than noting down where all of them
    /// are.
    fn are_few(
        &self,
        docs: u64,
        (_, term, reach): (usize, &QueryTerm, Reach),
        segment: &SegmentReader,
    ) -> bool {
        let fields = match reach {
            Reach::Title => 1,
            Reach::Name => TextField::ALL.len() as u64 - 1,
            Reach::All => TextField::ALL.len() as u64 + 1,
        };
        let lists = fields * term.texts.len() as u64;
        let in_segment = term.objects.saturating_mul(u64::from(segment.max_doc()));
        docs.saturating_mul(lists) <= PLACES_A_LOOK * (in_segment / self.objects.max(1))
    }

    /// The word that is being typed, by its place, and the term of those that begin so.
    fn begun_word(&self) -> Option<(usize, &QueryTerm, Reach)> {
        let mut words = self.words.iter().enumerate();
        words.find_map(|(at, word)| {
            let mut terms = word.terms.iter();
            terms.find_map(|term| match term.met_by {
                MetBy::Any(reach) if !self.is_scoped() => Some((at, term, reach)),
                _ => None,
            })
        })
    }

    /// A word without its beginnings, of which there are none.
    fn opened<'a>(
        &'a self,
        word: &'a QueryWord,
        segment: &'a SegmentReader,
    ) -> tantivy::Result<SegmentWord<'a>> {
        let mut terms = Vec::with_capacity(word.terms.len());
        for term in &word.terms {
            terms.extend(SegmentTerm::open(
                term,
                &self.entries,
                &self.fields,
                None,
                segment,
            )?);
        }
        Ok(SegmentWord::new(word, terms))
    }
}

/// Noting down that many places of words costs what looking for one of them in one document does.
const PLACES_A_LOOK: u64 = 2;
