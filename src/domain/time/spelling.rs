//! How dates and times are written (docs/reference/02-content.md §2). Invariant: a text is read whole,
//! but for blanks around it, or not at all.

use jiff::civil;

use super::Timestamp;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Nothing but a date is written like this.
    Unmistakable,
    /// A number may be.
    Other,
}

/// The spellings that begin with the year, blanks around them allowed, as around numbers.
pub(super) fn read(text: &str) -> Option<(Timestamp, Spelling)> {
    let mut rest = Reader(text.trim().as_bytes());
    let year = rest.digits(4)?;
    if rest.one_of(b"-").is_none() {
        return read_basic(year, rest);
    }
    let month = rest.digits(2)?;
    rest.one_of(b"-")?;
    let date = date(year, month, rest.digits(2)?)?;
    Some((
        time_and_offset(date, rest, Some(b":"))?.0,
        Spelling::Unmistakable,
    ))
}

/// `YYYYMMDD`, and `yyyyMMddTHHmmssZ` with an offset or without one.
fn read_basic(year: i64, mut rest: Reader<'_>) -> Option<(Timestamp, Spelling)> {
    let date = date(year, rest.digits(2)?, rest.digits(2)?)?;
    let (instant, is_whole) = time_and_offset(date, rest, None)?;
    let spelling = if is_whole {
        Spelling::Unmistakable
    } else {
        Spelling::Other
    };
    Some((instant, spelling))
}

/// `28.11.2026`, `28/11/2026`; a time may follow as it does elsewhere.
pub(super) fn read_day_first(text: &str) -> Option<Timestamp> {
    let mut rest = Reader(text.trim().as_bytes());
    let day = rest.one_or_two_digits()?;
    let separator = rest.one_of(b"./")?;
    let month = rest.one_or_two_digits()?;
    rest.one_of(&[separator])?;
    let date = date(rest.digits(4)?, month, day)?;
    Some(time_and_offset(date, rest, Some(b":"))?.0)
}

/// The rest of a text behind its date: nothing, or a time and its offset. Also whether there are seconds
/// and an offset. `colon` parts hours, minutes and seconds.
fn time_and_offset(
    date: civil::Date,
    mut rest: Reader<'_>,
    colon: Option<&[u8]>,
) -> Option<(Timestamp, bool)> {
    if rest.is_empty() {
        let midnight = date.to_datetime(civil::Time::midnight());
        return Some((Timestamp::at(midnight, 0)?, false));
    }
    rest.one_of(b"Tt ")?;
    let hour = rest.digits(2)?;
    if let Some(colon) = colon {
        rest.one_of(colon)?;
    }
    let minute = rest.digits(2)?;
    let has_seconds = match colon {
        Some(colon) => rest.one_of(colon).is_some(),
        None => rest.0.first().is_some_and(u8::is_ascii_digit),
    };
    let (mut second, mut millis) = (0, 0);
    if has_seconds {
        second = rest.digits(2)?;
        millis = rest.fraction_millis()?;
    }
    let civil = instant_of_day(date, hour, minute, second, millis)?;
    if rest.is_empty() {
        return Some((Timestamp::at(civil, 0)?, false));
    }
    Some((Timestamp::at(civil, rest.offset()?)?, has_seconds))
}

fn date(year: i64, month: i64, day: i64) -> Option<civil::Date> {
    civil::Date::new(year as i16, month as i8, day as i8).ok()
}

/// `24:00:00` is the midnight at the end of the day.
fn instant_of_day(
    date: civil::Date,
    hour: i64,
    minute: i64,
    second: i64,
    millis: i64,
) -> Option<civil::DateTime> {
    if hour == 24 {
        let is_midnight = minute == 0 && second == 0 && millis == 0;
        let next = date.tomorrow().ok().filter(|_| is_midnight)?;
        return Some(next.to_datetime(civil::Time::midnight()));
    }
    // RFC 3339 allows a leap second, which no clock here counts.
    let second = if second == 60 { 59 } else { second };
    let nanos = millis * 1_000_000;
    let time = civil::Time::new(hour as i8, minute as i8, second as i8, nanos as i32);
    Some(date.to_datetime(time.ok()?))
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

    fn one_or_two_digits(&mut self) -> Option<i64> {
        let has_two = self.0.get(1).is_some_and(u8::is_ascii_digit);
        self.digits(if has_two { 2 } else { 1 })
    }

    /// An optional fraction of a second with any number of digits.
    fn fraction_millis(&mut self) -> Option<i64> {
        if self.one_of(b".,").is_none() {
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

    /// An offset to the end of the text, in seconds east of UTC: `Z`, `+hh:mm`, `+hhmm` as PHP's
    /// `DATE_ISO8601` writes it, and `+hh` as databases do.
    fn offset(&mut self) -> Option<i64> {
        if self.one_of(b"Zz").is_some() {
            return self.is_empty().then_some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2)?;
        let minutes = if self.is_empty() {
            0
        } else {
            self.one_of(b":");
            self.digits(2)?
        };
        let is_offset = hours < 24 && minutes < 60 && self.is_empty();
        is_offset.then_some(sign * (hours * 3600 + minutes * 60))
    }
}
