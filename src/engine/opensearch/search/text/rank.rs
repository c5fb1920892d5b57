//! The hits of a text in their order: the best by what the cluster can tell are judged here, word by word, and put in order by
//! `engine::ranking`. Invariant: up to [`ranking::RESEMBLANCE_HITS_MAX`] hits, or the end of the page where that is further,
//! the order is the recipe's; of more hits the cluster chooses which are looked at, by everything that decides before the
//! text score.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::candidate::Candidate;
use super::looking::{CODE, KIND, Looking, TITLE, texts_field, whole_name};
use super::occurrences::Occurrences;
use crate::domain::{Schema, WordExplanation};
use crate::engine::expand::query_term::QueryWord;
use crate::engine::met_by::{self, BestTerm};
use crate::engine::opensearch::layout::judged::{JUDGED, Judged};
use crate::engine::opensearch::search::address::Address;
use crate::engine::opensearch::search::signals::Signals;
use crate::engine::opensearch::search::stand_ins::page::shown;
use crate::engine::opensearch::searched::Hit as FoundHit;
use crate::engine::ranking::{
    self, Called, Judging, Meeting, Met, Ranked, ReadTitles, Sample, TypedTitle, WordHere,
};

impl Looking<'_> {
    /// Judges what was found.
    pub(super) fn candidate(&self, hit: &FoundHit) -> Option<Candidate> {
        let sought = self.sought;
        let signals = Signals::read(hit, self.asking)?;
        let read = judged(hit)?;
        let text = Occurrences::read(hit, &read, sought);
        let called = Called::new(hit.meets(TITLE), hit.meets(KIND));
        let (mut judging, mut meeting) = (Judging::default(), Meeting::default());
        let (mut places, mut all_in_title, mut wide_score) = (BTreeSet::new(), true, 0.0);
        for word in &sought.words {
            let mut here = WordHere::default();
            for term in &word.terms {
                if let Some(by_field) = text.by_field(term, &sought.average_lengths) {
                    here.add(term.weight, term.edits, term.is_misspelling, by_field);
                }
            }
            if here.edits.is_some() {
                places.insert(word.place);
            }
            meeting.add(word.idf, here.edits);
            all_in_title &= here.is_in_title;
            wide_score += word.idf * here.worth;
            judging.add(word.asked(), &here);
        }
        let has_any = !places.is_empty();
        let is_whole = sought.is_whole;
        let judged = judging.finish(called, is_whole);
        let met_by_words = meeting.finish(called, is_whole, || all_in_title);
        let (mut met, mut text_score) = if self.is_narrow {
            (judged.met, judged.score)
        } else {
            (met_by_words, wide_score)
        };
        let values = sought.whole.iter().enumerate();
        let values = values.filter(|(at, _)| hit.meets(&whole_name(*at)));
        let value = values.map(|(_, value)| value.worth).reduce(f32::max);
        text_score += value.unwrap_or(0.0);
        if hit.meets(CODE) {
            met = Met::CODE;
        } else if value.is_some() {
            met = Met::by_value(has_any.then_some(met_by_words));
        } else {
            met.exact &= has_any;
        }
        let words = if self.asking.query.explain && has_any {
            let words = sought.words.iter();
            words.map(|word| self.explained(word, &text)).collect()
        } else {
            Vec::new()
        };
        Some(Candidate {
            ranked: signals.ranked(met, Some(text_score)),
            signals,
            places,
            words,
            title_words: read.title_words,
            title: text_of(hit, &self.asking.schema, "title"),
        })
    }

    fn explained(&self, word: &QueryWord, text: &Occurrences<'_>) -> WordExplanation {
        let here = word.terms.iter().filter_map(|term| {
            let by_field = text.by_field(term, &self.sought.average_lengths)?;
            Some(BestTerm {
                texts: &term.texts,
                edits: term.edits,
                worth: term.weight * ranking::word_worth(by_field),
                by_field,
            })
        });
        let best = here.max_by(|one, other| one.worth.total_cmp(&other.worth));
        met_by::explained(word.idf, best)
    }

    /// What may be shown of a hit, judged.
    pub(super) fn candidates(&self, hit: FoundHit) -> Vec<Candidate> {
        if self.asking.has_stand_ins() {
            let shown = shown(self.asking, hit, |hit| self.candidate(hit)).into_iter();
            return shown.map(|shown| shown.candidate).collect();
        }
        self.candidate(&hit).into_iter().collect()
    }

    /// Puts candidates in their order; returns how much each resembles the other good ones.
    pub(super) fn rank(
        &self,
        candidates: &mut [Candidate],
        sample: impl FnOnce() -> Arc<Sample>,
    ) -> HashMap<Address, f32> {
        candidates.sort_unstable_by(|one, other| one.ranked.cmp(&other.ranked));
        let reach = ranking::reach(candidates.len());
        let best = &mut candidates[..reach];
        let mut titles = ReadTitles::default();
        for candidate in best.iter() {
            titles.push(candidate.title_words.iter().copied());
        }
        let typed = TypedTitle {
            words: &self.sought.typed,
            made_for: &self.sought.made_for,
            begun: &self.sought.begun_words,
        };
        let mut ranked: Vec<Ranked<Address>> = best.iter().map(|one| one.ranked.clone()).collect();
        let behaviour: HashMap<&str, f32> = { self.asking.query.behaviour.iter() }
            .map(|(identity, share)| (identity.as_str(), *share))
            .collect();
        let chosen: HashMap<Address, f32> = { best.iter() }
            .filter_map(|one| {
                let mut names = one.signals.identities.iter();
                let share = names.find_map(|name| behaviour.get(name.as_str()))?;
                Some((one.ranked.address, *share))
            })
            .collect();
        let resemblances =
            ranking::apply_feedback(&mut ranked, &titles, &typed, sample, |address| {
                chosen.get(address).copied()
            });
        let order: HashMap<Address, (usize, Ranked<Address>)> = { ranked.into_iter().enumerate() }
            .map(|(at, ranked)| (ranked.address, (at, ranked)))
            .collect();
        for candidate in best.iter_mut() {
            if let Some((_, ranked)) = order.get(&candidate.ranked.address) {
                candidate.ranked = ranked.clone();
            }
        }
        best.sort_by_key(|one| order.get(&one.ranked.address).map(|(at, _)| *at));
        resemblances.into_iter().collect()
    }
}

/// The text of an attribute.
fn text_of(hit: &FoundHit, schema: &Schema, name: &str) -> Option<String> {
    let texts = hit.fields.get(&texts_field(schema, name)?)?;
    texts.first()?.as_str().map(str::to_owned)
}

/// What it is judged by.
pub(super) fn judged(hit: &FoundHit) -> Option<Judged> {
    Judged::read(hit.fields.get(JUDGED)?.first()?.as_str()?)
}
