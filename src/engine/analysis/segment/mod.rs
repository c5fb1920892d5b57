//! Where words begin and end in lower-case text. A **run** is letters and digits with nothing between; a
//! **chunk** is runs joined by single hyphens, dots and the like. Invariant: the words of a query are
//! among those an object of the same text is indexed by.

mod figures;
mod signs;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use super::characters::{has_no_word_breaks, is_joiner, is_word_character, leading_digits, mixed};
use super::numbers;
use super::stem::{MARK, Stemmer};
use super::{Other, units};
use crate::domain::fold::without_accents;

/// Longer words are left out, in bytes: nobody types them, and they bloat the dictionary.
pub(super) const WORD_BYTES_MAX: usize = 128;
/// Longest word made of the runs of a chunk, in bytes, and of how many.
const JOINED_BYTES_MAX: usize = 40;
const JOINED_RUNS_MAX: usize = 6;
/// Letters that are no word of their own beside a number.
const SHORT_BYTES_MAX: usize = 2;

/// Who wants the words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::engine) enum Side {
    /// Everything an object is found by: the runs, and what people write them together as.
    Object,
    /// What was typed, each word once, with its other forms.
    Query,
    /// The same without forms.
    Plain,
}

/// Takes lower-case text apart, chunk by chunk.
pub(in crate::engine) struct Segmenter<'t> {
    text: &'t str,
    at: usize,
    side: Side,
    stemmer: Stemmer,
    /// What the last run may be as a number that a unit may follow.
    numbers: Vec<Cow<'t, str>>,
    /// The last run, if it is of a letter or two.
    short: Option<&'t str>,
    runs: Vec<Range<usize>>,
    words: VecDeque<Word<'t>>,
}

pub(in crate::engine) struct Word<'t> {
    pub(in crate::engine) text: Cow<'t, str>,
    /// Whether it stands behind the word before it, and not in its place.
    pub(in crate::engine) is_next: bool,
    /// What its other forms share with it, marked; of a query only.
    pub(in crate::engine) stems: Vec<String>,
    /// What else it is met by; of a query only.
    pub(in crate::engine) others: Vec<Other>,
}

impl<'t> Segmenter<'t> {
    pub(in crate::engine) fn new(text: &'t str, side: Side, stemmer: Stemmer) -> Self {
        Self {
            text,
            at: 0,
            side,
            stemmer,
            numbers: Vec::new(),
            short: None,
            runs: Vec::new(),
            words: VecDeque::new(),
        }
    }

