//! How text becomes words, for objects and queries alike: compatibility forms unified, lower case,
//! accents folded, split at everything that is neither letter nor digit.
//! Invariant: folding is the same on both sides; whoever changes it raises [`VERSION`].

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Name the analyzer is registered under.
pub(super) const NAME: &str = "fold";
/// Version of the words a text becomes.
pub(super) const VERSION: u32 = 1;
/// Longer words are left out, in bytes: nobody types them, and they bloat the dictionary.
const WORD_BYTES_MAX: usize = 128;

pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::from(FoldingTokenizer::default())
}

/// The distinct words of a text, in order of first appearance, at most `max`.
pub(super) fn distinct_words(text: &str, max: usize) -> Vec<String> {
    let mut tokenizer = FoldingTokenizer::default();
    let mut stream = tokenizer.token_stream(text);
    let mut words: Vec<String> = Vec::new();
    while words.len() < max && stream.advance() {
        let word = &stream.token().text;
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    words
}

#[derive(Clone, Default)]
struct FoldingTokenizer {
    folded: String,
    token: Token,
}

impl Tokenizer for FoldingTokenizer {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.folded.clear();
        fold(text, &mut self.folded);
        self.token.reset();
        Words {
            rest: &self.folded,
            token: &mut self.token,
        }
    }
}

/// Offsets of the tokens are those of the folded text; nothing here highlights by them.
struct Words<'a> {
    rest: &'a str,
    token: &'a mut Token,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let Some(start) = self.rest.find(is_word_character) else {
                return false;
            };
            let from = &self.rest[start..];
            let end = from
                .find(|c: char| !is_word_character(c))
                .unwrap_or(from.len());
            let (word, rest) = from.split_at(end);
            self.rest = rest;
            if word.len() <= WORD_BYTES_MAX {
                self.token.text.clear();
                self.token.text.push_str(word);
                self.token.position = self.token.position.wrapping_add(1);
                return true;
            }
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// Marks count as letters where folding left them: vowel signs of Indic scripts are marks.
fn is_word_character(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        c.is_alphanumeric() || is_combining_mark(c)
    }
}

/// Appends the text as it is compared: without case, accents and compatibility forms.
fn fold(text: &str, out: &mut String) {
    out.reserve(text.len());
    if text.is_ascii() {
        out.extend(text.bytes().map(|b| b.to_ascii_lowercase() as char));
    } else if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|c| fold_character(c, out));
    } else {
        // Before anything is split: a decomposed accent would end a word.
        text.nfkc().for_each(|c| fold_character(c, out));
    }
}

fn fold_character(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase() {
        push_without_accents(c, out);
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        distinct_words(text, usize::MAX)
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        let pairs = [
            ("Žluťoučký KŮŇ", "zlutoucky kun"),
            ("Łódź Gdańsk", "lodz gdansk"),
            ("Straße STRASSE", "strasse"),
            ("Ærø Œuvre Đorđe", "aero oeuvre dorde"),
            ("İstanbul ılık", "istanbul ilik"),
            ("Ёлка йод", "елка иод"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("ﬁne ² ™", "fine 2 tm"),
            ("ＡＢＣ１２", "abc12"),
        ];
        for (typed, folded) in pairs {
            assert_eq!(words(typed).join(" "), folded, "{typed}");
        }
    }

    #[test]
    fn decomposed_input_gives_the_same_words() {
        for text in ["Žluťoučký", "ǖber", "각하", "が", "हिन्दी"] {
            let decomposed: String = text.nfd().collect();
            assert_eq!(words(&decomposed), words(text), "{text}");
            assert_eq!(words(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_end_at_everything_but_letters_and_digits() {
        assert_eq!(words("a-b_c.d/e'f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(words("43.2 cm (17\")"), ["43", "2", "cm", "17"]);
        assert_eq!(words(" \t—…"), Vec::<String>::new());
    }

    #[test]
    fn words_beyond_the_bound_are_left_out() {
        let long = "x".repeat(WORD_BYTES_MAX + 1);
        assert_eq!(words(&format!("a {long} b")), ["a", "b"]);
        assert_eq!(words(&long[1..]).len(), 1);
    }

    #[test]
    fn a_repeated_word_counts_once_and_the_number_is_bounded() {
        assert_eq!(words("Red red RED shoe"), ["red", "shoe"]);
        assert_eq!(distinct_words("a b c d", 2), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }

        #[test]
        fn ascii_takes_the_same_way_with_and_without_other_letters(text in "[ -~]{0,40}") {
            let mut mixed = words(&format!("{text} ж"));
            mixed.pop();
            prop_assert_eq!(mixed, words(&text));
        }
    }
}
