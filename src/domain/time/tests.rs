//! Spellings of instants, good and bad.

use super::*;
use proptest::prelude::*;

/// 2018-07-15T13:23:50Z
const SAMPLE: i64 = 1_531_661_030_000;

#[test]
fn every_spelling_of_the_reference_is_the_same_instant() {
    for text in [
        "2018-07-15T13:23:50+00:00",
        "2018-07-15T13:23:50Z",
        "2018-07-15t13:23:50z",
        "2018-07-15T15:23:50+02:00",
        "2018-07-15T13:23:50.000Z",
        "2018-07-15 13:23:50",
        "2018-07-15 13:23:50Z",
        "20180715T132350Z",
        "2018-07-15T15:23:50+0200",
        "2018-07-15T15:23:50+02",
        "2018-07-15 15:23:50+02",
        "2018-07-15T13:23:50",
        "2018-07-15T13:23:50.000",
        "2018-07-15T13:23:50,000Z",
        "2018-07-15 13:23:50,000",
        "20180715T132350",
        "20180715T132350+0000",
        "20180715T152350+02:00",
        "20180715T152350.0+02",
    ] {
        let parsed = Timestamp::parse(text).map(Timestamp::as_millis);
        assert_eq!(parsed, Some(SAMPLE), "{text}");
    }
    for text in [
        "2018-07-15T13:23",
        "2018-07-15 13:23",
        "2018-07-15T13:23Z",
        "2018-07-15T15:23+02",
        "2018-07-15T15:23+02:00",
        "20180715T1323Z",
    ] {
        let parsed = Timestamp::parse(text).map(Timestamp::as_millis);
        assert_eq!(parsed, Some(SAMPLE - 50_000), "{text}");
    }
    for text in [
        "2018-07-15",
        "20180715",
        "2018-07-14T24:00:00Z",
        "2018-07-14 24:00",
        "20180714T240000Z",
    ] {
        let midnight = Timestamp::parse(text).map(Timestamp::as_millis);
        assert_eq!(midnight, Some(SAMPLE - 48_230_000), "{text}");
    }
}

#[test]
fn the_day_comes_first_only_where_a_name_says_that_it_is_a_date() {
    for text in [
        "28.11.2026",
        "28/11/2026",
        "28.11.2026 00:00",
        "28.11.2026T02:00:00+02:00",
        "2026-11-28",
        "20261128",
    ] {
        assert_eq!(
            Timestamp::parse_named(text),
            Timestamp::parse("2026-11-28"),
            "{text}"
        );
    }
    assert_eq!(
        Timestamp::parse_named("1.2.2026"),
        Timestamp::parse("2026-02-01")
    );
    for text in ["28.11.2026", "28/11/2026"] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
    for text in [
        "28.11/2026",
        "11/28/2026",
        "28-11-2026",
        "28.11.26",
        "28.11.2026.",
        "30.2.2026",
        "028.11.2026",
    ] {
        assert_eq!(Timestamp::parse_named(text), None, "{text}");
    }
}

#[test]
fn fractions_are_cut_to_milliseconds() {
    for (text, millis) in [
        ("1970-01-01T00:00:00.5Z", 500),
        ("1970-01-01T00:00:00.0019999999999Z", 1),
        ("1969-12-31T23:59:59.999Z", -1),
        ("1969-12-31 23:59:59.25", -750),
    ] {
        let parsed = Timestamp::parse(text).map(Timestamp::as_millis);
        assert_eq!(parsed, Some(millis), "{text}");
    }
}

#[test]
fn blanks_around_a_date_do_not_count() {
    for text in [" 2018-07-15", "2018-07-15\t", "\n 20180715 ", " 15.7.2018 "] {
        assert_eq!(
            Timestamp::parse_named(text),
            Timestamp::parse("2018-07-15"),
            "{text:?}"
        );
    }
    assert!(Timestamp::is_unmistakable(" 2018-07-15 "));
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "2018",
        "2018-07",
        "2018-7-15",
        "2018-02-30",
        "2018-13-01",
        "2018-07-15T13",
        "2018-07-15T13:2",
        "2018-07-15T13:23:",
        "2018-07-15T132350",
        "2018-07-15T24:00:01Z",
        "2018-07-15T24:01",
        "2018-07-15T24:00:00.001",
        "2018-07-15T25:00:00Z",
        "2018-07-15T13:60:00Z",
        "2018-07-15T13:23:50.Z",
        "2018-07-15T13:23:50+24:00",
        "2018-07-15T13:23:50+2",
        "2018-07-15T13:23:50Zulu",
        "2018-07-15 T13:23:50",
        "2018- 07-15",
        " ",
        "201807",
        "20180740",
        "20180715T13:23:50",
        "20180715132350",
        "2018/07/15",
        "+2018-07-15",
        "٢٠١٨-٠٧-١٥",
        "1531661030",
    ] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}

#[test]
fn years_have_four_digits_wherever_the_offset_leads() {
    for text in [
        "9999-12-31T23:59:59.999Z",
        "9999-12-31",
        "0000-01-01T00:00:00Z",
    ] {
        assert!(Timestamp::parse(text).is_some(), "{text}");
    }
    for text in [
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T24:00:00",
        "0000-01-01T00:00:00+01:00",
        "10000-01-01",
        "-0001-01-01",
    ] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}

#[test]
fn a_leap_second_is_the_second_before_it() {
    assert_eq!(
        Timestamp::parse("2016-12-31T23:59:60Z"),
        Timestamp::parse("2016-12-31T23:59:59Z")
    );
}

#[test]
fn a_year_with_a_separator_behind_it_is_unmistakably_of_a_date() {
    for text in [
        "2018-07-15",
        "2018-07-15T13:23:50Z",
        "2018-07-15t13:23:50.25-05:30",
        "2018-07-15 13:23:50",
        "2018-07-15 13:23",
        "2018-07-15T13:23:50",
        "2018-07-15T13:23:50+0200",
        "20180715T132350Z",
        "20180715T132350+0000",
    ] {
        assert!(Timestamp::is_unmistakable(text), "{text}");
    }
    for text in [
        "20180715",
        "20180715T132350",
        "20180715T1323Z",
        "28.11.2026",
        "28/11/2026",
        "2018-02-30",
        "red",
    ] {
        assert!(!Timestamp::is_unmistakable(text), "{text}");
    }
}

#[test]
fn instants_beyond_four_digit_years_print_as_the_nearest() {
    let printed = |millis| Timestamp::from_millis(millis).to_string();
    assert_eq!(printed(SAMPLE), "2018-07-15T13:23:50+00:00");
    assert_eq!(printed(-1), "1969-12-31T23:59:59+00:00");
    assert_eq!(printed(i64::MAX), "9999-12-31T23:59:59+00:00");
    assert_eq!(printed(i64::MIN), "0000-01-01T00:00:00+00:00");
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "[0-9TtZz:+. -]{0,40}|.*") {
        let parsed = Timestamp::parse(&text);
        prop_assert!(parsed.is_some() || !Timestamp::is_unmistakable(&text));
        prop_assert!(parsed.is_none() || parsed == Timestamp::parse_named(&text));
    }

    #[test]
    fn what_is_printed_is_read_back(seconds in -62_167_219_200_i64..=253_402_300_799) {
        let instant = Timestamp::from_millis(seconds * 1000);
        let text = instant.to_string();
        prop_assert_eq!(Timestamp::parse(&text), Some(instant));
        prop_assert!(Timestamp::is_unmistakable(&text));
    }
}
