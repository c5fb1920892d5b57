//! What characters are to words, in lower-case text. Invariant: what is no word character is in no word but for
//! the signs that `segment` knows.

use unicode_normalization::char::is_combining_mark;

pub(super) fn leading_digits(run: &str) -> (&str, &str) {
    let letters = run.trim_start_matches(|c: char| c.is_ascii_digit());
    run.split_at(run.len() - letters.len())
}

/// Marks count as letters where folding left them: vowel signs of Indic scripts are marks.
pub(super) fn is_word_character(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        c.is_alphanumeric() || is_combining_mark(c)
    }
}

pub(super) fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '-' | '.' | ',' | '\'' | '_' | '+' | '&' | '\u{2010}' | '\u{2011}' | '\u{2019}'
    )
}

/// Han, kana, Thai, Lao, Burmese, Khmer.
pub(super) fn has_no_word_breaks(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters and digits that were written together, if they may as well be apart: `iphone13`, `rtx4070ti`. One of
/// the parts is a word; of a letter or two and a number (`s9`, `mp3`) together alone says what is meant.
pub(super) fn mixed(run: &str) -> Option<Vec<&str>> {
    const PARTS_MAX: usize = 3;
    const LETTERS_MIN: usize = 3;
    const BYTES_MAX: usize = 24;
    let has_digits = run.bytes().any(|b| b.is_ascii_digit());
    if !has_digits || run.len() > BYTES_MAX {
        return None;
    }
    let mut parts: Vec<&str> = Vec::with_capacity(PARTS_MAX);
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        if parts.len() == PARTS_MAX {
            return None;
        }
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digit);
        let (part, behind) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(part);
        rest = behind;
    }
    let is_word = |part: &&str| {
        !part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().count() >= LETTERS_MIN
    };
    (parts.len() > 1 && parts.iter().any(is_word)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_fall_apart_where_a_word_is_among_them() {
        assert_eq!(mixed("iphone13"), Some(vec!["iphone", "13"]));
        assert_eq!(mixed("rtx4070ti"), Some(vec!["rtx", "4070", "ti"]));
        assert_eq!(mixed("500watt"), Some(vec!["500", "watt"]));
        for whole in [
            "s9",
            "mp3",
            "4k",
            "iphone",
            "2110",
            "06019h5302",
            "b07xj8c8f5",
            "",
        ] {
            assert_eq!(mixed(whole), None, "{whole}");
        }
    }
}
