//! Amounts out of formatted price texts (docs/reference/04-data-layout.md §3). Invariants: an amount is
//! finite, and it is that of one number of the text; the digits of two are never put together.

mod pieces;
mod words;

use pieces::{Digits, Piece, Pieces};

/// Most pieces of a text that are looked at: a price stands before them, if there is one.
const PIECES_MAX: usize = 256;

/// The amount a price text states, whatever its thousands and decimal marks: `1 234,56 Kč` is 1234.56,
/// `299–399 Kč` is 299, `2 for 5 €` is 5. `None` when it holds no digits.
pub fn parse_price(text: &str) -> Option<f64> {
    let pieces: Vec<Piece<'_>> = Pieces::of(text).take(PIECES_MAX).collect();
    PriceText { pieces: &pieces }.amount()
}

/// The amount that a text is and says nothing beside: one number, and its currency maybe.
pub(super) fn parse_amount(text: &str) -> Option<f64> {
    let mut pieces: Vec<Piece<'_>> = Pieces::of(text).take(PIECES_MAX).collect();
    pieces.retain(|piece| *piece != Piece::Blank);
    let of = PriceText { pieces: &pieces };
    let number = of.next_number(0)?;
    let is_all = number.start == 0 && number.end == pieces.len() && !number.is_percent;
    is_all
        .then(|| number.amount(number.has_three_decimals))
        .flatten()
}

#[derive(Clone, Copy)]
struct PriceText<'t> {
    pieces: &'t [Piece<'t>],
}

/// A number of the text and what is written about it.
#[derive(Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing said of a number, whatever the others are"
)]
struct Number<'t> {
    digits: Digits<'t>,
    is_negative: bool,
    /// Where its sign, its currency or its digits begin.
    start: usize,
    /// Behind its currency and the measure it is per.
    end: usize,
    has_currency: bool,
    /// Three digits after its mark are decimals.
    has_three_decimals: bool,
    is_from: bool,
    is_percent: bool,
}

/// One number, or the lower end of a range.
struct Offer {
    /// `None` beyond all amounts.
    amount: Option<f64>,
    has_currency: bool,
    is_from: bool,
    start: usize,
    end: usize,
}

impl<'t> PriceText<'t> {
    fn amount(self) -> Option<f64> {
        let offers = self.offers();
        let priced = |offer: &&Offer| offer.has_currency;
        let from = |offer: &&Offer| offer.is_from;
        if offers.iter().any(|offer| offer.has_currency) {
            let mut found = offers.iter().filter(priced);
            let first_from = found.clone().find(from);
            return first_from.or_else(|| found.next())?.amount;
        }
        let chosen = offers
            .iter()
            .find(from)
            .or_else(|| self.price_of_several(&offers))
            .or(offers.first());
        chosen?.amount
    }

    /// `2 for 5`: the second.
    fn price_of_several(self, offers: &[Offer]) -> Option<&Offer> {
        let [first, second, ..] = offers else {
            return None;
        };
        let mut between = self.pieces[first.end..second.start].iter().rev();
        let last = between.find(|piece| **piece != Piece::Blank)?;
        matches!(last, Piece::Word(word) if words::is_for(word)).then_some(second)
    }

    /// Every number, those of a range together.
    fn offers(self) -> Vec<Offer> {
        let mut ranges: Vec<Vec<Number<'t>>> = Vec::new();
        let mut at = 0;
        while let Some(number) = self.next_number(at) {
            at = number.end;
            match ranges.last_mut() {
                Some(range) if self.is_range(range, &number) => range.push(number),
                _ => ranges.push(vec![number]),
            }
        }
        ranges.iter().map(|range| Offer::of(range)).collect()
    }

