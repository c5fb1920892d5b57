//! Keys of the column that sparse attributes share: attribute, kind and value as one text. Invariants: the keys of one
//! attribute follow one another, and among them those of a kind, which compare as the values do.

use std::fmt::Write;

/// Digits of an ordered number, six bits each, from `0` on.
const ORDERED_DIGITS: usize = 11;
const DIGIT_BITS: u32 = 6;
const DIGIT_ZERO: u8 = b'0';

/// Signs of kinds stand behind the number of the attribute, and this one behind all of them.
const BEHIND_KINDS: char = ' ';

#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Kind {
    Text,
    Number,
    Date,
    Point,
}

impl Kind {
    fn sign(self) -> char {
        match self {
            Self::Text => '\u{1f}',
            Self::Number => '\u{1e}',
            Self::Date => '\u{1d}',
            Self::Point => '\u{1c}',
        }
    }
}

/// Keys from one on, to before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Keys {
    pub(in super::super) from: String,
    pub(in super::super) before: String,
}

impl Keys {
    pub(in super::super) fn of_attribute(attribute: u32) -> Self {
        let from = attribute.to_string();
        let before = format!("{from}{BEHIND_KINDS}");
        Self { from, before }
    }

    pub(in super::super) fn of_kind(attribute: u32, kind: Kind) -> Self {
        let from = of(|out| push_start(out, attribute, kind));
        let next = char::from(kind.sign() as u8 + 1);
        let before = format!("{attribute}{next}");
        Self { from, before }
    }

    /// Both inclusive.
    pub(in super::super) fn between(from: String, mut to: String) -> Self {
        // Nothing lies between a text and itself with the least character behind.
        to.push('\0');
        Self { from, before: to }
    }
}

/// What `push` writes, alone.
pub(in super::super) fn of(push: impl FnOnce(&mut String)) -> String {
    let mut key = String::new();
    push(&mut key);
    key
}

pub(in super::super) fn push_text(out: &mut String, attribute: u32, text: &str) {
    push_start(out, attribute, Kind::Text);
    out.push_str(text);
}

pub(in super::super) fn push_number(out: &mut String, attribute: u32, kind: Kind, number: u64) {
    push_start(out, attribute, kind);
    push_ordered(out, number);
}

pub(in super::super) fn push_point(out: &mut String, attribute: u32, lat: u64, lon: u64) {
    push_number(out, attribute, Kind::Point, lat);
    push_ordered(out, lon);
}

fn push_start(out: &mut String, attribute: u32, kind: Kind) {
    write!(out, "{attribute}").expect("writing to a string does not fail");
    out.push(kind.sign());
}

/// Digits that compare as the numbers do.
fn push_ordered(out: &mut String, number: u64) {
    for digit in (0..ORDERED_DIGITS as u32).rev() {
        let bits = (number >> (digit * DIGIT_BITS)) & ((1 << DIGIT_BITS) - 1);
        out.push(char::from(DIGIT_ZERO + bits as u8));
    }
}

/// The attribute that a key is of; `None` for what is no key.
pub(in super::super) fn read_attribute(key: &[u8]) -> Option<u32> {
    let digits = key.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The number and what follows it; `None` where there is none.
pub(in super::super) fn read_ordered(digits: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = digits.split_at_checked(ORDERED_DIGITS)?;
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        let bits = digit.checked_sub(DIGIT_ZERO)?;
        (bits < 1 << DIGIT_BITS).then_some(number << DIGIT_BITS | u64::from(bits))
    });
    Some((number?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_numbers_compare_as_numbers_and_read_back() {
        let numbers = [
            0,
            1,
            63,
            64,
            4_095,
            4_096,
            u64::MAX / 3,
            u64::MAX - 1,
            u64::MAX,
        ];
        let keys: Vec<String> = numbers
            .iter()
            .map(|&number| of(|out| push_ordered(out, number)))
            .collect();
        assert!(keys.is_sorted());
        assert_eq!(read_attribute(b"\x1f"), None);
        for (number, digits) in numbers.iter().zip(&keys) {
            let with_more = format!("{digits}more");
            let read = read_ordered(with_more.as_bytes());
            assert_eq!(read, Some((*number, &b"more"[..])));
        }
        for damaged in ["", "0000", "00000 00000", "0000000000~"] {
            assert_eq!(read_ordered(damaged.as_bytes()), None, "{damaged}");
        }
    }

    #[test]
    fn keys_of_an_attribute_and_of_a_kind_lie_together() {
        let kinds = [Kind::Text, Kind::Number, Kind::Date, Kind::Point];
        for (attribute, kind) in [1, 11, 2]
            .into_iter()
            .flat_map(|a| kinds.map(|kind| (a, kind)))
        {
            let keys = [
                of(|out| push_start(out, attribute, kind)),
                of(|out| push_start(out, attribute, kind)) + "\u{10ffff}",
            ];
            for key in keys {
                assert_eq!(read_attribute(key.as_bytes()), Some(attribute));
                let is_in = |keys: Keys| keys.from <= key && key < keys.before;
                for other in [1, 11, 2, 111] {
                    assert_eq!(
                        is_in(Keys::of_attribute(other)),
                        other == attribute,
                        "{key:?}"
                    );
                }
                for other in kinds {
                    let is_same = other.sign() == kind.sign();
                    assert_eq!(is_in(Keys::of_kind(attribute, other)), is_same, "{key:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_lies_between_itself_alone() {
        let text = |text: &str| of(|out| push_text(out, 1, text));
        let keys = Keys::between(text("a"), text("a"));
        for (other, is_in) in [("a", true), ("", false), ("a ", false), ("aa", false)] {
            let other = text(other);
            assert_eq!(
                keys.from <= other && other < keys.before,
                is_in,
                "{other:?}"
            );
        }
    }
}
