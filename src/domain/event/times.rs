//! When an event happened, by its own words or by ours (docs/reference/06-autocomplete-and-others.md §6.2, §6.7).

use crate::domain::time::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Further off is a mistake, of a clock or of who took milliseconds for seconds.
const OFF_MAX_MS: i64 = 7 * DAY_MS;

/// When an event happened that says so in seconds since the Unix epoch, or does not say. `None` for a time that
/// cannot be. What seems to come from the future happens now.
pub fn moment(said_s: Option<f64>, now: Timestamp) -> Option<Timestamp> {
    let Some(said_s) = said_s else {
        return Some(now);
    };
    // Saturates: what does not fit is out of bounds.
    let millis = (said_s * 1000.0) as i64;
    let off = millis.saturating_sub(now.as_millis());
    let is_good = said_s.is_finite() && (-OFF_MAX_MS..=OFF_MAX_MS).contains(&off);
    is_good.then(|| Timestamp::from_millis(millis).min(now))
}

/// The day something is counted under, in days since the Unix epoch, UTC.
pub fn day_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_791_000_000;

    fn at(said_s: f64) -> Option<i64> {
        let now = Timestamp::from_millis(NOW_S * 1000);
        moment(Some(said_s), now).map(|at| at.as_millis() / 1000)
    }

    #[test]
    fn a_week_off_is_taken_and_more_is_not() {
        let week = 7 * 24 * 60 * 60;
        assert_eq!(at((NOW_S - week) as f64), Some(NOW_S - week));
        assert_eq!(at((NOW_S + week) as f64), Some(NOW_S), "not in the future");
        for absurd in [
            (NOW_S - week - 1) as f64,
            (NOW_S + week + 1) as f64,
            (NOW_S * 1000) as f64,
            0.0,
            -1.0,
            1e300,
            f64::NAN,
        ] {
            assert_eq!(at(absurd), None, "{absurd}");
        }
        let now = Timestamp::from_millis(5);
        assert_eq!(moment(None, now), Some(now));
    }

    #[test]
    fn days_are_those_of_utc() {
        let day = |ms| day_of(Timestamp::from_millis(ms));
        assert_eq!(
            (day(0), day(DAY_MS - 1), day(DAY_MS), day(-1)),
            (0, 0, 1, -1)
        );
    }
}
