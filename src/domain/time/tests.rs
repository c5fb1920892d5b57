//! Spellings of instants, good and bad.

use super::*;
use proptest::prelude::*;

/// 2018-07-15T13:23:50Z
const SAMPLE: i64 = 1_531_661_030_000;

#[test]
fn every_spelling_of_the_contract_is_the_same_instant() {
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
    ] {
        let parsed = Timestamp::parse(text).map(Timestamp::as_millis);
        assert_eq!(parsed, Some(SAMPLE), "{text}");
    }
    let midnight = Timestamp::parse("2018-07-15").map(Timestamp::as_millis);
    assert_eq!(midnight, Some(SAMPLE - 48_230_000));
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
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "2018",
        "2018-07",
        "2018-7-15",
        "2018-02-30",
        "2018-13-01",
        "2018-07-15T13:23",
        "2018-07-15T13:23:50",
        "2018-07-15T24:00:00Z",
        "2018-07-15T13:60:00Z",
        "2018-07-15T13:23:50.Z",
        "2018-07-15T13:23:50+24:00",
        "2018-07-15T13:23:50+2",
        "2018-07-15T13:23:50Zulu",
        "2018-07-15T13:23:50+02:00 ",
        " 2018-07-15",
        "20180715",
        "20180715T132350",
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
fn only_full_instants_and_days_are_unmistakably_dates() {
    for text in [
        "2018-07-15",
        "2018-07-15T13:23:50Z",
        "2018-07-15t13:23:50.25-05:30",
    ] {
        assert!(Timestamp::is_unmistakable(text), "{text}");
    }
    for text in [
        "2018-07-15 13:23:50",
        "2018-07-15 13:23:50Z",
        "2018-07-15T13:23:50+0200",
        "20180715T132350Z",
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
    }

    #[test]
    fn what_is_printed_is_read_back(seconds in -62_167_219_200_i64..=253_402_300_799) {
        let instant = Timestamp::from_millis(seconds * 1000);
        let text = instant.to_string();
        prop_assert_eq!(Timestamp::parse(&text), Some(instant));
        prop_assert!(Timestamp::is_unmistakable(&text));
    }
}
