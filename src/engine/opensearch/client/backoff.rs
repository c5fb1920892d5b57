//! How long to wait before something is tried again. Invariant: waits grow, are spread over all of their range, so that those
//! who failed together do not come back together, and all of them together stay within a budget.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// The tries of one request.
pub(super) struct Backoff {
    tries: u32,
    ends: Instant,
}

impl Backoff {
    pub(super) fn new(now: Instant, budget: Duration) -> Self {
        Self {
            tries: 0,
            ends: now + budget,
        }
    }

    /// How long to wait, at least as long as the server asked for; `None` when that is not left. `luck` lies between 0
    /// and 1.
    pub(super) fn next(
        &mut self,
        now: Instant,
        asked: Option<Duration>,
        luck: f64,
    ) -> Option<Duration> {
        let most = FIRST.saturating_mul(1 << self.tries.min(16)).min(LONGEST);
        self.tries += 1;
        let wait = most.mul_f64(luck).max(asked.unwrap_or_default());
        (now + wait < self.ends).then_some(wait)
    }

    /// What is left of the budget.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.ends.saturating_duration_since(now)
    }
}

/// Between 0 and 1.
pub(super) fn luck() -> f64 {
    let bits = uuid::Uuid::new_v4().as_u128() as u32;
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_use_all_of_their_range() {
        let now = Instant::now();
        let mut backoff = Backoff::new(now, Duration::from_secs(3600));
        let waits: Vec<u128> = (0..9)
            .filter_map(|_| backoff.next(now, None, 1.0))
            .map(|wait| wait.as_millis())
            .collect();
        assert_eq!(
            waits,
            [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
        );
        let mut backoff = Backoff::new(now, Duration::from_secs(3600));
        assert_eq!(backoff.next(now, None, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn what_the_server_asks_for_is_waited_and_the_budget_ends_it() {
        let now = Instant::now();
        let mut backoff = Backoff::new(now, Duration::from_secs(4));
        let asked = Some(Duration::from_secs(3));
        assert_eq!(backoff.next(now, asked, 0.5), asked);
        assert_eq!(backoff.next(now + Duration::from_secs(3), asked, 0.5), None);
    }

    #[test]
    fn luck_lies_between_nothing_and_all() {
        assert!((0..1000).all(|_| (0.0..=1.0).contains(&luck())));
    }
}
