//! Instants as the API reads and writes them. Invariant: a [`Timestamp`] is a UTC instant with
//! millisecond precision; the text it came from is not kept.

use std::fmt;

use jiff::{SignedDuration, civil};

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

    /// Reads every spelling of contract 02 §2: RFC 3339, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` (UTC),
    /// `yyyyMMddTHHmmssZ`. `None` when it is none of these. Anything finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        read(text).map(|(instant, _)| instant)
    }

    /// Whether the text alone makes an attribute a date (contract 04 §2): a full RFC 3339 instant or
    /// `YYYY-MM-DD`. Stricter than [`Timestamp::parse`].
    pub fn is_unmistakable(text: &str) -> bool {
        read(text).is_some_and(|(_, spelling)| spelling == Spelling::Unmistakable)
    }

    fn at(civil: civil::DateTime, offset_s: i64) -> Option<Self> {
        let since_epoch = civil.duration_since(EPOCH);
        let millis = i64::try_from(since_epoch.as_millis()).ok()? - offset_s * 1000;
        (Self::MIN.0..=Self::MAX.0)
            .contains(&millis)
            .then_some(Self(millis))
    }
}

/// `YYYY-MM-DDThh:mm:ss+00:00` (contract 07 §7). Instants without a four-digit year print as the
/// nearest one that has one.
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Nothing but a date is written like this.
    Unmistakable,
    Other,
}

fn read(text: &str) -> Option<(Timestamp, Spelling)> {
    let mut rest = Reader(text.as_bytes());
    let year = rest.digits(4)?;
    if rest.one_of(b"-").is_none() {
        return read_basic(year, rest);
    }
    let month = rest.digits(2)?;
    rest.one_of(b"-")?;
    let day = rest.digits(2)?;
    let date = date(year, month, day)?;
    if rest.is_empty() {
        let midnight = date.to_datetime(civil::Time::midnight());
        return Some((Timestamp::at(midnight, 0)?, Spelling::Unmistakable));
    }

    let separator = rest.one_of(b"Tt ")?;
    let hour = rest.digits(2)?;
    rest.one_of(b":")?;
    let minute = rest.digits(2)?;
    rest.one_of(b":")?;
    let second = rest.digits(2)?;
    let millis = rest.fraction_millis()?;
    let civil = date.to_datetime(time(hour, minute, second, millis)?);
    if rest.is_empty() {
        // Only the blank-separated spelling may leave out the offset; it means UTC.
        return (separator == b' ')
            .then(|| Timestamp::at(civil, 0))?
            .map(|instant| (instant, Spelling::Other));
    }
    let (offset_s, has_colon) = rest.offset()?;
    let spelling = if has_colon && separator != b' ' {
        Spelling::Unmistakable
    } else {
        Spelling::Other
    };
    Some((Timestamp::at(civil, offset_s)?, spelling))
}

/// The rest of `yyyyMMddTHHmmssZ`.
fn read_basic(year: i64, mut rest: Reader<'_>) -> Option<(Timestamp, Spelling)> {
    let date = date(year, rest.digits(2)?, rest.digits(2)?)?;
    rest.one_of(b"Tt")?;
    let time = time(rest.digits(2)?, rest.digits(2)?, rest.digits(2)?, 0)?;
    rest.one_of(b"Zz")?;
    let instant = Timestamp::at(date.to_datetime(time), 0)?;
    rest.is_empty().then_some((instant, Spelling::Other))
}

fn date(year: i64, month: i64, day: i64) -> Option<civil::Date> {
    civil::Date::new(year as i16, month as i8, day as i8).ok()
}

fn time(hour: i64, minute: i64, second: i64, millis: i64) -> Option<civil::Time> {
    // RFC 3339 allows a leap second, which no clock here counts.
    let second = if second == 60 { 59 } else { second };
    let nanos = millis * 1_000_000;
    civil::Time::new(hour as i8, minute as i8, second as i8, nanos as i32).ok()
}

/// What is left of a text; each method takes what it names off the front, or is `None`.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn one_of(&mut self, allowed: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        allowed.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    /// Exactly `count` decimal digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        })
    }

    /// An optional fraction of a second with any number of digits.
    fn fraction_millis(&mut self) -> Option<i64> {
        if self.one_of(b".").is_none() {
            return Some(0);
        }
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let millis = digits
            .iter()
            .zip([100, 10, 1])
            .map(|(digit, weight)| i64::from(digit - b'0') * weight)
            .sum();
        (count > 0).then_some(millis)
    }

    /// An offset to the end of the text: `Z`, `+hh:mm`, and `+hhmm` as PHP's `DATE_ISO8601` writes
    /// it. In seconds east of UTC, and whether it is spelled as RFC 3339 has it.
    fn offset(&mut self) -> Option<(i64, bool)> {
        if self.one_of(b"Zz").is_some() {
            return self.is_empty().then_some((0, true));
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2)?;
        let has_colon = self.one_of(b":").is_some();
        let minutes = self.digits(2)?;
        let is_offset = hours < 24 && minutes < 60 && self.is_empty();
        is_offset.then_some((sign * (hours * 3600 + minutes * 60), has_colon))
    }
}

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
