//! What is bought together more often than chance would have it: support, lift and decay of pairs. Invariant: a pair
//! that fewer transactions have than [`CoPurchase::SUPPORT_MIN`] goes with nothing.

/// The week something is counted under, of days since the Unix epoch.
pub fn week_of(day: i64) -> i64 {
    day.div_euclid(7)
}

/// How often something happened, week by week, the latest first: an older one weighs less. All weights fall alike
/// from week to week, so nothing has to be weighed anew when time goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weekly {
    total: u64,
    weighed: f64,
    held_by: Option<i64>,
}

impl Weekly {
    /// Adds a week that lies before all that were added.
    pub fn add(&mut self, week: i64, times: u64, now: i64) {
        let age = now.saturating_sub(week).max(0) as f64;
        self.total = self.total.saturating_add(times);
        self.weighed += times as f64 * 0.5_f64.powf(age / CoPurchase::HALF_LIFE_WEEKS);
        if self.total >= CoPurchase::SUPPORT_MIN {
            self.held_by.get_or_insert(week);
        }
    }

    pub fn weighed(&self) -> f64 {
        self.weighed
    }

    /// The week from which on it has its support, and with which it loses it; `None` without.
    pub fn held_by(&self) -> Option<i64> {
        self.held_by
    }
}

/// How often two objects were bought, together and each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoPurchase {
    pub both: Weekly,
    pub first: Weekly,
    pub second: Weekly,
    /// All transactions.
    pub all: Weekly,
}

impl CoPurchase {
    /// Transactions that have both.
    pub const SUPPORT_MIN: u64 = 3;
    /// How many times more often than by chance: some of what happens by chance lies a little above 1.
    pub const LIFT_MIN: f64 = 1.2;
    const HALF_LIFE_WEEKS: f64 = 6.0;
    /// So many transactions more would make a pair twice as sure as none.
    const UNSURE: f64 = 2.0;

    /// How many times more often they are bought together than by chance.
    pub fn lift(&self) -> f64 {
        let by_chance = self.first.weighed * self.second.weighed;
        if by_chance > 0.0 {
            self.both.weighed * self.all.weighed / by_chance
        } else {
            0.0
        }
    }

    /// How much the second goes with the first; `None` where nothing says that it does. The share of its buyers, by
    /// how much that is above chance, less where few transactions say so.
    pub fn score(&self) -> Option<f64> {
        let lift = self.lift();
        if self.both.total < Self::SUPPORT_MIN || lift < Self::LIFT_MIN {
            return None;
        }
        let share = (self.both.weighed / self.first.weighed).min(1.0);
        let support = self.both.total as f64;
        Some(share * (support / (support + Self::UNSURE)) * lift.ln_1p())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn once(times: u64) -> Weekly {
        let mut weekly = Weekly::default();
        weekly.add(100, times, 100);
        weekly
    }

    fn pair(both: u64, first: u64, second: u64, all: u64) -> CoPurchase {
        CoPurchase {
            both: once(both),
            first: once(first),
            second: once(second),
            all: once(all),
        }
    }

    #[test]
    fn what_everybody_buys_goes_with_nothing() {
        let popular = pair(40, 80, 500, 1_000);
        assert_eq!(popular.score(), None, "lift {}", popular.lift());
        let planted = pair(40, 80, 60, 1_000);
        assert!(planted.score().is_some());
    }

    #[test]
    fn older_weeks_weigh_less() {
        let (mut lately, mut before) = (Weekly::default(), Weekly::default());
        lately.add(100, 8, 100);
        before.add(94, 8, 100);
        assert!((lately.weighed() - 2.0 * before.weighed()).abs() < 1e-9);
    }

    #[test]
    fn support_is_held_by_the_week_that_completes_it() {
        let mut weekly = Weekly::default();
        weekly.add(100, 1, 101);
        weekly.add(99, 1, 101);
        assert_eq!(weekly.held_by(), None);
        weekly.add(97, 1, 101);
        weekly.add(90, 7, 101);
        assert_eq!(weekly.held_by(), Some(97));
    }

    #[test]
    fn days_before_the_epoch_have_weeks_too() {
        assert_eq!(
            (week_of(-1), week_of(0), week_of(6), week_of(7)),
            (-1, 0, 0, 1)
        );
    }

    proptest! {
        #[test]
        fn below_the_support_nothing_goes_together(both in 0..CoPurchase::SUPPORT_MIN, more in 0_u64..50, all in 100_u64..100_000) {
            let scored = pair(both, both + more, both + more, all);
            prop_assert_eq!(scored.score(), None);
        }

        #[test]
        fn a_pair_that_is_bought_more_often_goes_together_more(both in 3_u64..50, more in 1_u64..20, alone in 0_u64..50) {
            let all = 100_000;
            let of = |both: u64| pair(both, 100 + alone, 100 + alone, all).score();
            let (less, more) = (of(both), of(both + more));
            prop_assert!(less.is_some() && more > less, "{:?} {:?}", less, more);
        }

        #[test]
        fn time_that_passes_changes_no_order(weeks in 0_i64..40, a in 3_u64..30, b in 3_u64..30) {
            let at = |times: u64, week: i64, now: i64| {
                let mut weekly = Weekly::default();
                weekly.add(week, times, now);
                weekly
            };
            let score = |both: u64, week: i64, now: i64| CoPurchase {
                both: at(both, week, now),
                first: at(50, 98, now),
                second: at(50, 98, now),
                all: at(5_000, 99, now),
            }.score();
            let before = score(a, 96, 100) > score(b, 99, 100);
            prop_assert_eq!(before, score(a, 96, 100 + weeks) > score(b, 99, 100 + weeks));
        }

        #[test]
        fn a_score_is_a_finite_number_above_zero(both in 0_u64..1_000, first in 0_u64..1_000, second in 0_u64..1_000, all in 0_u64..10_000) {
            if let Some(score) = pair(both, first, second, all).score() {
                prop_assert!(score.is_finite() && score > 0.0);
            }
        }
    }
}
