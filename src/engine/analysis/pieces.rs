//! Parts of a text as they are written. Invariant: a piece is a part of the text, unchanged.

use super::{characters, numbers};
use crate::domain::fold;

/// A query text between its blanks, in order; what is one number in spite of them stays together.
pub(in crate::engine) fn pieces(text: &str) -> Vec<&str> {
    let starts = text.split_whitespace().map(|piece| {
        let start = piece.as_ptr().addr() - text.as_ptr().addr();
        (start, start + piece.len())
    });
    let starts: Vec<(usize, usize)> = starts.collect();
    let mut pieces = Vec::with_capacity(starts.len());
    let mut at = 0;
    while let Some(&(start, _)) = starts.get(at) {
        let gaps = gaps_of_figure(&text[start..]);
        let last = (at + gaps).min(starts.len() - 1);
        pieces.push(&text[start..starts[last].1]);
        at = last + 1;
    }
    pieces
}

/// How many blanks stand in the number that a text begins with.
fn gaps_of_figure(text: &str) -> usize {
    /// No number is longer, in characters.
    const CHARS_MAX: usize = 64;
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains(char::is_numeric) {
        return 0;
    }
    let end = text.char_indices().nth(CHARS_MAX).map(|(at, _)| at);
    let mut lower = String::new();
    fold::lower(&text[..end.unwrap_or(text.len())], &mut lower);
    let from = lower.find(char::is_alphanumeric).unwrap_or(lower.len());
    let has_no_gap = !lower[..from].contains(char::is_whitespace);
    let figure = numbers::read(&lower[from..]).filter(|_| has_no_gap);
    figure.map_or(0, |figure| figure.gaps)
}

/// How a text that people see writes a word that was folded, in lower case.
pub(in crate::engine) fn as_written(text: &str, word: &str) -> Option<String> {
    let is_sign = |c: char| !characters::is_word_character(c);
    let is_it = |part: &&str| {
        let mut lower = String::new();
        fold::lower(part, &mut lower);
        let folded = fold::without_accents(&lower);
        // `t-shirt` is `tshirt`, too.
        folded == word || folded.chars().filter(|&c| !is_sign(c)).eq(word.chars())
    };
    let chunks = text
        .split_whitespace()
        .map(|chunk| chunk.trim_matches(is_sign));
    let parts = chunks.flat_map(|chunk| chunk.split(is_sign).chain([chunk]));
    let mut parts = parts.filter(|part| !part.is_empty());
    Some(parts.find(is_it)?.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stays_together_in_spite_of_its_blanks() {
        for (text, expected) in [
            ("screw 5 x 80 mm", &["screw", "5 x 80", "mm"][..]),
            (" 1 000  pieces", &["1 000", "pieces"]),
            ("(1 1/2\")", &["(1 1/2\")"]),
            ("iphone 13 128gb", &["iphone", "13", "128gb"]),
            ("5 x", &["5", "x"]),
            ("", &[]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn a_folded_word_is_found_as_it_is_written() {
        for (text, word, written) in [
            ("Rychlá Nabíječka, USB", "nabijecka", Some("nabíječka")),
            ("(T-Shirt)", "tshirt", Some("t-shirt")),
            ("wool-lined", "wool", Some("wool")),
            ("Straße", "strasse", Some("straße")),
            ("none", "wool", None),
        ] {
            assert_eq!(as_written(text, word).as_deref(), written, "{text}");
        }
    }
}
