//! The order of relevance: `engine::ranking` applied to columns and postings. Invariant: of two
//! documents the one this puts first is the one the recipe puts first, in whatever segments they are.

use std::cmp::{Ordering, Reverse};

use tantivy::DocId;
use tantivy::columnar::{Cardinality, Column};

use super::feedback::{Feedback, Samples, Titles};
use super::preferred::{Preferred, SegmentPreferred};
use super::sources::{HiddenSignals, attribute};
use super::top::Top;
use crate::domain::{
    AttributeType, BoostFunction, Explanation, Schema, SearchQuery, Timestamp, Told,
};
use crate::engine::embedded::index::query::keyword::SegmentSought;
use crate::engine::embedded::index::query::text::Met;
use crate::engine::embedded::index::segments::columns::{
    Address, Source, SourceColumn, booleans_of, open_number,
};
use crate::engine::embedded::index::segments::schema::FIRST_SEEN;
use crate::engine::embedded::index::segments::segment::Segment;
use crate::engine::ranking::{self, MatchQuality, Supply};
use crate::engine::{functional_boost, score};

/// A document and its rank. The order of the fields is the order of the signals; smaller is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Ranked {
    quality: Reverse<MatchQuality>,
    boost: Reverse<u8>,
    supply: Supply,
    /// Wishes of the search that are met.
    preferred: Reverse<u8>,
    score: Reverse<Score>,
    first_seen: u64,
    pub(in super::super) address: Address,
    pub(in super::super) exact: bool,
    /// The score without what lifts it and is hidden.
    told: Score,
}

impl Ranked {
    fn lift(&mut self, lifted: impl Fn(f32) -> f32) {
        let score = self.score.0.0 as f32;
        self.score = Reverse(Score(lifted(score).into()));
        self.told = Score(lifted(self.told.0 as f32).into());
    }

    /// The whole rank as one number, but for what is hidden.
    pub(in super::super) fn score(&self) -> f64 {
        score::score(score::Signals {
            quality: self.quality.0,
            boost: self.boost.0,
            supply: self.supply,
            preferred: self.preferred.0,
            text_score: self.told.0,
        })
    }

    /// Whether two variants of one master were found equally well. What is left of the score tells
    /// longer titles from shorter ones, which is no reason to show one and not the other.
    pub(in super::super) fn is_as_relevant_as(&self, other: &Self) -> bool {
        let signals = |of: &Self| (of.quality, of.boost, of.supply, of.preferred);
        signals(self) == signals(other)
    }
}

/// What a segment's documents are ranked by.
pub(in super::super) struct SignalInputs<'a> {
    pub(in super::super) query: &'a SearchQuery,
    pub(in super::super) preferred: &'a Preferred,
}

/// Never NaN; ordered as numbers are.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Score(f64);

