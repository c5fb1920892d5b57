//! Text as it is compared: compatibility forms unified, lower case, accents folded. Words of the index
//! are made with this, so whoever changes it raises the version of the analyzer.

use unicode_normalization::char::decompose_canonical;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Appends the text in lower case, its compatibility forms unified. Before anything is split: a
/// decomposed accent would end a word.
pub fn lower(text: &str, out: &mut String) {
    out.reserve(text.len());
    if text.is_ascii() {
        out.extend(text.bytes().map(|b| b.to_ascii_lowercase() as char));
    } else if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|c| out.extend(c.to_lowercase()));
    } else {
        text.nfkc().for_each(|c| out.extend(c.to_lowercase()));
    }
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
        other => out.push(other),
    }
}
