//! The order of relevance: `engine::ranking` applied to columns and postings. Invariant: of two
//! documents the one this puts first is the one the recipe puts first, in whatever segments they are.

use std::cmp::Reverse;
use std::collections::HashMap;

use tantivy::DocId;
use tantivy::columnar::Column;

use super::feedback::{Feedback, Samples, Titles, TypedTitle};
use super::fixed::FixedSignals;
use super::preferred::{Preferred, SegmentPreferred};
use super::score::Score;
use super::signal::{NumberSignal, Signal};
use super::sources::{HiddenSignals, attribute};
use super::top::Top;
use crate::domain::{
    AttributeType, BoostFunction, Explanation, Schema, SearchQuery, Timestamp, Told,
};
use crate::engine::embedded::index::query::keyword::SegmentSought;
use crate::engine::embedded::index::query::segment_text::Met;
use crate::engine::embedded::index::query::text_hits::TextHit;
use crate::engine::embedded::index::segments::columns::{Address, open_number};
use crate::engine::embedded::index::segments::schema::FIRST_SEEN;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{self, Availability, Called, MatchQuality};
use crate::engine::{functional_boost, score};

/// A document and its rank. The order of the fields is the order of the signals; smaller is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Ranked {
    quality: Reverse<MatchQuality>,
    boost: Reverse<u8>,
    availability: Availability,
    /// Wishes of the search that are met.
    preferred: Reverse<u8>,
    called: Reverse<Called>,
    score: Reverse<Score>,
    first_seen: u64,
    pub(in super::super) address: Address,
    pub(in super::super) exact: bool,
    is_complete: bool,
    /// The score without what lifts it and is hidden.
    told: Score,
}

impl Ranked {
    fn lift(&mut self, lifted: impl Fn(f32) -> f32) {
        let score = self.score.0.0 as f32;
        self.score = Reverse(Score(lifted(score).into()));
        self.told = Score(lifted(self.told.0 as f32).into());
    }

    pub(in super::super) fn quality(&self) -> MatchQuality {
        self.quality.0
    }

    /// The whole rank as one number, but for what is hidden.
    pub(in super::super) fn score(&self) -> f64 {
        score::score(score::Signals {
            quality: self.quality.0,
            boost: self.boost.0,
            availability: self.availability,
            preferred: self.preferred.0,
            called: self.called.0,
            text_score: self.told.0,
        })
    }

    /// Whether the query is its title.
    pub(super) fn is_called_so(&self) -> bool {
        self.called.0.is_title()
    }

    /// Whether two variants of one master were found equally well. What is left of the score tells
    /// longer titles from shorter ones, which is no reason to show one and not the other.
    pub(in super::super) fn is_as_relevant_as(&self, other: &Self) -> bool {
        let signals = |of: &Self| (of.quality, of.boost, of.availability, of.preferred);
        signals(self) == signals(other)
    }
}

/// What a segment's documents are ranked by.
pub(in super::super) struct SignalInputs<'a> {
    pub(in super::super) query: &'a SearchQuery,
    pub(in super::super) preferred: &'a Preferred,
}

/// The signals of one segment's documents.
pub(in super::super) struct Signals {
    fixed: FixedSignals,
    introduced: Signal<i64>,
    /// By [`ranking::MARGIN_ATTRIBUTES`].
    margins: [NumberSignal; 2],
    preferred: SegmentPreferred,
    first_seen: Column<u64>,
    functional: Vec<(BoostFunction, NumberSignal)>,
    hidden: HiddenSignals,
    now: Timestamp,
}

