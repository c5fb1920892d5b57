//! The request date: every spelling clients send, and how far it may be from our clock
//! (docs/reference/01-auth.md §4). Invariant: dates are only read here; what is signed is the text as sent.

use jiff::civil;
use jiff::tz::Offset;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Two-digit years below this are of the 21st century, as in POSIX.
const CENTURY_PIVOT: i16 = 70;

/// Unix seconds of a `Date` header; `None` when it is in none of the spellings of docs/reference/01-auth.md §4.
///
/// The weekday is not compared with the date. A date without a zone is in UTC.
pub(super) fn parse_date(raw: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(raw).ok()?;
    let words: Vec<&str> = text
        .split(|c: char| c == ',' || c.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    let (day, month, year, time, zone) = match *without_weekday(&words) {
        // 29 Jun 2017 12:11:16 GMT
        [day, month_name, year, time, ref zone @ ..] if month(month_name).is_some() => (
            number(day)?,
            month(month_name)?,
            full_year(year)?,
            time,
            zone,
        ),
        // Jun 29 12:11:16 2017
        [month_name, day, time, year] => {
            let zone: &[&str] = &[];
            (
                number(day)?,
                month(month_name)?,
                full_year(year)?,
                time,
                zone,
            )
        }
        // 29-Jun-17 12:11:16 GMT
        [date, time, ref zone @ ..] => {
            let mut parts = date.split('-');
            let (day, month_name, year) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() {
                return None;
            }
            (
                number(day)?,
                month(month_name)?,
                full_year(year)?,
                time,
                zone,
            )
        }
        _ => return None,
    };
    let offset = match *zone {
        [] => Offset::UTC,
        [zone] => parse_zone(zone)?,
        _ => return None,
    };
    let local = civil::Date::new(year, month, day)
        .ok()?
        .to_datetime(parse_time(time)?);
    Some(offset.to_timestamp(local).ok()?.as_second())
}

/// Whether a date is at most `tolerance_s` from now, in whole seconds, the bound included.
pub(super) fn is_fresh(date_s: i64, now_s: i64, tolerance_s: u32) -> bool {
    date_s.abs_diff(now_s) <= u64::from(tolerance_s)
}

fn without_weekday<'a, 'w>(words: &'w [&'a str]) -> &'w [&'a str] {
    match words {
        [first, rest @ ..]
            if month(first).is_none() && first.bytes().all(|b| b.is_ascii_alphabetic()) =>
        {
            rest
        }
        all => all,
    }
}

fn month(name: &str) -> Option<i8> {
    let at = MONTHS
        .iter()
        .position(|known| name.eq_ignore_ascii_case(known))?;
    Some(at as i8 + 1)
}

