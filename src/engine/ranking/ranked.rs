//! A hit and its rank. Invariant: of two hits the one that is less is the one the recipe puts first, wherever they were found.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use super::{
    Availability, Called, Feedback, MatchQuality, RESEMBLANCE_HITS_MAX, ReadTitles, Sample,
    TypedTitle, lifted_by_behaviour, lifted_by_feedback, lifted_by_title,
};

/// A score that hits are put in order by. Never NaN; ordered as numbers are.
#[derive(Clone, Copy, Debug)]
pub struct Score(pub f64);

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

/// An object, where it lies, and its rank. The order of the fields is the order of the signals; smaller is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ranked<A> {
    pub quality: Reverse<MatchQuality>,
    pub boost: Reverse<u8>,
    pub availability: Availability,
    /// Wishes of the search that are met.
    pub preferred: Reverse<u8>,
    pub called: Reverse<Called>,
    pub score: Reverse<Score>,
    pub first_seen: u64,
    pub address: A,
    pub exact: bool,
    pub is_complete: bool,
    /// The score without what lifts it and is hidden.
    pub told: Score,
}

impl<A> Ranked<A> {
    fn lift(&mut self, lifted: impl Fn(f32) -> f32) {
        let score = self.score.0.0 as f32;
        self.score = Reverse(Score(lifted(score).into()));
        self.told = Score(lifted(self.told.0 as f32).into());
    }

    pub fn quality(&self) -> MatchQuality {
        self.quality.0
    }

    /// Whether the query is its title.
    pub fn is_called_so(&self) -> bool {
        self.called.0.is_title()
    }

    /// Whether two variants of one master were found equally well. What is left of the score tells
    /// longer titles from shorter ones, which is no reason to show one and not the other.
    pub fn is_as_relevant_as(&self, other: &Self) -> bool {
        let signals = |of: &Self| (of.quality, of.boost, of.availability, of.preferred);
        signals(self) == signals(other)
    }
}

/// Of variants of one master, best first, the one that is shown: of those found as well as the best by preference, then by price,
/// then as they were sent. `says` are both, where it has them.
pub fn shown_variant<A: Ord>(
    ranked: &[Ranked<A>],
    says: impl Fn(&A) -> (Option<f64>, Option<f64>),
) -> Option<&Ranked<A>> {
    let best = ranked.first()?;
    let equals = ranked.iter().take_while(|hit| hit.is_as_relevant_as(best));
    equals.min_by(|one, other| {
        let key = |hit: &Ranked<A>| {
            let (preference, price) = says(&hit.address);
            (
                Reverse(Score(preference.unwrap_or(f64::NEG_INFINITY))),
                Score(price.unwrap_or(f64::INFINITY)),
            )
        };
        let by_said = key(one).cmp(&key(other));
        by_said.then_with(|| one.address.cmp(&other.address))
    })
}

/// What says which of several variants is wanted first.
pub const PREFERENCE_ATTRIBUTE: &str = "_variant_preference";
pub const PRICE_ATTRIBUTE: &str = "price_amount";

/// How many of the best hits are put in order anew.
pub fn reach(hits: usize) -> usize {
    hits.min(RESEMBLANCE_HITS_MAX)
}

/// Puts the best hits of a text search, best first, in order anew: those whose titles say what was
/// typed, that resemble the other good matches, and that visitors chose after this query, come before the rest of
/// equal quality, boost and availability. Returns how much each resembles them. `titles` are those of the hits.
pub fn apply_feedback<A: Ord + Copy>(
    ranked: &mut [Ranked<A>],
    titles: &ReadTitles,
    typed: &TypedTitle<'_>,
    sample: impl FnOnce() -> Arc<Sample>,
    behaviour: impl Fn(&A) -> Option<f32>,
) -> Vec<(A, f32)> {
    let Some(best) = ranked.first() else {
        return Vec::new();
    };
    let (quality, is_complete) = (best.quality.0, best.is_complete);
    for (place, hit) in ranked.iter_mut().enumerate() {
        let likeness = titles.likeness(place, typed);
        if likeness.is_made_for {
            hit.called.0 = hit.called.0.made_for_it();
        }
        hit.lift(|score| lifted_by_title(score, likeness));
    }
    let good =
        { ranked.iter() }.take_while(|hit| is_complete && hit.quality.0.meets_as_much_as(quality));
    let good = good.map(|hit| hit.told.0 as f32).enumerate();
    let mut matches: Vec<(usize, f32)> = good.collect();
    matches.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let mut resemblances = Vec::new();
    if let Some(feedback) = Feedback::of(titles, &matches, sample) {
        for (place, hit) in ranked.iter_mut().enumerate() {
            let resemblance = feedback.resemblance(place);
            resemblances.push((hit.address, resemblance));
            hit.lift(|score| lifted_by_feedback(score, resemblance));
        }
    }
    // Last: what is chosen says nothing of what the others are like.
    for hit in &mut *ranked {
        if let Some(behaviour) = behaviour(&hit.address) {
            hit.lift(|score| lifted_by_behaviour(score, behaviour));
        }
    }
    ranked.sort_unstable();
    resemblances
}