impl Signals {
    pub(in super::super) fn open(
        segment: &Segment<'_>,
        schema: &Schema,
        inputs: &SignalInputs<'_>,
    ) -> tantivy::Result<Self> {
        let query = inputs.query;
        let sources = &query.signals;
        let introduced = attribute(&sources.freshness, ranking::FRESHNESS_ATTRIBUTE);
        let introduced = match introduced.and_then(|name| schema.get(name)) {
            Some((number, AttributeType::Date)) => Signal::new(open_number(segment, number)?),
            _ => Signal::Same(None),
        };
        let [hidden, shown] = ranking::MARGIN_ATTRIBUTES;
        let margin = |name| NumberSignal::open(segment, schema, Some(name));
        let boosts = query.functional_boosts.iter().take(SearchQuery::BOOSTS_MAX);
        let functional = boosts
            .map(|boost| {
                let number = NumberSignal::open(segment, schema, Some(boost.field.as_str()))?;
                Ok((boost.function, number))
            })
            .collect::<tantivy::Result<_>>()?;
        Ok(Self {
            fixed: FixedSignals::open(segment, schema, sources)?,
            introduced,
            margins: [margin(hidden)?, margin(shown)?],
            preferred: inputs.preferred.in_segment(segment)?,
            first_seen: segment.numbers_or_none(FIRST_SEEN)?,
            functional,
            hidden: HiddenSignals::of(query),
            now: query.now,
        })
    }

    /// Offers a document, reading no more of it than needed to see that it is not among the best.
    pub(in super::super) fn offer(
        &self,
        top: &mut Top<Ranked>,
        address: Address,
        text: Option<TextHit<'_, '_>>,
    ) {
        let doc = address.doc;
        let Some(mut text) = text else {
            let met = Met {
                quality: MatchQuality::FULL,
                called: Called::OTHERWISE,
                exact: true,
                is_complete: true,
            };
            self.rank(top, address, met, |freshness, margin| {
                self.multiplied(freshness, margin, doc)
            });
            return;
        };
        let met = text.met();
        let hopeless = top
            .threshold()
            .is_some_and(|worst| met.quality < worst.quality.0);
        debug_assert_eq!(text.doc(), doc);
        if !hopeless {
            let score = text.score();
            self.rank(top, address, met, |freshness, margin| {
                ranking::lifted(score, freshness, margin) * self.factor(doc)
            });
        }
    }

    /// By what the functional boosts of the search multiply the score of the document.
    fn factor(&self, doc: DocId) -> f32 {
        let boosts = self.functional.iter();
        let factors =
            boosts.map(|(function, number)| functional_boost::factor(*function, number.of(doc)));
        // Finite, so that no product of one with 0 is no number.
        factors.fold(1.0, |all: f32, one| (all * one).min(f32::MAX))
    }

    /// The score of a document that is not searched by words: with boosts they decide, freshness lifts.
    fn multiplied(&self, freshness: f32, margin: f32, doc: DocId) -> f32 {
        if self.functional.is_empty() {
            return freshness;
        }
        ranking::lifted(1.0, freshness, margin) * self.factor(doc)
    }

    fn margin(&self, doc: DocId) -> f32 {
        ranking::margin(self.margins.iter().find_map(|margin| margin.of(doc)))
    }

    /// The parts of a document's rank; a text that is given stands on it, and without one the match is
    /// as good as is said.
    pub(in super::super) fn explain(
        &self,
        doc: DocId,
        text: Option<&mut SegmentSought<'_>>,
        quality: MatchQuality,
        resemblance: f32,
        behaviour: f32,
    ) -> Explanation {
        let availability = self.fixed.availability(doc);
        let introduced = self.introduced.of(doc).map(Timestamp::from_millis);
        let (quality, words) = match text {
            Some(text) => (quality, text.explain()),
            None => (quality, Vec::new()),
        };
        let hidden = self.hidden;
        Explanation {
            match_quality: quality.step(),
            boost: Told::new(self.fixed.boost(doc), &0, hidden.boost),
            availability: Told::new(
                availability.rank(),
                &Availability::BEST.rank(),
                hidden.availability,
            ),
            preferred: self.preferred.wishes_met(doc),
            text_score: words.iter().map(|word| word.worth).sum(),
            freshness: Told::new(
                ranking::freshness(introduced, self.now),
                &0.0,
                hidden.freshness,
            ),
            margin: Told::new(self.margin(doc), &0.0, self.margins[0].of(doc).is_some()),
            factor: Told::new(self.factor(doc), &1.0, hidden.factor),
            resemblance,
            behaviour,
            words,
        }
    }

