//! Signs that make another word of one. Invariant: the word without its signs is there, too.

use std::borrow::Cow;
use std::ops::Range;

use super::{Segmenter, Side};
use crate::engine::analysis::Other;
use crate::engine::analysis::characters::is_word_character;

impl<'t> Segmenter<'t> {
    /// Signs that make another word of one: `c#`, `c++`, `s9+`, `.net`.
    pub(super) fn push_signs(&mut self, runs: &[Range<usize>]) {
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
            return;
        };
        let signs = signs_behind(self.text, last);
        if !signs.is_empty() {
            self.at += signs.len();
            self.numbers.clear();
            let word = &self.text[last.clone()];
            self.push_signed(word, format!("{word}{signs}"));
        }
        if has_sign_before(self.text, first) && runs.len() == 1 {
            let word = &self.text[first.clone()];
            self.push_signed(word, format!(".{word}"));
        }
    }

    fn push_signed(&mut self, word: &'t str, signed: String) {
        match self.side {
            Side::Plain => {}
            Side::Object => self.push(signed, false),
            Side::Query => {
                let last = self.words.back_mut();
                if let Some(last) = last.filter(|last| last.text == word) {
                    let plain = std::mem::replace(&mut last.text, Cow::Owned(signed));
                    last.stems.clear();
                    last.others.push(Other::stripped(vec![plain.into_owned()]));
                }
            }
        }
    }
}

/// The signs a run ends with, if they make another word of it and nothing follows them.
fn signs_behind<'t>(text: &'t str, run: &Range<usize>) -> &'t str {
    const PLUSES_MAX: usize = 3;
    let rest = &text[run.end..];
    let signs = match rest.as_bytes().first() {
        Some(b'+') => rest.len() - rest.trim_start_matches('+').len(),
        Some(b'#') => {
            // Of a letter: everything else before it is a number in a list.
            let is_letter = run.len() == 1 && text.as_bytes()[run.start].is_ascii_alphabetic();
            usize::from(is_letter)
        }
        _ => 0,
    };
    let goes_on = rest[signs..].starts_with(|c| is_word_character(c) || c == '#');
    if signs > PLUSES_MAX || goes_on {
        ""
    } else {
        &rest[..signs]
    }
}

/// Whether a dot before a run of letters belongs to it: it stands behind a blank or a bracket.
fn has_sign_before(text: &str, run: &Range<usize>) -> bool {
    let is_name = run.len() > 1 && text[run.clone()].bytes().all(|b| b.is_ascii_lowercase());
    let before = text[..run.start].strip_suffix('.');
    is_name
        && before.is_some_and(|before| {
            before.is_empty()
                || before
                    .ends_with(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '/' | ','))
        })
}
