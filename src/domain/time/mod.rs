//! Instants as the API reads and writes them. Invariant: a [`Timestamp`] is a UTC instant with
//! millisecond precision; the text it came from is not kept.

mod spelling;

use std::fmt;

use jiff::{SignedDuration, civil};

use spelling::Spelling;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The second it lies in, since the epoch.
    pub const fn second(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// First and last instant with a four-digit year; nothing outside is ever read.
    const MIN: Self = Self(-62_167_219_200_000);
    const MAX: Self = Self(253_402_300_799_999);

    /// Reads every spelling of docs/reference/02-content.md §2 that begins with the year. `None` when it is
    /// none of these. Anything finer than a millisecond is cut off; what names no offset is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        spelling::read(text).map(|(instant, _)| instant)
    }

    /// The spellings of [`Timestamp::parse`], and those that begin with the day: where a name makes the
    /// value a date, `28.11.2026` and `28/11/2026` can be nothing else.
    pub fn parse_named(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| spelling::read_day_first(text))
    }

    /// Whether the text alone makes an attribute a date (docs/reference/04-data-layout.md §2): the year first
    /// and a separator in the date, or `yyyyMMddTHHmmssZ`. Stricter than [`Timestamp::parse`].
    pub fn is_unmistakable(text: &str) -> bool {
        spelling::read(text).is_some_and(|(_, spelling)| spelling == Spelling::Unmistakable)
    }

    fn at(civil: civil::DateTime, offset_s: i64) -> Option<Self> {
        let since_epoch = civil.duration_since(EPOCH);
        let millis = i64::try_from(since_epoch.as_millis()).ok()? - offset_s * 1000;
        (Self::MIN.0..=Self::MAX.0)
            .contains(&millis)
            .then_some(Self(millis))
    }
}

/// `YYYY-MM-DDThh:mm:ss+00:00` (docs/reference/07-http-principles.md §7). Instants without a four-digit year
/// print as the nearest one that has one.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.clamp(Self::MIN.0, Self::MAX.0);
        let civil = EPOCH.saturating_add(SignedDuration::from_millis(millis));
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )
    }
}

const EPOCH: civil::DateTime = civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// What time it is. A value handed down from where the server is put together, so that tests can
/// hold it still.
#[derive(Clone)]
pub struct Clock(std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(std::sync::Arc::new(now))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| {
            let since_epoch = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap_or_default();
            Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
        })
    }

    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests;