    fn next_number(self, from: usize) -> Option<Number<'t>> {
        let is_number = |piece: &Piece<'_>| matches!(piece, Piece::Number(_));
        let at = from + self.pieces[from..].iter().position(is_number)?;
        let Piece::Number(digits) = self.pieces[at] else {
            return None;
        };
        let (mut start, mut currency) = (at, None);
        let mut is_negative = self.take_sign(&mut start, from);
        let before = self.skip_blanks_back(start, from);
        if before > from && self.pieces[before - 1].is_currency() {
            currency = Some(before - 1);
            start = before - 1;
            is_negative = is_negative || self.take_sign(&mut start, from);
        }
        let mut number = Number {
            digits,
            is_negative,
            start,
            end: at + 1,
            has_currency: currency.is_some(),
            has_three_decimals: currency.is_some_and(|at| self.has_three_decimals(at)),
            is_from: self.is_behind_from(start, from),
            is_percent: self.pieces.get(self.skip_blanks(at + 1)) == Some(&Piece::Percent),
        };
        self.take_currency(&mut number);
        self.take_measure(&mut number);
        Some(number)
    }

    /// Whether a dash before `start` is a minus; `start` moves before it. A dash between two numbers or
    /// words is none.
    fn take_sign(self, start: &mut usize, from: usize) -> bool {
        let dash = self.skip_blanks_back(*start, from);
        if dash == from || self.pieces[dash - 1] != Piece::Dash {
            return false;
        }
        let at = dash - 1;
        let is_glued = dash == *start;
        let before = self.skip_blanks_back(at, from);
        let is_apart = before != at;
        let is_sign = if before == from {
            // At the very beginning, or between two numbers: `100 € -20 €`, but not `10 -20 €`.
            let is_behind_number = from > 0 && matches!(self.pieces[from - 1], Piece::Number(_));
            from == 0 || (is_glued && is_apart && !is_behind_number)
        } else {
            let precedes = &self.pieces[before - 1];
            let joins = matches!(precedes, Piece::Word(_) | Piece::Dash);
            precedes.is_currency() || (is_glued && (is_apart || !joins))
        };
        if is_sign {
            *start = at;
        }
        is_sign
    }

    /// The currency behind a number, unless it is written to the next one: `42 €59`.
    fn take_currency(self, number: &mut Number<'t>) {
        let at = self.skip_blanks(number.end);
        if !self.pieces.get(at).is_some_and(Piece::is_currency) {
            return;
        }
        let is_apart = at != number.end;
        let is_of_next = matches!(self.pieces.get(at + 1), Some(Piece::Number(_)));
        if is_apart && is_of_next {
            return;
        }
        number.has_currency = true;
        number.has_three_decimals |= self.has_three_decimals(at);
        number.end = at + 1;
    }

    /// What the price is per: `/l`, `/100 g`, `per kg`; or of pieces, `/ks`. A measure right behind a number
    /// says the same of it.
    fn take_measure(self, number: &mut Number<'t>) {
        let mut at = self.skip_blanks(number.end);
        let mut has_quantity = false;
        let (is_divided, is_per) = match self.pieces.get(at) {
            Some(Piece::Slash) => (true, true),
            Some(Piece::Word(word)) => (false, words::is_per(word)),
            _ => return,
        };
        if is_per {
            at = self.skip_blanks(at + 1);
            if let Some(Piece::Number(_)) = self.pieces.get(at) {
                has_quantity = true;
                at = self.skip_blanks(at + 1);
            }
        } else if number.has_currency {
            // `19 € 1 kg` and `19 € kg` say nothing about the number.
            return;
        }
        let Some(Piece::Word(word)) = self.pieces.get(at) else {
            return;
        };
        if words::is_measure(word) {
            number.has_three_decimals = true;
            number.end = at + 1;
            // The digit of `m2`.
            if let Some(Piece::Number(digits)) = self.pieces.get(at + 1)
                && matches!(digits.text, "2" | "3")
            {
                number.end = at + 2;
            }
        } else if is_divided && !has_quantity {
            number.end = at + 1;
        }
    }

    fn has_three_decimals(self, currency: usize) -> bool {
        matches!(self.pieces[currency], Piece::Word(word) if words::has_three_decimals(word))
    }

    fn is_behind_from(self, start: usize, from: usize) -> bool {
        let is_word_before = |piece: &&Piece<'_>| !matches!(piece, Piece::Blank | Piece::Other);
        let before = self.pieces[from..start].iter().rev().find(is_word_before);
        matches!(before, Some(Piece::Word(word)) if words::is_from(word))
    }

    /// Whether nothing but a dash or a word like `to` stands between the end of a range so far and a number.
    fn is_range(self, range: &[Number<'t>], next: &Number<'t>) -> bool {
        let Some(last) = range.last() else {
            return false;
        };
        if last.is_percent || next.is_percent {
            return false;
        }
        let between = &self.pieces[last.end..next.start];
        let mut marks = between.iter().filter(|piece| **piece != Piece::Blank);
        match (marks.next(), marks.next()) {
            // The dash of `500,--600` is taken for one of no cents.
            (None, _) => last.digits.has_no_cents && between.is_empty() && !next.is_negative,
            (Some(Piece::Dash), None) => true,
            (Some(Piece::Dash), Some(Piece::Dash)) => marks.all(|piece| *piece == Piece::Dash),
            (Some(Piece::Word(word)), None) => {
                words::is_to(word) || (range[0].is_from && words::is_to_after_from(word))
            }
            _ => false,
        }
    }

    fn skip_blanks(self, mut at: usize) -> usize {
        while self.pieces.get(at) == Some(&Piece::Blank) {
            at += 1;
        }
        at
    }

    fn skip_blanks_back(self, mut at: usize, from: usize) -> usize {
        while at > from && self.pieces[at - 1] == Piece::Blank {
            at -= 1;
        }
        at
    }
}

