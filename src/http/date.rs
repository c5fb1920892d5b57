//! Instants as HTTP writes them. Invariant: a clock that stands before 1970 or after 9999 gives the nearest date
//! that can be written, never a panic.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The first second of the year 10000, in seconds since the epoch.
const END_S: u64 = 253_402_300_800;

/// Whether HTTP can write the machine's time.
pub fn is_now_writable() -> bool {
    let now = SystemTime::now();
    now == within(now)
}

/// The machine's time as a `Date` header has it.
pub fn now() -> String {
    written(SystemTime::now())
}

fn written(at: SystemTime) -> String {
    httpdate::fmt_http_date(within(at))
}

fn within(at: SystemTime) -> SystemTime {
    let last = UNIX_EPOCH + Duration::from_secs(END_S - 1);
    at.clamp(UNIX_EPOCH, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_clocks_have_dates_too() {
        let day = Duration::from_secs(86_400);
        let before = UNIX_EPOCH.checked_sub(day).expect("an instant");
        let long_after = UNIX_EPOCH + Duration::from_secs(END_S);
        for (at, expected) in [
            (before, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (UNIX_EPOCH + day, "Fri, 02 Jan 1970 00:00:00 GMT"),
            (long_after, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(written(at), expected);
        }
    }
}
