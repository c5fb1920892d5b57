//! Amounts out of formatted price texts (contract 04 §3). Invariant: an amount is finite.

/// The amount a price text states, whatever its thousands and decimal marks: `1 234,56 Kč` is 1234.56.
/// `None` when it holds no digits.
pub fn parse_price(text: &str) -> Option<f64> {
    let price = Price::read(text);
    let decimal = price.decimal_mark();
    let mut plain = String::with_capacity(price.marked.len() + 1);
    if price.is_negative {
        plain.push('-');
    }
    for (at, c) in price.marked.char_indices() {
        match c {
            _ if Some(at) == decimal => plain.push('.'),
            ',' | '.' => {}
            digit => plain.push(digit),
        }
    }
    let amount: f64 = plain.parse().ok()?;
    // A lone sign before zero would be returned as `-0.0`.
    amount.is_finite().then_some(amount + 0.0)
}

/// What counts in a price text.
struct Price {
    is_negative: bool,
    /// Digits and the marks between them.
    marked: String,
}

impl Price {
    /// A mark belongs to the number when a digit follows it and no letter precedes it: the dot of
    /// `Rs. 500` and `Rs.500` and the comma of `1 234,-` do not. The first number of a range
    /// (`10 - 20 €`) is the price.
    fn read(text: &str) -> Self {
        let mut price = Self {
            is_negative: false,
            marked: String::with_capacity(text.len().min(32)),
        };
        let mut before = ' ';
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let has_digits = !price.marked.is_empty();
            match c {
                '0'..='9' => price.marked.push(c),
                '.' | ',' => {
                    let is_followed = chars.peek().is_some_and(char::is_ascii_digit);
                    if is_followed && !before.is_alphabetic() {
                        price.marked.push(c);
                    }
                }
                '-' | '\u{2212}' | '\u{2013}' if has_digits => break,
                '-' | '\u{2212}' => price.is_negative = true,
                _ => {}
            }
            before = c;
        }
        price
    }

    /// Where the decimal mark stands, if there is one.
    fn decimal_mark(&self) -> Option<usize> {
        let last = self.marked.rfind(['.', ','])?;
        let other_kind = if self.marked[last..].starts_with('.') {
            ','
        } else {
            '.'
        };
        let has_other_kind = self.marked[..last].contains(other_kind);
        let is_alone = self.marked[..last].find(['.', ',']).is_none();
        let digits_after = self.marked.len() - last - 1;
        (has_other_kind || (is_alone && digits_after != 3)).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_price_of_the_contract_is_read() {
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
}
