//! Price texts, as shops write them, and what they come to.

use super::*;
use proptest::prelude::*;

#[test]
fn every_price_of_the_reference_is_read() {
    for (text, amount) in [
        ("1,232.60 €", 1232.6),
        ("kr12,341", 12341.0),
        ("8 129 zł", 8129.0),
        ("€19.99", 19.99),
        ("2.9 EUR", 2.9),
        ("1 234,56 Kč", 1234.56),
        ("22.99 zł", 22.99),
    ] {
        assert_eq!(parse_price(text), Some(amount), "{text}");
    }
}

#[test]
fn blanks_of_any_kind_and_apostrophes_part_thousands() {
    for text in ["1\u{a0}234,50", "1\u{202f}234.50", "1'234.50", "1’234,50"] {
        assert_eq!(parse_price(text), Some(1234.5), "{text}");
    }
}

#[test]
fn the_right_most_of_two_kinds_of_marks_is_decimal() {
    assert_eq!(parse_price("1.234.567,89"), Some(1_234_567.89));
    assert_eq!(parse_price("1,234,567.891"), Some(1_234_567.891));
    assert_eq!(parse_price("12,34,567.5"), Some(1_234_567.5));
}

#[test]
fn one_mark_before_three_digits_parts_thousands_and_any_other_is_decimal() {
    assert_eq!(parse_price("1.234"), Some(1234.0));
    assert_eq!(parse_price("1,2345"), Some(1.2345));
    assert_eq!(parse_price(",5"), Some(0.5));
    assert_eq!(parse_price("1.234.567"), Some(1_234_567.0));
    assert_eq!(parse_price("1,23,456"), Some(123_456.0));
}

#[test]
fn marks_of_words_and_at_the_end_do_not_count() {
    for text in ["Rs. 500", "Rs.500", "500,-", "500.–", "500.", "500 Kč."] {
        assert_eq!(parse_price(text), Some(500.0), "{text}");
    }
    assert_eq!(parse_price("Rs. 22,646"), Some(22646.0));
}

#[test]
fn a_sign_before_the_digits_makes_it_negative_and_one_after_them_ends_it() {
    assert_eq!(parse_price("-5,50 €"), Some(-5.5));
    assert_eq!(parse_price("€ \u{2212}5"), Some(-5.0));
    assert_eq!(parse_price("10 - 20 €"), Some(10.0));
    assert!(parse_price("-0").is_some_and(f64::is_sign_positive));
}

