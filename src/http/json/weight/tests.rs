//! Weights of small texts, counted by hand.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

const UNITS: Weights = Weights {
    usual_per_byte: 1,
    byte_tenths: 0,
    copied_byte_tenths: 0,
    map: 1_000_000,
    element: 10_000,
    entry: 100,
    entries_narrow: 2,
    entry_wide: 1,
    lists: &[
        ListWeight {
            name: "objects",
            each: 10_000_000,
            copies: Copies::Times(0),
        },
        ListWeight {
            name: "twice",
            each: 0,
            copies: Copies::Times(1),
        },
        ListWeight {
            name: "above",
            each: 0,
            copies: Copies::ForEachBehind { elements_max: 4 },
        },
    ],
};

#[rstest]
#[case::nothing("{}", 1_000_000)]
#[case::entry(r#"{"":1}"#, 1_000_100)]
#[case::name(r#"{"a":true}"#, 1_000_116)]
#[case::text(r#"{"":"a"}"#, 1_000_116)]
#[case::escaped_quote(r#"{"":"\"{}[]"}"#, 1_000_116)]
#[case::list("[1]", 40_000)]
#[case::grown_list("[1,2,3,4,5]", 80_000)]
#[case::list_of_lists("[[],[null]]", 80_000)]
#[case::blanks(" { \"\" : [ -1.5 , \"\" ] } ", 1_040_100)]
#[case::wide(r#"{"":1,"":2,"":3}"#, 1_000_303)]
#[case::not_closed("[[1", 80_000)]
#[case::named(r#"{"objects":[1,[],{}]}"#, 32_040_116)]
#[case::named_in_a_list(r#"{"":["objects",[1]]}"#, 1_080_116)]
#[case::copied(r#"{"twice":[1]}"#, 1_080_116)]
#[case::copied_within(r#"{"twice":[{"twice":[1]}]}"#, 3_200_348)]
#[case::behind(r#"{"above":[1,2,3,4]}"#, 1_160_116)]
#[case::in_disguise(r#"{"\u0074wice":[1]}"#, 1_080_116)]
#[case::form("a=1&b=2", 14)]
fn every_part_counts(#[case] json: &str, #[case] weight: usize) {
    assert_eq!(UNITS.of(json.as_bytes()), weight);
}

proptest! {
    #[test]
    fn any_bytes_have_a_weight(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = UNITS.of(&bytes);
    }

    #[test]
    fn what_is_cut_off_weighs_no_more_than_all(at in 0_usize..200) {
        let json = r#"{"objects":[{"a":"b\"c","nested":[{"title":"x"},{"title":"y"}]},1,[2,3]],"twice":{"x":"\\"}}"#;
        let json = json.as_bytes();
        prop_assert!(UNITS.of(&json[..at.min(json.len())]) <= UNITS.of(json) + UNITS.element * 4);
    }

    #[test]
    fn texts_end_where_they_end(text in "[a\\\\\"\u{80}é]{0,40}") {
        // Byte by byte.
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        let end = text_end(bytes, 0);
        prop_assert_eq!(end.at, at.min(bytes.len()));
        prop_assert_eq!(end.behind, (at + 1).min(bytes.len()));
    }
}
