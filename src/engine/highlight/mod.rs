//! What of a text the words of a query meet. Invariant: a part is marked when the index finds the object
//! by it: it is made into words as the object was, and compared with the terms that were looked up.

use std::collections::HashSet;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::domain::{HighlightRequest, Language, MarkedText, ShownObject, fold};
use crate::engine::analysis;

/// Longest text looked at, in bytes; what follows is not shown either.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// The words of one query, as they may stand in a text.
#[derive(Clone, Debug)]
pub struct Marker {
    /// Every term looked up: forms, spellings, words written together.
    terms: HashSet<String>,
    /// What words begin with when the last one is still being typed.
    begun: Option<String>,
    language: Language,
}

impl Marker {
    pub(in crate::engine) fn new(
        terms: impl Iterator<Item = String>,
        begun: Option<String>,
        language: Language,
    ) -> Self {
        Self {
            terms: terms.collect(),
            begun,
            language,
        }
    }

    /// The text of an attribute as people see it: of its values the first that is met, else the first.
    pub fn mark(&self, object: ShownObject<'_>, request: &HighlightRequest) -> Option<MarkedText> {
        let texts = object.fields().get(request.field.as_str())?.texts();
        let form = object.text_form(request.field.as_str());
        let texts = texts.map(|text| analysis::seen(cut(text), form));
        let mut first = None;
        for text in texts {
            let met = self.met(&text);
            if !met.is_empty() {
                return Some(marked(&text, &met, request));
            }
            first.get_or_insert(text);
        }
        let text = first.filter(|_| request.fallback)?;
        Some(marked(&text, &[], request))
    }

    /// Ranges of the text, ascending and apart.
    fn met(&self, text: &str) -> Vec<Range<usize>> {
        let chunks = chunks(text);
        let mut met: Vec<Range<usize>> = Vec::new();
        for (at, chunk) in chunks.iter().enumerate() {
            // What is found as one word is marked as one.
            let whole = match chunks.get(at + 1) {
                Some(next) if self.is_amount(text, chunk, next) => Some(chunk.start..next.end),
                _ if self.is_one(text, chunk, &runs(text, chunk.clone())) => Some(chunk.clone()),
                _ => None,
            };
            match whole {
                Some(whole) => push(&mut met, self.bare(text, whole)),
                None => self.meet_runs(text, chunk.clone(), &mut met),
            }
        }
        met
    }

    /// Whether a number and its unit are met as one word.
    fn is_amount(&self, text: &str, number: &Range<usize>, unit: &Range<usize>) -> bool {
        let is_number = text[number.clone()].ends_with(|c: char| c.is_ascii_digit());
        let parts = [number.clone(), unit.clone()];
        is_number && self.is_one(text, &(number.start..unit.end), &parts)
    }

    /// Whether the whole is met by a word that none of its parts has.
    fn is_one(&self, text: &str, whole: &Range<usize>, parts: &[Range<usize>]) -> bool {
        let words =
            |part: &Range<usize>| analysis::object_words(&text[part.clone()], self.language);
        let whole = words(whole);
        let mut met = whole.iter().filter(|word| self.terms.contains(*word));
        let has = |part, word| words(part).contains(word);
        met.any(|word| !parts.iter().any(|part| has(part, word)))
    }

    /// Without the punctuation around it, but with the signs that are part of what is met.
    fn bare(&self, text: &str, part: Range<usize>) -> Range<usize> {
        let runs = runs(text, part.clone());
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
            return part;
        };
        let is_met = |range: Range<usize>| {
            let mut signed = String::new();
            fold::lower(&text[range], &mut signed);
            self.terms.contains(&fold::without_accents(&signed))
        };
        let signs = text[last.end..part.end].find(|c| !matches!(c, '+' | '#'));
        let end = last.end + signs.unwrap_or(part.end - last.end);
        let end = if end > last.end && is_met(first.start..end) {
            end
        } else {
            last.end
        };
        let dot = first.start.saturating_sub(1).max(part.start);
        let start = if text[dot..].starts_with('.') && is_met(dot..end) {
            dot
        } else {
            first.start
        };
        start..end
    }

    fn meet_runs(&self, text: &str, chunk: Range<usize>, met: &mut Vec<Range<usize>>) {
        for run in runs(text, chunk) {
            if self.meets(&text[run.clone()]) {
                self.meet_run(text, run, met);
            }
        }
    }

    /// Letters of a script without blanks are words of their own.
    fn meet_run(&self, text: &str, run: Range<usize>, met: &mut Vec<Range<usize>>) {
        let word = &text[run.clone()];
        if !word.is_ascii() {
            let letters = word.char_indices().map(|(at, c)| at..at + c.len_utf8());
            let letters: Vec<Range<usize>> = letters
                .filter(|letter| self.meets(&word[letter.clone()]))
                .collect();
            let are_words = analysis::object_words(word, Language::Any).len() > 1;
            if are_words && !letters.is_empty() {
                for letter in letters {
                    push(met, run.start + letter.start..run.start + letter.end);
                }
                return;
            }
        }
        push(met, run);
    }

    fn meets(&self, part: &str) -> bool {
        let words = analysis::object_words(part, self.language);
        words.iter().any(|word| {
            self.terms.contains(word)
                || self
                    .begun
                    .as_ref()
                    .is_some_and(|begun| word.starts_with(begun.as_str()))
        })
    }
}

fn marked(text: &str, met: &[Range<usize>], request: &HighlightRequest) -> MarkedText {
    match request.chars_max {
        Some(chars_max) => MarkedText::fragment(text, met, chars_max),
        None => MarkedText::new(text, met),
    }
}

/// Adds a range; one that follows at once is the same.
fn push(met: &mut Vec<Range<usize>>, range: Range<usize>) {
    match met.last_mut() {
        Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
        _ => met.push(range),
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What stands between blanks, but for those within a number.
fn chunks(text: &str) -> Vec<Range<usize>> {
    let pieces = analysis::pieces(text).into_iter();
    let chunks = pieces.map(|piece| {
        let start = piece.as_ptr().addr() - text.as_ptr().addr();
        start..start + piece.len()
    });
    chunks.collect()
}

/// What of a chunk is letters and digits without anything between.
fn runs(text: &str, chunk: Range<usize>) -> Vec<Range<usize>> {
    split(text, chunk, |c| {
        !(c.is_alphanumeric() || is_combining_mark(c))
    })
}

fn split(text: &str, within: Range<usize>, is_between: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut goes_on = false;
    for (at, c) in text[within.clone()].char_indices() {
        let at = within.start + at;
        if is_between(c) {
            goes_on = false;
            continue;
        }
        match pieces.last_mut().filter(|_| goes_on) {
            Some(piece) => piece.end = at + c.len_utf8(),
            None => pieces.push(at..at + c.len_utf8()),
        }
        goes_on = true;
    }
    pieces
}

#[cfg(test)]
mod tests;
