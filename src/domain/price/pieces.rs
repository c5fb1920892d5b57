//! A price text cut into numbers and what stands between them. Invariant: the digits of one piece belong
//! together; a blank joins them only before exactly three more.

use super::words::{is_currency, is_currency_sign, is_dash};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Number(Digits<'t>),
    Word(&'t str),
    CurrencySign,
    Dash,
    Slash,
    Percent,
    Blank,
    Other,
}

/// A number as written: digits, the marks between them, blanks and apostrophes between thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits<'t> {
    pub(super) text: &'t str,
    /// `,-` stands for no cents.
    pub(super) has_no_cents: bool,
}

impl Piece<'_> {
    pub(super) fn is_currency(&self) -> bool {
        match self {
            Self::CurrencySign => true,
            Self::Word(word) => is_currency(word),
            _ => false,
        }
    }
}

/// Cuts off one piece after the other.
pub(super) struct Pieces<'t> {
    rest: &'t str,
    before: char,
    /// The last piece was a word that is no currency: what is glued to it counts nothing (`A4 299`).
    is_in_word: bool,
}

impl<'t> Pieces<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            rest: text,
            before: ' ',
            is_in_word: false,
        }
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.before = taken.chars().next_back().unwrap_or(self.before);
        self.rest = rest;
        taken
    }

    fn number(&mut self) -> Digits<'t> {
        let text = self.take(number_len(self.rest, !self.is_in_word));
        let mut tail = self.rest.strip_prefix([',', '.']).unwrap_or_default();
        let mut dashes = 0;
        while let Some(c) = tail.chars().next()
            && is_dash(c)
            && dashes < 2
        {
            // A third one, or another one, leads to the next number.
            if dashes == 1 && !self.rest[1..].starts_with(c) {
                break;
            }
            tail = &tail[c.len_utf8()..];
            dashes += 1;
        }
        if dashes > 0 {
            let ending = self.rest.len() - tail.len();
            self.take(ending);
        }
        Digits {
            text,
            has_no_cents: dashes > 0,
        }
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        while let Some(length) = invisible_len(self.rest) {
            self.rest = &self.rest[length..];
        }
        let first = self.rest.chars().next()?;
        if is_number_start(self.rest, self.before) {
            let number = self.number();
            self.is_in_word = false;
            return Some(Piece::Number(number));
        }
        if first.is_alphabetic() {
            let word = self.take(word_len(self.rest));
            self.is_in_word = !is_currency(word) && !word.ends_with('.');
            return Some(Piece::Word(word));
        }
        self.is_in_word = false;
        if let Some(length) = blank_len(self.rest) {
            self.take(length);
            return Some(Piece::Blank);
        }
        if let Some(length) = entity_len(self.rest, &["&euro;", "&#8364;", "&pound;", "&yen;"]) {
            self.take(length);
            return Some(Piece::CurrencySign);
        }
        for ellipsis in ["\u{2026}", "...", ".."] {
            if self.rest.starts_with(ellipsis) {
                self.take(ellipsis.len());
                return Some(Piece::Dash);
            }
        }
        self.take(first.len_utf8());
        Some(match first {
            c if is_dash(c) => Piece::Dash,
            c if is_currency_sign(c) => Piece::CurrencySign,
            c if c.is_whitespace() => Piece::Blank,
            '/' | '\u{2044}' => Piece::Slash,
            '%' => Piece::Percent,
            _ => Piece::Other,
        })
    }
}

/// A mark begins a number (`,5`) when no letter, digit or mark precedes it: the dots of `Rs.500` and of
/// `...5` do not.
fn is_number_start(rest: &str, before: char) -> bool {
    let bytes = rest.as_bytes();
    match bytes {
        [b'0'..=b'9', ..] => true,
        [b'.' | b',', b'0'..=b'9', ..] => {
            !(before.is_alphanumeric() || matches!(before, '.' | ','))
        }
        _ => false,
    }
}

/// How many bytes from the start belong to one number.
fn number_len(text: &str, may_have_blanks: bool) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut digits, mut has_mark) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        let is_before_digit = || bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                at += 1;
            }
            b'.' | b',' if is_before_digit() => {
                has_mark = true;
                at += 1;
            }
            _ => {
                let is_thousands = may_have_blanks && !has_mark && (1..=3).contains(&digits);
                let Some(length) = thousands_mark_len(&text[at..]).filter(|_| is_thousands) else {
                    break;
                };
                let next = &bytes[at + length..];
                let count = next.iter().take_while(|b| b.is_ascii_digit()).count();
                if count != 3 {
                    break;
                }
                // The three that follow are as many as may stand before another mark.
                digits = 0;
                at += length;
            }
        }
    }
    at
}

fn thousands_mark_len(text: &str) -> Option<usize> {
    let is_apostrophe = |c: &char| matches!(c, '\'' | '`' | '\u{b4}' | '\u{2019}' | '\u{2bc}');
    let first = text.chars().next().filter(is_apostrophe);
    first.map(char::len_utf8).or_else(|| blank_len(text))
}

/// A blank within a line, also as HTML writes it.
fn blank_len(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let is_blank = first.is_whitespace() && !first.is_control();
    is_blank
        .then_some(first.len_utf8())
        .or_else(|| entity_len(text, &["&nbsp;", "&thinsp;"]))
}

fn entity_len(text: &str, entities: &[&str]) -> Option<usize> {
    let found = entities.iter().find(|entity| text.starts_with(**entity));
    found.map(|entity| entity.len())
}

/// Letters, with dots between them (`R.O`) and one behind them (`Kč.`).
fn word_len(text: &str) -> usize {
    let is_letter = |c: char| c.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&c);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if is_letter(c) {
            continue;
        }
        let is_inside = chars.peek().is_some_and(|&(_, next)| is_letter(next));
        match c {
            '.' if is_inside => {}
            '.' if !text[at..].starts_with("..") => return at + 1,
            _ => return at,
        }
    }
    text.len()
}

/// Marks of writing direction and the like, which nobody sees.
fn invisible_len(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let is_invisible = matches!(
        first,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}'
    );
    is_invisible.then_some(first.len_utf8())
}
