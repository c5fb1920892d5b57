//! Article codes as they are compared: people write them with and without blanks, dashes and dots.

use crate::domain::fold;

/// The text as an article code: its letters and digits, without what is between them, accents and case.
/// `None` for what is none: without digits, or too short to tell one article from another.
pub(in crate::engine) fn code(text: &str) -> Option<String> {
    const CHARS_MIN: usize = 3;
    let mut lower = String::new();
    fold::lower(text, &mut lower);
    let code = fold::without_accents(&lower);
    let code: String = code.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_code = code.contains(char::is_numeric) && code.chars().count() >= CHARS_MIN;
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_letters_and_digits_alone() {
        for written in ["GSB 18V-55", "gsb18v55", " ĠSB/18.v.55 "] {
            assert_eq!(code(written).as_deref(), Some("gsb18v55"), "{written}");
        }
        for none in ["", "x-1", "red shirt", "--", "🙂"] {
            assert_eq!(code(none), None, "{none}");
        }
    }
}