    pub(in crate::engine) fn next_word(&mut self) -> Option<Word<'t>> {
        while self.words.is_empty() {
            if !self.skip_gap() {
                return None;
            }
            if !self.push_figure() {
                self.read_chunk();
                self.push_chunk();
            }
        }
        self.words.pop_front()
    }

    /// Goes to the next word character; `false` at the end of the text.
    fn skip_gap(&mut self) -> bool {
        let Some(gap) = self.text[self.at..].find(is_word_character) else {
            return false;
        };
        let between = &self.text[self.at..self.at + gap];
        if !between.bytes().all(|b| b == b' ' || b == b'-') {
            self.numbers.clear();
            self.short = None;
        }
        self.at += gap;
        true
    }

    /// Reads the runs of the chunk that begins here.
    fn read_chunk(&mut self) {
        self.runs.clear();
        loop {
            let rest = &self.text[self.at..];
            let length = rest.find(|c| !is_word_character(c)).unwrap_or(rest.len());
            self.runs.push(self.at..self.at + length);
            self.at += length;
            let mut behind = self.text[self.at..].chars();
            let joiner = behind.next().filter(|&c| is_joiner(c));
            match (joiner, behind.next()) {
                (Some(joiner), Some(next))
                    if is_word_character(next)
                        && (joiner != ',' || self.is_between_digits(self.at, next)) =>
                {
                    self.at += joiner.len_utf8();
                }
                _ => return,
            }
        }
    }

    fn is_between_digits(&self, at: usize, next: char) -> bool {
        next.is_ascii_digit() && self.text[..at].ends_with(|c: char| c.is_ascii_digit())
    }

    fn push_chunk(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        if let Some((decimal, letters)) = self.decimal(&runs) {
            self.push_decimal(decimal, letters, &runs);
        } else {
            for run in &runs {
                self.push_run(&self.text[run.clone()]);
            }
            self.push_joined(&runs);
        }
        self.push_signs(&runs);
        self.push_inches();
        self.runs = runs;
    }

    /// `t-shirt` as `tshirt`.
    fn push_joined(&mut self, runs: &[Range<usize>]) {
        if self.side == Side::Object && (2..=JOINED_RUNS_MAX).contains(&runs.len()) {
            let joined: String = runs.iter().map(|run| &self.text[run.clone()]).collect();
            if joined.len() <= JOINED_BYTES_MAX {
                self.push(joined, false);
            }
        }
    }

    fn push_run(&mut self, word: &'t str) {
        if !word.is_ascii() && word.chars().any(has_no_word_breaks) {
            self.numbers.clear();
            self.short = None;
            self.push_characters(word);
            return;
        }
        let short = self.short.take();
        let (digits, letters) = leading_digits(word);
        let is_behind_number = !digits.is_empty() || !self.numbers.is_empty();
        let unit = is_behind_number
            .then(|| units::canonical(letters))
            .flatten();
        match (digits, unit) {
            // `500 ml`
            ("", Some(unit)) => {
                self.push_forms(word);
                self.push_measure(unit);
            }
            // `500ml`
            (_, Some(unit)) => {
                self.push(format!("{digits}{unit}"), true);
                if self.side == Side::Object {
                    self.push(digits, false);
                    self.push(letters, true);
                }
                self.numbers.clear();
            }
            (_, None) => {
                self.push_forms(word);
                if self.side == Side::Object {
                    self.push_beside(short, digits, letters);
                }
                self.numbers.clear();
                if letters.is_empty() {
                    self.numbers.push(Cow::Borrowed(digits));
                } else if digits.is_empty() && letters.len() <= SHORT_BYTES_MAX {
                    self.short = Some(letters);
                }
            }
        }
    }

    /// A letter or two and a number beside them, written together: `s 9` as `s9`, `4 k` as `4k`.
    fn push_beside(&mut self, short: Option<&'t str>, digits: &'t str, letters: &'t str) {
        if let Some(short) = short.filter(|_| letters.is_empty()) {
            self.push(format!("{short}{digits}"), false);
        }
        if digits.is_empty()
            && letters.len() <= SHORT_BYTES_MAX
            && let [number] = self.numbers.as_slice()
        {
            let joined = format!("{number}{letters}");
            self.push(joined, false);
        }
    }

    /// `2.9` and `2,9l`, the unit already told from the digits.
    fn push_decimal(&mut self, decimal: String, letters: &'t str, runs: &[Range<usize>]) {
        let unit = units::canonical(letters);
        self.short = None;
        self.numbers.clear();
        match (self.side, unit) {
            (Side::Query | Side::Plain, Some(unit)) => self.push(decimal + unit, true),
            (Side::Query | Side::Plain, None) => {
                self.push(decimal.clone(), true);
                self.numbers.push(Cow::Owned(decimal));
            }
            (Side::Object, unit) => {
                self.push(decimal.clone(), true);
                for run in runs {
                    let (digits, _) = leading_digits(&self.text[run.clone()]);
                    self.push(digits, false);
                }
                self.numbers.push(Cow::Owned(decimal));
                if let Some(unit) = unit {
                    self.push(letters, true);
                    self.push_measure(unit);
                }
            }
        }
    }

    /// The unit of the number before it.
    fn push_measure(&mut self, unit: &str) {
        for number in std::mem::take(&mut self.numbers) {
            if self.side == Side::Object {
                self.push(number.into_owned() + unit, false);
            }
        }
    }

    /// `15"`
    fn push_inches(&mut self) {
        let rest = &self.text[self.at..];
        // Compatibility folding makes two primes of a double one.
        let is_prime =
            rest.starts_with(['"', '”']) || rest.starts_with("''") || rest.starts_with("′′");
        if is_prime && !self.numbers.is_empty() {
            self.push(units::INCH, true);
            self.push_measure(units::INCH);
        }
    }

    /// Scripts that put no blanks between words are found by their characters.
    fn push_characters(&mut self, run: &'t str) {
        let mut rest = run;
        while let Some(c) = rest.chars().next() {
            let end = if has_no_word_breaks(c) {
                c.len_utf8()
            } else {
                rest.find(has_no_word_breaks).unwrap_or(rest.len())
            };
            let (word, behind) = rest.split_at(end);
            self.push(word, true);
            rest = behind;
        }
    }

    /// `2.9` and `2,9l`: the number, and the unit written to it.
    fn decimal(&self, runs: &[Range<usize>]) -> Option<(String, &'t str)> {
        let [whole, part] = runs else {
            return None;
        };
        let point = &self.text[whole.end..part.start];
        let (whole, part) = (&self.text[whole.clone()], &self.text[part.clone()]);
        let (fraction, letters) = leading_digits(part);
        let is_decimal = matches!(point, "." | ",")
            && leading_digits(whole).1.is_empty()
            && !fraction.is_empty()
            && (letters.is_empty() || units::canonical(letters).is_some());
        is_decimal.then(|| (numbers::decimal(whole, fraction), letters))
    }

    /// A word, and its stems where it has others.
    fn push_forms(&mut self, word: &'t str) {
        self.push(word, true);
        let Some(pushed) = self.words.back_mut() else {
            return;
        };
        match self.side {
            Side::Plain => {}
            Side::Query => {
                pushed.stems = if self.stemmer.is_idle() {
                    Stemmer::numbers(&pushed.text)
                } else {
                    self.stemmer.stems(word, &pushed.text, without_accents)
                };
                if let Some(parts) = mixed(&pushed.text) {
                    let parts = parts.into_iter().map(str::to_owned);
                    pushed.others.push(Other::same(parts.collect()));
                }
            }
            Side::Object => {
                if let Some(parts) = mixed(word) {
                    for part in parts {
                        self.push(part, false);
                    }
                    return;
                }
                if self.stemmer.is_idle() {
                    return;
                }
                let stems = self.stemmer.stems(word, &pushed.text, without_accents);
                let others = stems.into_iter().filter(|stem| *stem != pushed.text);
                let marked: Vec<String> = others.map(|stem| format!("{MARK}{stem}")).collect();
                for stem in marked {
                    self.push(stem, false);
                }
            }
        }
    }

    fn push(&mut self, text: impl Into<Cow<'t, str>>, is_next: bool) {
        let mut text = text.into();
        if !text.is_ascii() {
            text = Cow::Owned(without_accents(&text));
        }
        // Accents that stood alone are no word.
        if (1..=WORD_BYTES_MAX).contains(&text.len()) {
            let stems = Vec::new();
            self.words.push_back(Word {
                text,
                is_next,
                stems,
                others: Vec::new(),
            });
        }
    }
}