    fn rank(
        &self,
        top: &mut Top<Ranked>,
        address: Address,
        met: Met,
        score: impl Fn(f32, f32) -> f32,
    ) {
        let doc = address.doc;
        let quality = Reverse(met.quality);
        let (boost, availability) = self.fixed.standing(doc);
        let preferred = Reverse(self.preferred.wishes_met(doc));
        let signals = (quality, boost, availability, preferred);
        let of = |worst: &Ranked| {
            (
                worst.quality,
                worst.boost,
                worst.availability,
                worst.preferred,
            )
        };
        if top.threshold().is_some_and(|worst| signals > of(worst)) {
            return;
        }
        let introduced = self.introduced.of(doc).map(Timestamp::from_millis);
        let freshness = ranking::freshness(introduced, self.now);
        let margin = self.margin(doc);
        let lifted = score(freshness, margin);
        let called = Reverse(met.called);
        let score_here = Reverse(Score(lifted.into()));
        let is_behind =
            |worst: &Ranked| (signals, called, score_here) > (of(worst), worst.called, worst.score);
        if top.threshold().is_some_and(is_behind) {
            return;
        }
        let told = if margin > 0.0 && self.margins[0].of(doc).is_some() {
            score(freshness, 0.0)
        } else {
            lifted
        };
        top.offer(Ranked {
            quality,
            boost,
            availability,
            preferred,
            called,
            score: score_here,
            first_seen: self.first_seen.first(doc).unwrap_or(u64::MAX),
            address,
            exact: met.exact,
            is_complete: met.is_complete,
            told: Score(told.into()),
        });
    }
}

/// Puts the best hits of a text search, best first, in order anew: those whose titles say what was
/// typed, that resemble the other good matches, and that visitors chose after this query, come before the rest of
/// equal quality, boost and availability. Returns how much each resembles them.
pub(in super::super) fn apply_feedback(
    ranked: &mut [Ranked],
    typed: &TypedTitle<'_>,
    segments: &[Segment<'_>],
    samples: &Samples<'_>,
    behaviour: &HashMap<Address, f32>,
) -> tantivy::Result<Vec<(Address, f32)>> {
    let reach = ranked.len().min(ranking::RESEMBLANCE_HITS_MAX);
    let ranked = &mut ranked[..reach];
    let Some(best) = ranked.first() else {
        return Ok(Vec::new());
    };
    let (quality, is_complete) = (best.quality.0, best.is_complete);
    let all = Titles::open(segments)?;
    let titles = all.read(ranked.iter().map(|hit| hit.address));
    for (place, hit) in ranked.iter_mut().enumerate() {
        let likeness = titles.likeness(place, typed);
        if likeness.is_made_for {
            hit.called.0 = hit.called.0.made_for_it();
        }
        hit.lift(|score| ranking::lifted_by_title(score, likeness));
    }
    let good =
        { ranked.iter() }.take_while(|hit| is_complete && hit.quality.0.meets_as_much_as(quality));
    let good = good.map(|hit| hit.told.0 as f32).enumerate();
    let mut matches: Vec<(usize, f32)> = good.collect();
    matches.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let mut resemblances = Vec::new();
    if let Some(feedback) = Feedback::of(&titles, &matches, &all, samples) {
        for (place, hit) in ranked.iter_mut().enumerate() {
            let resemblance = feedback.resemblance(place);
            resemblances.push((hit.address, resemblance));
            hit.lift(|score| ranking::lifted_by_feedback(score, resemblance));
        }
    }
    // Last: what is chosen says nothing of what the others are like.
    for hit in &mut *ranked {
        if let Some(&behaviour) = behaviour.get(&hit.address) {
            hit.lift(|score| ranking::lifted_by_behaviour(score, behaviour));
        }
    }
    ranked.sort_unstable();
    Ok(resemblances)
}
