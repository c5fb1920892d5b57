//! The order of relevance: `engine::ranking` applied to columns and postings. Invariant: of two
//! documents the one this puts first is the one the recipe puts first, in whatever segments they are.

use std::cmp::Reverse;
use std::collections::HashMap;

use tantivy::DocId;
use tantivy::columnar::Column;

use super::feedback::{Samples, Titles};
use super::fixed::FixedSignals;
use super::preferred::{Preferred, SegmentPreferred};
use super::signal::{NumberSignal, Signal};
use super::top::Top;
use crate::domain::{
    AttributeType, BoostFunction, Explanation, Schema, SearchQuery, Timestamp, Told,
};
use crate::engine::asked::HiddenSignals;
use crate::engine::embedded::index::query::keyword::SegmentSought;
use crate::engine::embedded::index::query::text_hits::TextHit;
use crate::engine::embedded::index::segments::columns::{Address, open_number};
use crate::engine::embedded::index::segments::schema::FIRST_SEEN;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::functional_boost;
use crate::engine::ranking::{self, Availability, MatchQuality, Met, Score, TypedTitle};

/// A document and its rank.
pub(in super::super) type Ranked = ranking::Ranked<Address>;

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
        let introduced = sources.freshness.attribute(ranking::FRESHNESS_ATTRIBUTE);
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
            self.rank(top, address, Met::FULL, |freshness, margin| {
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

/// Puts the best hits of a text search, best first, in order anew; returns how much each resembles the others.
pub(in super::super) fn apply_feedback(
    ranked: &mut [Ranked],
    typed: &TypedTitle<'_>,
    segments: &[Segment<'_>],
    samples: &Samples<'_>,
    behaviour: &HashMap<Address, f32>,
) -> tantivy::Result<Vec<(Address, f32)>> {
    let reach = ranking::reach(ranked.len());
    let ranked = &mut ranked[..reach];
    if ranked.is_empty() {
        return Ok(Vec::new());
    }
    let all = Titles::open(segments)?;
    let titles = all.read(ranked.iter().map(|hit| hit.address));
    let sample = || samples.cache.of(samples.searcher, &all);
    let behaviour = |address: &Address| behaviour.get(address).copied();
    Ok(ranking::apply_feedback(
        ranked, &titles, typed, sample, behaviour,
    ))
}