#[test]
fn a_text_without_digits_or_beyond_all_amounts_states_none() {
    for text in ["", "free", "-", ".", ",-", "\u{ff15}", &"9".repeat(400)] {
        assert_eq!(parse_price(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_finite_amount_or_none(text in ".*") {
        prop_assert!(parse_price(&text).is_none_or(f64::is_finite));
    }

    #[test]
    fn formatted_amounts_are_read_back(cents in 0_u32..1_000_000_000, style in 0_usize..5) {
        let [thousands, decimal] = [[",", "."], [".", ","], [" ", ","], ["\u{a0}", "."], ["", ","]][style];
        let whole = (cents / 100).to_string();
        let groups: Vec<&str> = whole
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
            .collect();
        let text = format!("{}{decimal}{:02} EUR", groups.join(thousands), cents % 100);
        let amount: f64 = format!("{}.{:02}", cents / 100, cents % 100).parse().expect("a number");
        prop_assert_eq!(parse_price(&text), Some(amount));
    }
}

#[track_caller]
fn each_states(texts: &[&str], amount: f64) {
    for text in texts {
        assert_eq!(parse_price(text), Some(amount), "{text}");
    }
}

#[test]
fn a_range_is_its_lower_end() {
    for dash in [
        "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2015}", "\u{2212}",
        "~", "\u{301c}", "\u{ff5e}", "\u{ff0d}", "--", "\u{2026}", "...", " až ", " bis ", " to ",
    ] {
        for text in [
            format!("299{dash}399 Kč"),
            format!("299 {dash} 399 Kč"),
            format!("399 {dash} 299 Kč"),
            format!("299 Kč {dash} 399 Kč"),
            format!("Kč 299 {dash} Kč 399"),
            format!("299,-{dash}399,- Kč"),
            format!("299 Kč/ks {dash} 399 Kč/ks"),
        ] {
            assert_eq!(parse_price(&text), Some(299.0), "{text}");
        }
    }
    each_states(
        &[
            "5 - 10 €",
            "€5-€10",
            "$5 -$10",
            "5 -10 €",
            "od 5 do 10 zł",
            "da 5 a 10 €",
        ],
        5.0,
    );
    each_states(
        &["1 299–1 399 Kč", "1.299 - 1.399 €", "1 299,- – 1 399,-"],
        1299.0,
    );
    each_states(&["-5 - 10 €", "10 - -5 €"], -5.0);
}

#[test]
fn a_number_behind_from_is_the_price() {
    each_states(
        &[
            "from 5 €",
            "od 5 Kč",
            "už od 5 Kč",
            "od: 5,- Kč",
            "starting at $5",
            "à partir de 5 €",
        ],
        5.0,
    );
    each_states(
        &[
            "ab 19,99 €",
            "Ab 19.99",
            "ab EUR 19,99",
            "dès 19,99 €",
            "size 3, from 19.99",
        ],
        19.99,
    );
    each_states(&["20 €, from 10 €", "3 kusy od 10"], 10.0);
    each_states(&["299 Kč (od 2 ks)", "od 299 Kč", "Stab 3: 299 Kč"], 299.0);
}

#[test]
fn so_many_for_a_price_cost_what_is_named_last() {
    each_states(
        &[
            "2 for 5 €",
            "2 für 5 €",
            "2 za 5 €",
            "2 for €5",
            "2 ks za 5 €",
            "2 for 5",
            "3 pour 5",
            "2 à 5 €",
        ],
        5.0,
    );
    each_states(&["2 za 500 Ft", "2 x 500 Ft"], 500.0);
}

#[test]
fn the_first_number_with_a_currency_is_the_price_else_the_first() {
    each_states(
        &[
            "2 ks 299 Kč",
            "2-3 ks 299 Kč",
            "A4 299 Kč",
            "299 Kč / 12 €",
            "10, 299 Kč",
            "42 €299",
            "-20 % 299 Kč",
        ],
        299.0,
    );
    each_states(
        &[
            "500,- / 600 ",
            "500 x 600",
            "500\n600",
            "500,-–600,-",
            "500,--600",
        ],
        500.0,
    );
    each_states(&["100 € -20 €", "100 € - 20 %", "100 € 2 €"], 100.0);
}

#[test]
fn currencies_stand_before_or_behind_as_signs_codes_and_words() {
    for currency in [
        "€",
        "$",
        "US$",
        "£",
        "¥",
        "₹",
        "₴",
        "₺",
        "₽",
        "EUR",
        "eur",
        "Euro",
        "CZK",
        "Kč",
        "Kč.",
        "K\u{10d}",
        "Kc\u{30c}",
        "zł",
        "PLN",
        "kr",
        "kr.",
        "lei",
        "RON",
        "Ft",
        "HUF",
        "CHF",
        "Fr.",
        "лв",
        "лв.",
        "руб.",
        "грн",
        "din",
        "TRY",
        "TL",
        "R",
        "Rs.",
        "RM",
        "KWD",
        "د.ك",
        "AED",
    ] {
        for text in [
            format!("2 299 {currency}"),
            format!("2 x 299{currency}"),
            format!("2 x {currency} 299"),
            format!("2 x {currency}299"),
        ] {
            let amount = if text.starts_with("2 x") {
                299.0
            } else {
                2299.0
            };
            assert_eq!(parse_price(&text), Some(amount), "{text}");
        }
    }
}

#[test]
fn three_digits_are_decimals_per_measure_and_in_currencies_that_have_three() {
    each_states(
        &[
            "1.399 €/l",
            "1,399 €/l",
            "1.399 € / l",
            "€ 1.399/kg",
            "1.399/m²",
            "1.399 EUR/m2",
            "1.399 €/100 g",
            "1.399 €/0,7 l",
            "1.399 € per kg",
            "1,399 Kč za 100 ml",
            "1.399 – 1.599 €/l",
            "1.399 KWD",
            "KD 1.399",
            "TND 1,399",
            "1.399 د.ك",
            "1.399 bhd",
            "\u{200f}1.399\u{a0}OMR",
        ],
        1.399,
    );
    each_states(
        &[
            "0.899 €/100 g",
            "0,899 €/100g",
            "0.899 €",
            "0,899",
            "€ 0.899",
        ],
        0.899,
    );
    each_states(
        &[
            "1,399 € le kg",
            "1,399 € al kg",
            "1,399 € a kg",
            "1.399 kr pr. kg",
            "1.399 €/Tonne",
            "$1.399/foot",
        ],
        1.399,
    );
    each_states(&["12.500 OMR", "OMR 12,500", "12.500-13.500 OMR"], 12.5);
    each_states(
        &[
            "1.399 Kč/ks",
            "1.399 €/Stück",
            "1.399 €",
            "1 399 €/l",
            "1.399 € 1 kg",
            "1.399 € za kus",
        ],
        1399.0,
    );
    each_states(&["1,234.500 OMR"], 1234.5);
    each_states(&["1.234.500 JOD"], 1_234_500.0);
}

#[test]
fn entities_and_marks_nobody_sees_do_not_part_a_number() {
    each_states(
        &["1&nbsp;299&nbsp;K\u{10d}", "\u{200e}1\u{a0}299 &euro;"],
        1299.0,
    );
}

#[test]
fn only_the_beginning_of_a_long_text_is_looked_at() {
    let long = "x ".repeat(100_000) + "5 €";
    assert_eq!(parse_price(&long), None);
    assert_eq!(parse_price(&format!("5 € {long}")), Some(5.0));
}

fn naive(text: &str) -> f64 {
    text.replace(',', ".").parse().expect("a number")
}

proptest! {
    /// Whatever stands between two numbers that is no mark or blank of thousands, the price is one of them.
    #[test]
    fn two_numbers_are_never_joined(
        first in "[1-9][0-9]{0,4}(,[0-9]{2})?",
        between in " ?(-|\u{2013}|\u{2014}|\u{2212}|~|/|x|,-|for|za|až|€|Kč|EUR |[a-z]{1,5}|;|, ) ?",
        second in "[1-9][0-9]{0,4}(,[0-9]{2})?",
        currency in "( ?(€|Kč|zł|lei|Ft|kr))?",
    ) {
        let text = format!("{first}{between}{second}{currency}");
        let amount = parse_price(&text).expect("there is a number");
        prop_assert!([naive(&first), naive(&second)].contains(&amount.abs()), "{} of {}", amount, text);
    }

    #[test]
    fn a_range_of_any_two_is_the_lower(a in 1_u32..100_000, b in 1_u32..100_000, dash in "[-\u{2010}-\u{2015}\u{2212}~]") {
        let text = format!("{a} {dash} {b} Kč");
        prop_assert_eq!(parse_price(&text), Some(f64::from(a.min(b))));
    }

    #[test]
    fn words_signs_and_marks_in_any_order_are_read(
        pieces in proptest::collection::vec("[0-9]{1,4}|[.,]|-|\u{2013}|/|%| |\u{a0}|€|Kč|od|za|až|per|kg|l|OMR|&nbsp;|'|é|\u{30c}", 0..24)
    ) {
        let text = pieces.concat();
        let has_digits = text.contains(|c: char| c.is_ascii_digit());
        prop_assert_eq!(parse_price(&text).is_some(), has_digits, "{}", text);
    }
}
