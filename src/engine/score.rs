//! One number that says how well a hit was found, for clients that compare hits by a number
//! (docs/reference/10-swiftype.md §6, `_score`). Invariant: it is above zero, and of two hits that relevance
//! put in order the first never has the lower one, whatever page or segment they are of, unless something
//! hidden put them in order: of that the number says nothing.

use super::ranking::{Availability, Called, MatchQuality, Ranked};

/// Signals in the order in which they decide; greater is better but for the availability.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    pub quality: MatchQuality,
    /// 0 to 3.
    pub boost: u8,
    pub availability: Availability,
    /// Wishes of the search that are met; above [`PREFERRED_MAX`] they count alike.
    pub preferred: u8,
    pub called: Called,
    /// With all that lifts or multiplies it and may be told.
    pub text_score: f64,
}

const BOOSTS: f64 = 4.0;
const AVAILABILITY_WORST: u8 = 15;
const PREFERRED_MAX: u8 = 31;

/// The whole part is the step of the match quality, from one. Its fraction is divided by the boost, each
/// share of it by the availability, each of those by the wishes met and by what the document is called; the
/// logarithm of the text score lies in
/// what is left. Documents differ in none of these three, so among those that meet a query equally well
/// the text score alone decides.
pub fn score(signals: Signals) -> f64 {
    let text = signals.text_score.clamp(0.0, f64::from(f32::MAX)).ln_1p();
    let share = text / (f64::from(f32::MAX).ln_1p() + 1.0);
    let called = f64::from(signals.called.rank()) + share;
    let share = called / f64::from(Called::MAX + 1);
    let preferred = f64::from(signals.preferred.min(PREFERRED_MAX)) + share;
    let share = preferred / f64::from(PREFERRED_MAX + 1);
    let availability =
        f64::from(AVAILABILITY_WORST.saturating_sub(signals.availability.rank())) + share;
    let share = availability / f64::from(AVAILABILITY_WORST);
    let share = (f64::from(signals.boost) + share) / BOOSTS;
    f64::from(signals.quality.step()) + 1.0 + share
}

impl<A> Ranked<A> {
    /// The whole rank as one number, but for what is hidden.
    pub fn score(&self) -> f64 {
        score(Signals {
            quality: self.quality.0,
            boost: self.boost.0,
            availability: self.availability,
            preferred: self.preferred.0,
            called: self.called.0,
            text_score: self.told.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use proptest::prelude::*;

    use super::*;

    fn any_signals() -> impl Strategy<Value = Signals> {
        let called = any::<[bool; 3]>().prop_map(|[is_title, is_kind, in_title]| {
            Called::new(is_title, is_kind).in_title(in_title)
        });
        let quality = (0_u8..=8, 0_u32..9, called);
        let text_score = prop_oneof![0.0..20.0, 0.0..1e7, Just(f64::from(f32::MAX))];
        (quality, 0_u8..=3, 1_u8..=15, 0_u8..=20, text_score).prop_map(
            |((met, edits, called), boost, rank, preferred, text_score)| Signals {
                quality: MatchQuality::new(f32::from(met) / 8.0, edits, called),
                called,
                boost,
                availability: Availability::new(None, Some(f64::from(rank))),
                preferred,
                text_score,
            },
        )
    }

    proptest! {
        #[test]
        fn it_is_in_the_order_of_the_signals(one in any_signals(), other in any_signals()) {
            let rank = |of: &Signals| (
                of.quality,
                of.boost,
                Reverse(of.availability),
                of.preferred,
                of.called,
            );
            let by_signals = rank(&one)
                .cmp(&rank(&other))
                .then(one.text_score.total_cmp(&other.text_score));
            if by_signals.is_ge() {
                prop_assert!(score(one) >= score(other), "{} < {}", score(one), score(other));
            }
            prop_assert!(score(one) > 0.0 && score(one).is_finite());
        }
    }

    #[test]
    fn text_scores_that_differ_visibly_have_scores_that_differ() {
        let of = |text_score: f64| {
            score(Signals {
                quality: MatchQuality::FULL,
                boost: 0,
                availability: Availability::new(None, None),
                preferred: 0,
                called: Called::OTHERWISE,
                text_score,
            })
        };
        let mut text_score = 0.01;
        while text_score < 1e30 {
            assert!(of(text_score) < of(text_score * 1.0001), "{text_score}");
            text_score *= 3.0;
        }
        // What is no score of a text is none that breaks an answer.
        for odd in [f64::NEG_INFINITY, f64::INFINITY] {
            assert!(of(odd).is_finite());
        }
    }
}
