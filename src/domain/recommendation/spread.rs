//! The best of several groups rather than the best of one. Invariant: nothing is lost or said twice, and the first is
//! the best.

use std::collections::HashMap;
use std::hash::Hash;

/// What one more of a group that was chosen before is worth.
const REPEATED: f64 = 0.8;

/// Orders what has a score above zero, the best first, each worth less by how many of its group stand before it.
/// What is of no group is never one more of it.
pub fn spread<T, G: Hash + Eq>(scored: Vec<(f64, T)>, group: impl Fn(&T) -> Option<G>) -> Vec<T> {
    let mut left: Vec<(f64, Option<G>, T)> = scored
        .into_iter()
        .map(|(score, one)| (score, group(&one), one))
        .collect();
    // Of equal ones the first.
    left.reverse();
    let mut chosen: HashMap<G, i32> = HashMap::new();
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let worth = |(score, group, _): &(f64, Option<G>, T)| {
            let before = group.as_ref().and_then(|group| chosen.get(group));
            score * REPEATED.powi(before.copied().unwrap_or(0))
        };
        let worths = left.iter().map(worth).enumerate();
        let best = worths.max_by(|a, b| a.1.total_cmp(&b.1));
        let (_, group, one) = left.remove(best.map_or(0, |(at, _)| at));
        if let Some(group) = group {
            *chosen.entry(group).or_default() += 1;
        }
        ordered.push(one);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_group_does_not_take_all_places() {
        let scored = vec![
            (1.0, "a1"),
            (0.99, "a2"),
            (0.98, "a3"),
            (0.7, "b1"),
            (0.1, "c1"),
        ];
        let ordered = spread(scored, |one| one.chars().next());
        assert_eq!(ordered, ["a1", "a2", "b1", "a3", "c1"]);
        let alike = vec![(1.0, "x"), (1.0, "y")];
        assert_eq!(
            spread(alike, |_| None::<u8>),
            ["x", "y"],
            "of equal ones the first"
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_first_is_the_best(scores in proptest::collection::vec((0.001_f64..10.0, 0_u8..4), 0..40)) {
            let scored: Vec<_> = scores.iter().enumerate().map(|(at, (score, _))| (*score, at)).collect();
            let ordered = spread(scored, |at| Some(scores[*at].1));
            let mut sorted = ordered.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..scores.len()).collect::<Vec<_>>());
            if let Some(first) = ordered.first() {
                prop_assert!(scores.iter().all(|(score, _)| *score <= scores[*first].0));
            }
            // Within a group the order is that of the scores.
            for pair in ordered.windows(2) {
                if scores[pair[0]].1 == scores[pair[1]].1 {
                    prop_assert!(scores[pair[0]].0 >= scores[pair[1]].0);
                }
            }
        }
    }
}
