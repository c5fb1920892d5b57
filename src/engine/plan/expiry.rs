//! Up to when what has expired may be deleted for good. Invariant: the horizon follows time as it really passes,
//! counted by the monotonic clock: a wall clock that jumps ahead and back takes nothing with it.

use std::time::Duration;

use crate::domain::Timestamp;

/// How many times as fast as time the horizon may move. More than once, so that after some days
/// without the server it catches up in as many days.
const CATCH_UP: u32 = 2;

/// A pass that would delete more than half of a catalog waits this much longer: a catalog that expires
/// as a whole is a mistake more often than it is meant.
const LARGE_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Expired objects and all objects, as they are counted before a pass.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub expired: u64,
    pub all: u64,
}

impl Share {
    /// Fewer expired objects than this are no mistake that matters, whatever part of the catalog they are.
    pub const LARGE_MIN: u64 = 100;

    pub fn is_large(self) -> bool {
        self.expired >= Self::LARGE_MIN && self.expired > self.all / 2
    }
}

/// How far the horizon is of a site that had none: no further than the last write, which is
/// when the clock was last right as far as anybody knows.
pub fn begin(wanted: Timestamp, last_write: Timestamp) -> Timestamp {
    wanted.min(last_write)
}

/// Moves the horizon towards where the wall clock wants it; it never goes back.
pub fn advance(horizon: Timestamp, wanted: Timestamp, passed: Duration) -> Timestamp {
    wanted.min(later(horizon, passed * CATCH_UP)).max(horizon)
}

/// What may be deleted: everything that expired before this.
pub fn limit(horizon: Timestamp, wanted: Timestamp, is_large: bool) -> Timestamp {
    let limit = horizon.min(wanted);
    if is_large {
        earlier(limit, LARGE_DELAY)
    } else {
        limit
    }
}

pub fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_sub(millis(by)))
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(millis(by)))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY_MS: i64 = 86_400_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_jump_ahead_moves_the_horizon_by_the_minutes_it_lasted() {
        let start = at(0);
        let jumped = advance(start, at(40 * DAY_MS), MINUTE);
        assert_eq!(jumped, at(120_000));
        // The clock is right again: nothing is taken back, and nothing later is deleted.
        let back = advance(jumped, at(60_000), MINUTE);
        assert_eq!(back, jumped);
        assert_eq!(limit(back, at(60_000), false), at(60_000));
    }

    #[test]
    fn days_without_the_server_are_caught_up_with_in_as_many_days() {
        let wanted = |day: i64| at((3 + day) * DAY_MS);
        let mut horizon = at(0);
        for day in 1..=3 {
            horizon = advance(horizon, wanted(day), Duration::from_secs(86_400));
        }
        assert_eq!(horizon, wanted(3));
    }

    #[test]
    fn a_horizon_begins_where_the_clock_was_last_believed() {
        assert_eq!(begin(at(40 * DAY_MS), at(DAY_MS)), at(DAY_MS));
        assert_eq!(begin(at(DAY_MS), at(40 * DAY_MS)), at(DAY_MS));
    }

    #[test]
    fn more_than_half_of_a_catalog_is_large_unless_it_is_little() {
        let is_large = |expired, all| Share { expired, all }.is_large();
        assert!(is_large(101, 200));
        assert!(!is_large(100, 200));
        assert!(!is_large(99, 99));
        assert_eq!(limit(at(DAY_MS), at(DAY_MS), true), at(0));
    }

    proptest! {
        #[test]
        fn a_horizon_never_goes_back_nor_faster_than_it_may(
            horizon in any::<i64>(), wanted in any::<i64>(), passed_s in 0_u64..1 << 40,
        ) {
            let passed = Duration::from_secs(passed_s);
            let next = advance(at(horizon), at(wanted), passed);
            prop_assert!(next >= at(horizon));
            prop_assert!(next <= later(at(horizon), passed * CATCH_UP));
            prop_assert!(next <= at(wanted.max(horizon)));
        }
    }
}