fn full_year(text: &str) -> Option<i16> {
    let year: i16 = number(text)?;
    match text.len() {
        4 => Some(year),
        2 if year < CENTURY_PIVOT => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

/// `12:11:16`
fn parse_time(text: &str) -> Option<civil::Time> {
    let mut parts = text.split(':').map(number::<i8>);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    civil::Time::new(hour, minute, second, 0).ok()
}

/// `GMT`, `UTC`, `UT`, `Z`, `+0200`, `+02:00`, or one of the names with an offset after it.
fn parse_zone(text: &str) -> Option<Offset> {
    let name_length = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (name, offset) = text.split_at(name_length);
    let is_utc = ["", "GMT", "UTC", "UT", "Z"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    if !is_utc {
        return None;
    }
    let Some(sign) = offset.chars().next() else {
        return Some(Offset::UTC);
    };
    let digits = offset[sign.len_utf8()..].replacen(':', "", 1);
    if digits.len() != 4 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (number(digits.get(..2)?)?, number(digits.get(2..)?)?);
    let seconds = (hours * 60 + minutes) * 60;
    match sign {
        '+' => Offset::from_seconds(seconds).ok(),
        '-' => Offset::from_seconds(-seconds).ok(),
        _ => None,
    }
}

/// Decimal digits only: `str::parse` alone would take signs.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_decimal.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2017-06-29 12:11:16 UTC.
    const INSTANT: i64 = 1_498_738_276;

    #[test]
    fn every_spelling_of_the_reference_is_the_same_instant() {
        for text in [
            "Thu, 29 Jun 2017 12:11:16 GMT",
            "Thu, 29 Jun 2017 12:11:16 +0000",
            "Thu, 29 Jun 2017 14:11:16 +0200",
            "Thu, 29 Jun 2017 06:41:16 -0530",
            "Thu, 29 Jun 2017 12:11:16 GMT+0000",
            "Thu, 29 Jun 2017 14:11:16 GMT+0200",
            "Thu, 29 Jun 2017 12:11:16 +00:00",
            "Thu, 29 Jun 2017 14:11:16 +02:00",
            "Thu, 29 Jun 2017 12:11:16 UTC",
            "Thu, 29 Jun 2017 12:11:16 Z",
            "Thursday, 29-Jun-17 12:11:16 GMT",
            "Thu, 29-Jun-2017 12:11:16 GMT",
            "Thu Jun 29 12:11:16 2017",
            "29 Jun 2017 12:11:16 GMT",
            "thu, 29 jun 2017 12:11:16 gmt",
        ] {
            assert_eq!(parse_date(text.as_bytes()), Some(INSTANT), "{text}");
        }
    }

    #[test]
    fn the_weekday_is_not_compared_with_the_date() {
        assert_eq!(parse_date(b"Mon, 29 Jun 2017 12:11:16 GMT"), Some(INSTANT));
    }

    #[test]
    fn days_of_one_digit_may_be_padded_with_a_blank_or_a_zero() {
        let expected = parse_date(b"Sat, 01 Jul 2017 00:00:00 GMT");
        assert!(expected.is_some());
        assert_eq!(parse_date(b"Sat Jul  1 00:00:00 2017"), expected);
        assert_eq!(parse_date(b"Sat, 1 Jul 2017 00:00:00 GMT"), expected);
    }

    #[test]
    fn two_digit_years_turn_at_seventy() {
        let year_of = |text: &str| parse_date(text.as_bytes()).map(|second| second > 0);
        assert_eq!(year_of("Sunday, 01-Jan-69 00:00:01 GMT"), Some(true));
        assert_eq!(parse_date(b"Thursday, 01-Jan-70 00:00:01 GMT"), Some(1));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "now",
            "1498738276",
            "2017-06-29T12:11:16Z",
            "Thu, 29 Jun 2017",
            "Thu, 29 Jun 2017 12:11 GMT",
            "Thu, 31 Jun 2017 12:11:16 GMT",
            "Thu, 29 Jun 2017 24:11:16 GMT",
            "Thu, 29 Jun 2017 12:11:16:00 GMT",
            "Thu, 29 Jun 2017 12:11:16 CEST",
            "Thu, 29 Jun 2017 12:11:16 +9999",
            "Thu, 29 Jun 2017 12:11:16 +2",
            "Thu, 29 Jun 2017 12:11:16 GMT GMT",
            "Thu, +9 Jun 2017 12:11:16 GMT",
            "Thu, 29 Foo 2017 12:11:16 GMT",
            "Thu, 29 Jun 02017 12:11:16 GMT",
            "Thursday, 29-Jun-17-1 12:11:16 GMT",
        ] {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_date(b"Thu, 29 Jun 2017 12:11:16 \xff"), None);
    }

    #[test]
    fn the_bound_of_the_window_is_inside_it() {
        for tolerance in [0, 5, 60, 900] {
            let bound = i64::from(tolerance);
            assert!(is_fresh(INSTANT + bound, INSTANT, tolerance));
            assert!(is_fresh(INSTANT - bound, INSTANT, tolerance));
            assert!(!is_fresh(INSTANT + bound + 1, INSTANT, tolerance));
            assert!(!is_fresh(INSTANT - bound - 1, INSTANT, tolerance));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse_date(&raw);
        }

        #[test]
        fn near_dates_are_read_or_refused(text in "[A-Z]{0,4}[ ,0-9A-Za-z:+-]{0,40}") {
            let _ = parse_date(text.as_bytes());
        }

        #[test]
        fn what_is_printed_as_an_http_date_reads_back(second in 0_i64..4_000_000_000) {
            let printed = httpdate::fmt_http_date(
                std::time::UNIX_EPOCH + std::time::Duration::from_secs(second as u64),
            );
            prop_assert_eq!(parse_date(printed.as_bytes()), Some(second));
        }
    }
}
