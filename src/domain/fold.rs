//! Text as it is compared: compatibility forms unified, lower case, accents folded. Words of the index
//! are made with this, so whoever changes it raises the version of the analyzer.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::char::decompose_canonical;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Appends the text in lower case, its compatibility forms unified, without what nobody sees. Before anything
/// is split: a decomposed accent would end a word, and so would a soft hyphen.
pub fn lower(text: &str, out: &mut String) {
    out.reserve(text.len());
    if text.is_ascii() {
        out.extend(text.bytes().map(|b| b.to_ascii_lowercase() as char));
    } else if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|c| push_lower(c, out));
    } else {
        let mut plain = String::with_capacity(text.len());
        push_plain_signs(text, &mut plain);
        plain.nfkc().for_each(|c| push_lower(c, out));
    }
}

fn push_lower(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
    } else if matches!(c, '\u{ae}' | '\u{a9}') {
        out.push(TRADE_MARK);
    } else if c == '\u{2044}' {
        out.push('/');
    } else if let Some(digit) = digit(c) {
        out.push(digit);
    } else if !is_unseen(c) {
        out.extend(c.to_lowercase());
    }
}

/// What a sign of a trade mark becomes: it ends a word or joins two, as a hyphen does.
const TRADE_MARK: char = '\u{2010}';

/// What compatibility forms would make something else of.
fn push_plain_signs(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\u{2122}' | '\u{2120}' => out.push(TRADE_MARK),
            // `1½` is no eleven halves.
            '\u{bc}'..='\u{be}' | '\u{2150}'..='\u{215e}' | '\u{2189}' => {
                if out.ends_with(|before: char| before.is_numeric()) {
                    out.push('-');
                }
                out.push(c);
            }
            c if is_unseen(c) => {}
            c => out.push(c),
        }
    }
}

/// Soft hyphens, characters without width, marks of direction, the tatweel: they change how a word looks, at
/// most.
fn is_unseen(c: char) -> bool {
    const FIRST: char = '\u{34f}';
    const TATWEEL: char = '\u{640}';
    match c {
        '\u{ad}' | TATWEEL => true,
        ..FIRST => false,
        c => CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c),
    }
}

/// The digit that this is in another script. Digits of a script follow one another, zero first.
fn digit(c: char) -> Option<char> {
    const FIRST: char = '\u{660}';
    let category = CodePointMapData::<GeneralCategory>::new();
    let is_digit = |c: u32| category.get32(c) == GeneralCategory::DecimalNumber;
    let number = u32::from(c);
    if c < FIRST || !is_digit(number) {
        return None;
    }
    let before = (1..number)
        .take_while(|back| is_digit(number - back))
        .count();
    char::from_digit(before as u32 % 10, 10)
}

/// A lower-case word as it is compared.
pub fn without_accents(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_ascii() {
            folded.push(c);
        } else {
            push_without_accents(c, &mut folded);
        }
    }
    folded
}

fn push_without_accents(c: char, out: &mut String) {
    let (mut base, mut bases, mut accents) = (c, 0, 0);
    decompose_canonical(c, |part| {
        if is_accent(part) {
            accents += 1;
        } else {
            base = part;
            bases += 1;
        }
    });
    match (bases, accents) {
        // An accent that could not be composed with what stood before it.
        (0, _) => {}
        // A letter and its accents.
        (1, 1..) => push_plain(base, out),
        // Not an accented letter: a syllable of Hangul stays whole.
        _ => push_plain(c, out),
    }
}

/// Marks people leave out when they type: of Latin, Greek and Cyrillic, Hebrew points, Arabic
/// vowels. Marks of other scripts make different words and stay.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that are not composed of a base and a mark, as they are commonly typed without them.
fn push_plain(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'đ' | 'ð' => out.push('d'),
        'ł' => out.push('l'),
        'ħ' => out.push('h'),
        'ı' => out.push('i'),
        'ŧ' => out.push('t'),
        'ŋ' => out.push('n'),
        'ς' => out.push('σ'),
        // Arabic ye, with and without its dots, and kaf: Persian keyboards have others.
        'ي' | 'ى' => out.push('ی'),
        'ك' => out.push('ک'),
        other => out.push(other),
    }
}