impl Score {
    pub(in super::super) fn new(score: f64) -> Self {
        Self(score)
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// One signal of a segment's documents. Most of them are often the same for all: `boost` is 0 where
/// none was sent.
enum Signal<T> {
    Same(Option<T>),
    Differing(Column<T>),
}

impl<T> Signal<T>
where
    T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static,
{
    fn new(column: Option<Column<T>>) -> Self {
        match column {
            None => Self::Same(None),
            Some(column) => {
                let (least, greatest) = (column.min_value(), column.max_value());
                let all_have_one = column.get_cardinality() == Cardinality::Full;
                if all_have_one && least == greatest {
                    Self::Same(Some(least))
                } else {
                    Self::Differing(column)
                }
            }
        }
    }

    fn of(&self, doc: DocId) -> Option<T> {
        match self {
            Self::Same(value) => *value,
            Self::Differing(column) => column.first(doc),
        }
    }
}

/// A signal that is a number; a boolean is 1 or 0.
enum NumberSignal {
    Number(Signal<f64>),
    /// By their number in the segment's dictionary, and which of them are `false` and `true`.
    Boolean(Column<u64>, [Option<u64>; 2]),
}

impl NumberSignal {
    fn open(segment: &Segment<'_>, schema: &Schema, name: Option<&str>) -> tantivy::Result<Self> {
        Ok(match name.and_then(|name| schema.get(name)) {
            Some((number, AttributeType::Numeric)) => {
                Self::Number(Signal::new(open_number(segment, number)?))
            }
            Some((number, AttributeType::Boolean)) => {
                match Source::Boolean(number).open(segment)? {
                    Some(SourceColumn {
                        values,
                        texts: Some(texts),
                    }) => Self::Boolean(values, booleans_of(&texts)?),
                    _ => Self::Number(Signal::Same(None)),
                }
            }
            _ => Self::Number(Signal::Same(None)),
        })
    }

    fn of(&self, doc: DocId) -> Option<f64> {
        match self {
            Self::Number(signal) => signal.of(doc),
            Self::Boolean(values, [no, yes]) => {
                let mut values = values.values_for_doc(doc);
                let known = values.find(|value| [*no, *yes].contains(&Some(*value)))?;
                let is_true = Some(known) == *yes;
                Some(f64::from(u8::from(is_true)))
            }
        }
    }
}

/// The signals of one segment's documents.
pub(in super::super) struct Signals {
    boost: NumberSignal,
    availability: NumberSignal,
    availability_rank: NumberSignal,
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
        let number = |source, usual| {
            let name = attribute(source, usual);
            NumberSignal::open(segment, schema, name)
        };
        let introduced = attribute(&sources.freshness, ranking::NEWNESS_ATTRIBUTE);
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
            boost: number(&sources.boost, ranking::BOOST_ATTRIBUTE)?,
            availability: number(&sources.availability, ranking::AVAILABILITY_ATTRIBUTE)?,
            availability_rank: number(
                &sources.availability_rank,
                ranking::AVAILABILITY_RANK_ATTRIBUTE,
            )?,
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
        text: Option<&mut SegmentSought<'_>>,
    ) {
        let doc = address.doc;
        let Some(text) = text else {
            let met = Met {
                quality: MatchQuality::FULL,
                exact: true,
            };
            self.rank(top, address, met, |newness, margin| {
                self.multiplied(newness, margin, doc)
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
            self.rank(top, address, met, |newness, margin| {
                ranking::lifted(score, newness, margin) * self.factor(doc)
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

    /// The score of a document that is not searched by words: with boosts they decide, newness lifts.
    fn multiplied(&self, newness: f32, margin: f32, doc: DocId) -> f32 {
        if self.functional.is_empty() {
            return newness;
        }
        ranking::lifted(1.0, newness, margin) * self.factor(doc)
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
        without_words: MatchQuality,
        resemblance: f32,
    ) -> Explanation {
        let supply = Supply::new(self.availability.of(doc), self.availability_rank.of(doc));
        let introduced = self.introduced.of(doc).map(Timestamp::from_millis);
        let (quality, words) = match text {
            Some(text) => (text.met().quality, text.explain()),
            None => (without_words, Vec::new()),
        };
        let hidden = self.hidden;
        Explanation {
            match_quality: quality.step(),
            boost: Told::new(ranking::boost(self.boost.of(doc)), &0, hidden.boost),
            supply: Told::new(supply.rank(), &Supply::BEST.rank(), hidden.supply),
            preferred: self.preferred.wishes_met(doc),
            text_score: words.iter().map(|word| word.worth).sum(),
            newness: Told::new(ranking::newness(introduced, self.now), &0.0, hidden.newness),
            margin: Told::new(self.margin(doc), &0.0, self.margins[0].of(doc).is_some()),
            factor: Told::new(self.factor(doc), &1.0, hidden.factor),
            resemblance,
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
        let boost = Reverse(ranking::boost(self.boost.of(doc)));
        let supply = Supply::new(self.availability.of(doc), self.availability_rank.of(doc));
        let preferred = Reverse(self.preferred.wishes_met(doc));
        let hopeless = top.threshold().is_some_and(|worst| {
            let of_worst = (worst.quality, worst.boost, worst.supply, worst.preferred);
            (quality, boost, supply, preferred) > of_worst
        });
        if hopeless {
            return;
        }
        let introduced = self.introduced.of(doc).map(Timestamp::from_millis);
        let newness = ranking::newness(introduced, self.now);
        let margin = self.margin(doc);
        let lifted = score(newness, margin);
        let told = if margin > 0.0 && self.margins[0].of(doc).is_some() {
            score(newness, 0.0)
        } else {
            lifted
        };
        top.offer(Ranked {
            quality,
            boost,
            supply,
            preferred,
            score: Reverse(Score(lifted.into())),
            first_seen: self.first_seen.first(doc).unwrap_or(u64::MAX),
            address,
            exact: met.exact,
            told: Score(told.into()),
        });
    }
}

/// Puts the best hits of a text search, best first, in order anew: those whose titles say what was
/// typed, and that resemble the other good matches, come before the rest of equal quality, boost and
/// supply. Returns how much each resembles them.
pub(in super::super) fn apply_feedback(
    ranked: &mut [Ranked],
    typed: &[u64],
    segments: &[Segment<'_>],
    samples: &Samples<'_>,
) -> tantivy::Result<Vec<(Address, f32)>> {
    let reach = ranked.len().min(ranking::RESEMBLANCE_HITS_MAX);
    let ranked = &mut ranked[..reach];
    let Some(quality) = ranked.first().map(|best| best.quality.0) else {
        return Ok(Vec::new());
    };
    let titles = Titles::open(segments)?;
    for hit in &mut *ranked {
        let likeness = titles.likeness(hit.address, typed);
        hit.lift(|score| ranking::lifted_by_title(score, likeness));
    }
    let mut matches: Vec<(Address, f32)> = ranked
        .iter()
        .take_while(|hit| quality.is_complete() && hit.quality.0.meets_as_much_as(quality))
        .map(|hit| (hit.address, hit.told.0 as f32))
        .collect();
    matches.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let mut resemblances = Vec::new();
    if let Some(peers) = Feedback::of(&titles, &matches, samples) {
        for hit in &mut *ranked {
            let resemblance = peers.resemblance(hit.address);
            resemblances.push((hit.address, resemblance));
            hit.lift(|score| ranking::lifted_by_peers(score, resemblance));
        }
    }
    ranked.sort_unstable();
    Ok(resemblances)
}
