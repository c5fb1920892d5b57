//! How many requests in how much time: the generic cell rate algorithm. Pure; the clock is the
//! caller's. Invariant: who waits as long as told is admitted, unless somebody else was meanwhile.
//!
//! It is thirty lines of our own because a request here counts under several quotas or under none of them, and
//! quotas change under what is remembered of a client: a limiter that asks and counts in one step, with its
//! quota inside, as `governor` has it, can do neither.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::domain::Timestamp;

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// So many requests at once, and refilled evenly over the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Between two requests of a client that uses its quota evenly.
    interval: i64,
    /// What a client that owes nothing has saved up: all requests of a window.
    burst: i64,
}

/// A point in time, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant(i64);

/// The theoretical arrival time of the algorithm: when a client will owe nothing again, if it sends nothing
/// until then. All that is remembered of what it sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ArrivalTime(Instant);

/// How much of a quota is left to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests in an hour, as the quota is refilled.
    pub per_hour: u64,
    /// The share of them that the client may still send at once; 0 only when it may send none.
    pub remaining: u64,
}

/// Too many requests. The next one may come after this many whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    pub retry_after_s: u32,
}

impl Quota {
    pub fn new(requests: NonZeroU32, window: Duration) -> Self {
        let window = i64::try_from(window.as_nanos()).unwrap_or(i64::MAX);
        let requests = i64::from(requests.get());
        let interval = (window / requests).max(1);
        Self {
            interval,
            burst: interval.saturating_mul(requests),
        }
    }

    /// Requests in an hour, as the quota is refilled.
    fn per_hour(self) -> u64 {
        (3_600 * NANOS_PER_SECOND / self.interval) as u64
    }

    /// What a client has left that owes something until `arrival`.
    pub(super) fn standing(self, arrival: ArrivalTime, now: Instant) -> Standing {
        let owed = arrival.0.0.saturating_sub(now.0).clamp(0, self.burst);
        let requests = self.burst / self.interval;
        let left = (self.burst - owed) / self.interval;
        let per_hour = self.per_hour();
        let share = u128::from(per_hour) * u128::from(left.unsigned_abs());
        let remaining = share.div_ceil(requests.max(1).unsigned_abs().into());
        Standing {
            per_hour,
            remaining: u64::try_from(remaining).unwrap_or(per_hour),
        }
    }

    /// What is to be remembered of a client after any request, refused ones too. A clock that was set back must not
    /// lock anybody out: nobody owes more than the burst, and that from now on.
    pub(super) fn settled(self, arrival: ArrivalTime, now: Instant) -> ArrivalTime {
        let latest = now.0.saturating_add(self.burst);
        ArrivalTime(Instant(arrival.0.0.min(latest)))
    }

    /// Whether a client that owes something until `arrival` may send a request now; and then, until when it
    /// owes something.
    pub(super) fn admit(self, arrival: ArrivalTime, now: Instant) -> Result<ArrivalTime, Refused> {
        let owed_until = self.settled(arrival, now).0.0.max(now.0);
        let next = owed_until.saturating_add(self.interval);
        let too_early_by = next.saturating_sub(now.0).saturating_sub(self.burst);
        if too_early_by > 0 {
            return Err(Refused::after(too_early_by));
        }
        Ok(ArrivalTime(Instant(next)))
    }
}

impl Instant {
    pub(super) fn at(time: Timestamp) -> Self {
        Self(time.as_millis().saturating_mul(NANOS_PER_MILLI))
    }

    /// Time since the other one; negative when that is later.
    pub(super) fn millis_since(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0) / NANOS_PER_MILLI
    }
}

impl ArrivalTime {
    /// Of a client that has sent nothing for long.
    pub(super) const LONG_AGO: Self = Self(Instant(i64::MIN));

    pub(super) fn is_past(self, now: Instant) -> bool {
        self.0 <= now
    }

    /// Whether nobody can owe something for so long: the clock was ahead.
    pub(super) fn is_of_another_clock(self, now: Instant) -> bool {
        /// Windows are of minutes.
        const LONGEST_MS: i64 = 60 * 60 * 1_000;
        self.0.millis_since(now) > LONGEST_MS
    }
}

impl Refused {
    fn after(nanos: i64) -> Self {
        let seconds = nanos / NANOS_PER_SECOND + i64::from(nanos % NANOS_PER_SECOND > 0);
        Self {
            retry_after_s: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX),
        }
    }

    /// The longer of two waits.
    pub(super) fn or_later(self, other: Self) -> Self {
        Self {
            retry_after_s: self.retry_after_s.max(other.retry_after_s),
        }
    }
}

#[cfg(test)]
mod tests;
