//! When to stop asking a cluster that fails. Invariant: it opens after so many failures in a row within the window, and an
//! open one lets somebody try again after the pause; that try decides.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Failures in a row, and within how long.
const FAILURES: u32 = 5;
const WINDOW: Duration = Duration::from_secs(10);
/// How long nobody asks.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    first: Option<Instant>,
    opened: Option<Instant>,
}

impl Breaker {
    /// How long it is still open; `None` when one may ask.
    pub(super) fn open_for(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        let left = (state.opened? + PAUSE).saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    pub(super) fn succeeded(&self) {
        *self.state() = State::default();
    }

    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        if state.opened.is_some() {
            // The one who tried again found it as it was.
            state.opened = Some(now);
            return;
        }
        let is_recent = state.first.is_some_and(|first| now < first + WINDOW);
        if !is_recent {
            state.failures = 0;
            state.first = Some(now);
        }
        state.failures += 1;
        if state.failures >= FAILURES {
            state.opened = Some(now);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_open_it_for_a_while() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 1..FAILURES {
            breaker.failed(now);
            assert_eq!(breaker.open_for(now), None);
        }
        breaker.failed(now);
        assert_eq!(breaker.open_for(now), Some(PAUSE));
        let later = now + PAUSE;
        assert_eq!(breaker.open_for(later), None, "one may try");
        breaker.failed(later);
        assert_eq!(
            breaker.open_for(later),
            Some(PAUSE),
            "the first failure then is enough"
        );
        breaker.succeeded();
        assert_eq!(breaker.open_for(later), None);
    }

    #[test]
    fn failures_far_apart_and_those_before_a_success_do_not_count() {
        let (breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..3 * FAILURES {
            breaker.failed(now);
            now += WINDOW;
        }
        assert_eq!(breaker.open_for(now), None);
        for _ in 0..FAILURES {
            breaker.succeeded();
            breaker.failed(now);
        }
        assert_eq!(breaker.open_for(now), None);
    }
}
