//! Numbers that people write in several ways, as words. Invariant: what a query makes of one is among what an object
//! of the same text is indexed by.

use std::borrow::Cow;

use super::{Segmenter, Side};
use crate::engine::analysis::characters::{is_joiner, is_word_character};
use crate::engine::analysis::numbers::{self, Figure};
use crate::engine::analysis::{Other, units};

impl<'t> Segmenter<'t> {
    /// Takes a number that people write in several ways, if one stands here.
    pub(super) fn push_figure(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(figure) = numbers::read(rest) else {
            return false;
        };
        let behind = &rest[figure.end..];
        let letters = behind.find(|c| !is_word_character(c));
        let (letters, behind) = behind.split_at(letters.unwrap_or(behind.len()));
        let unit = units::canonical(letters);
        let mut behind = behind.chars();
        let goes_on = behind.next().is_some_and(|c| is_joiner(c) && c != '-')
            && behind.next().is_some_and(is_word_character);
        if goes_on || unit.is_none() && !letters.is_empty() {
            return false;
        }
        self.at += figure.end + letters.len();
        self.short = None;
        self.numbers.clear();
        match self.side {
            Side::Object => self.push_figure_of_object(figure, letters, unit),
            Side::Query | Side::Plain => self.push_figure_of_query(figure, unit),
        }
        self.push_inches();
        true
    }

    fn push_figure_of_object(&mut self, figure: Figure, letters: &'t str, unit: Option<&str>) {
        self.push(figure.canonical.clone(), true);
        let is_last_apart =
            !figure.is_fraction && (figure.gaps > 0 || figure.canonical.contains('x'));
        if is_last_apart && let Some(last) = figure.parts.last() {
            self.numbers.push(Cow::Owned(last.clone()));
        }
        for other in figure.other.iter().chain(&figure.inner) {
            self.push(other.clone(), false);
        }
        for part in figure.parts {
            self.push(part, true);
        }
        self.numbers.push(Cow::Owned(figure.canonical));
        self.numbers.extend(figure.other.map(Cow::Owned));
        if let Some(unit) = unit {
            self.push(letters, true);
            self.push_measure(unit);
        }
    }

    fn push_figure_of_query(&mut self, figure: Figure, unit: Option<&'static str>) {
        let unit_text = unit.unwrap_or_default();
        let mut others: Vec<Other> = Vec::new();
        if let Some(other) = figure.other {
            others.push(Other::same(vec![other + unit_text]));
        }
        let mut parts = figure.parts;
        if figure.is_fraction {
            others.push(Other::stripped(parts));
        } else if figure.canonical.contains('x') {
            if unit.is_some() {
                others.push(Other::stripped(vec![figure.canonical.clone()]));
            }
        } else if figure.gaps > 0
            && let Some(last) = parts.last_mut()
        {
            last.push_str(unit_text);
            others.push(Other::same(parts));
        }
        self.push(figure.canonical.clone() + unit_text, true);
        if let Some(pushed) = self.words.back_mut() {
            pushed.others = others;
        }
        if unit.is_none() {
            self.numbers.push(Cow::Owned(figure.canonical));
        }
    }
}
