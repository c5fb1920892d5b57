//! When a file is tried again. Invariant: a wait is never shorter than three quarters of what its step says, nor longer
//! than a day and a quarter; many files of one server that was away do not come back at one moment.

use std::time::Duration;

/// Each wait is so many times the one before.
const GROWS_BY: u32 = 4;

/// Longest wait that nobody asked for.
const WAIT_MAX: Duration = Duration::from_secs(6 * 60 * 60);

/// How long to wait after so many tries in vain. `spread` is from 0 to 1.
pub(super) fn wait(first: Duration, tries: u32, asked: Option<Duration>, spread: f64) -> Duration {
    let steps = tries.saturating_sub(1).min(16);
    let own = first
        .saturating_mul(GROWS_BY.saturating_pow(steps))
        .min(WAIT_MAX);
    let around = own.mul_f64(0.75 + spread.clamp(0.0, 1.0) / 2.0);
    // Who asks for time gets it, and a little more where many are asked at once.
    match asked {
        Some(asked) if asked > around => asked.mul_f64(1.0 + spread.clamp(0.0, 1.0) / 8.0),
        _ => around,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn waits_grow_up_to_a_bound() {
        let waits = (1..=8).map(|tries| wait(30 * S, tries, None, 0.5).as_secs());
        let expected = [30, 120, 480, 1_920, 7_680, 21_600, 21_600, 21_600];
        assert_eq!(waits.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_server_that_asks_for_time_gets_it() {
        assert_eq!(wait(30 * S, 1, Some(90 * S), 0.0), 90 * S);
        assert_eq!(wait(30 * S, 1, Some(S), 0.5), 30 * S);
    }

    proptest! {
        #[test]
        fn no_wait_is_out_of_bounds(
            first in 1_u64..=3_600, tries in 0_u32.., asked in proptest::option::of(0_u64..=86_400), spread in any::<f64>(),
        ) {
            let first = Duration::from_secs(first);
            let spread = if spread.is_nan() { 0.5 } else { spread };
            let wait = wait(first, tries, asked.map(Duration::from_secs), spread);
            prop_assert!(wait >= first.mul_f64(0.75));
            prop_assert!(wait <= 108_000 * S);
        }
    }
}
