//! How text becomes words, for objects and queries alike: compatibility forms unified, lower case,
//! accents folded, split at everything that is neither letter nor digit.
//! Invariant: folding is the same on both sides; whoever changes it raises [`VERSION`].

mod fold;
mod segment;
mod units;

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

use self::fold::fold;
use self::segment::{Segmenter, Side};

/// Name the analyzer is registered under.
pub(super) const NAME: &str = "fold";
/// Version of the words a text becomes.
pub(super) const VERSION: u32 = 2;

pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::from(FoldingTokenizer::default())
}

/// The words of a query, in the order typed, at most `max`.
pub(super) fn query_words(text: &str, max: usize) -> Vec<String> {
    let mut folded = String::new();
    fold(text, &mut folded);
    let mut segmenter = Segmenter::new(&folded, Side::Query);
    let mut words = Vec::new();
    while words.len() < max
        && let Some(word) = segmenter.next_word()
    {
        words.push(word.text.into_owned());
    }
    words
}

/// Two neighbouring words as one: `head set` → `headset`, `15 in` → `15inch`.
pub(super) fn joined(word: &str, next: &str) -> String {
    let is_number = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let unit = units::canonical(next).filter(|_| is_number);
    format!("{word}{}", unit.unwrap_or(next))
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
            words: Segmenter::new(&self.folded, Side::Object),
            token: &mut self.token,
        }
    }
}

/// Offsets of the tokens are not set; nothing here highlights by them.
struct Words<'a> {
    words: Segmenter<'a>,
    token: &'a mut Token,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next_word() else {
            return false;
        };
        self.token.text.clear();
        self.token.text.push_str(&word.text);
        if word.is_next {
            self.token.position = self.token.position.wrapping_add(1);
        }
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
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