impl Offer {
    /// Of a range, what is said of one end is said of the other.
    fn of(range: &[Number<'_>]) -> Self {
        let any = |said: fn(&Number<'_>) -> bool| range.iter().any(said);
        let has_three_decimals = any(|number| number.has_three_decimals);
        let amounts = range
            .iter()
            .filter_map(|number| number.amount(has_three_decimals));
        Self {
            amount: amounts.min_by(f64::total_cmp),
            has_currency: any(|number| number.has_currency),
            is_from: any(|number| number.is_from),
            start: range.first().map_or(0, |number| number.start),
            end: range.last().map_or(0, |number| number.end),
        }
    }
}

impl Number<'_> {
    fn amount(&self, has_three_decimals: bool) -> Option<f64> {
        let text = self.digits.text;
        let decimal = decimal_mark(text, has_three_decimals);
        let mut plain = String::with_capacity(text.len() + 1);
        if self.is_negative {
            plain.push('-');
        }
        for (at, c) in text.char_indices() {
            match c {
                _ if Some(at) == decimal => plain.push('.'),
                '0'..='9' => plain.push(c),
                _ => {}
            }
        }
        let amount: f64 = plain.parse().ok()?;
        // A lone sign before zero would be returned as `-0.0`.
        amount.is_finite().then_some(amount + 0.0)
    }
}

/// Where the decimal mark stands, if there is one.
fn decimal_mark(text: &str, has_three_decimals: bool) -> Option<usize> {
    let last = text.rfind(['.', ','])?;
    let other_kind = if text[last..].starts_with('.') {
        ','
    } else {
        '.'
    };
    let has_other_kind = text[..last].contains(other_kind);
    let is_alone = text[..last].find(['.', ',']).is_none();
    let digits_after = text.len() - last - 1;
    // No number is grouped behind a nought.
    let is_below_one = matches!(&text[..last], "0" | "");
    let are_decimals = digits_after != 3 || has_three_decimals || is_below_one;
    (has_other_kind || (is_alone && are_decimals)).then_some(last)
}

#[cfg(test)]
mod tests;
