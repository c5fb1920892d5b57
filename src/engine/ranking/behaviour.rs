//! What visitors did after a query, as a signal (docs/reference/05-search.md §6). Invariant: it lifts the text score
//! and nothing else, to twice of it at most, so an object stays behind whatever is a better match, boosted more or
//! easier to be had.

/// How much the text score of an object is lifted that everybody chooses.
const LIFT: f32 = 1.0;

/// How much has to be done with the object that is chosen most before half of it counts: a few clicks say little.
const HALF: f32 = 10.0;

/// What visitors did with one object after a query, from 0 to 1, beside the one with which they did most. Points are
/// those of popularity (docs/reference/06-autocomplete-and-others.md §3).
pub fn behaviour(points: u64, most: u64) -> f32 {
    points.min(most) as f32 / (most as f32 + HALF)
}

/// The text score with behaviour taken in, which is between 0 and 1.
pub fn lifted_by_behaviour(text_score: f32, behaviour: f32) -> f32 {
    text_score * (1.0 + LIFT * behaviour.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_data_it_is_off_and_with_little_it_says_little() {
        assert!(behaviour(0, 0).abs() < f32::EPSILON);
        assert!((lifted_by_behaviour(3.0, 0.0) - 3.0).abs() < f32::EPSILON);
        assert!(behaviour(1, 1) < 0.1 && behaviour(1_000, 1_000) > 0.9);
    }

    proptest! {
        #[test]
        fn it_lifts_and_at_most_doubles(points: u64, most: u64, score in 0.0_f32..1e6) {
            let lifted = lifted_by_behaviour(score, behaviour(points, most));
            prop_assert!(lifted >= score && lifted <= 2.0 * score);
        }

        #[test]
        fn who_is_chosen_more_is_lifted_more(one in 0_u64..1_000, other in 0_u64..1_000) {
            let most = one.max(other);
            prop_assert_eq!(one > other, behaviour(one, most) > behaviour(other, most));
        }
    }
}
