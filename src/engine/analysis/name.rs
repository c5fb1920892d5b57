//! A text as a name: of two names that differ only in case, accents, signs between words and the number of
//! their words one is the other. Invariant: names are compared as a whole, word by word in order.

use super::stem::Stemmer;
use super::{query_words, visible};
use crate::domain::Language;

/// Names of more words are not compared, nor longer ones: nobody types them.
const WORDS_MAX: usize = 6;
const BYTES_MAX: usize = 80;
/// Most spellings of one name: a word of some languages may be a form of two.
const SPELLINGS_MAX: usize = 4;

/// What the name may be written as; two texts are one name when they share one. Empty for what is none.
pub(in crate::engine) fn names(text: &str, language: Language) -> Vec<String> {
    let pieces = text.split_whitespace();
    let are_many = pieces
        .filter(|piece| piece.contains(char::is_alphanumeric))
        .nth(WORDS_MAX)
        .is_some();
    if text.len() > BYTES_MAX || are_many {
        return Vec::new();
    }
    let words = query_words(&visible(text), language, WORDS_MAX + 1);
    if words.is_empty() || words.len() > WORDS_MAX {
        return Vec::new();
    }
    let mut names = vec![String::new()];
    for word in words {
        let mut forms = if language == Language::Any {
            let others = Stemmer::numbers(&word.text).into_iter();
            let all = others.chain([word.text.clone()]);
            // The singular, for whichever of the two was written.
            let shortest = all.min_by(|one, other| {
                let length = |word: &str| word.chars().count();
                length(one).cmp(&length(other)).then(one.cmp(other))
            });
            shortest.into_iter().collect()
        } else {
            word.stems
        };
        if forms.is_empty() {
            forms.push(word.text);
        }
        forms.truncate(SPELLINGS_MAX / names.len());
        let longer = |name: &String| {
            let name = name.clone();
            let forms = forms.iter();
            forms
                .map(move |form| format!("{name} {form}"))
                .collect::<Vec<_>>()
        };
        names = names.iter().flat_map(longer).collect();
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_one(language: Language, one: &str, other: &str) -> bool {
        let others = names(other, language);
        names(one, language)
            .iter()
            .any(|name| others.contains(name))
    }

    #[test]
    fn names_are_compared_whatever_their_number_case_and_signs() {
        for (language, one, other) in [
            (Language::Any, "Ball Pens", "ball pen"),
            (Language::Any, "BATTERIES", "battery"),
            (Language::Any, "Watches", "watch"),
            (Language::Any, "Dresses", "dress"),
            (Language::Any, "T-Shirts", "t shirt"),
            (Language::Any, "Žárovky", "zarovky"),
            (Language::Any, "Caf&eacute;s", "café"),
            (Language::Czech, "Ponožky", "ponožka"),
            (Language::English, "Ladies' Shoes", "ladies shoe"),
        ] {
            assert!(is_one(language, one, other), "{one} {other}");
            assert!(is_one(language, other, one), "{other} {one}");
        }
        for (one, other) in [
            ("lamp oil", "oil lamp"),
            ("lamp", "lamp oil"),
            ("", ""),
            ("a b c d e f g", "a b c d e f g"),
        ] {
            assert!(!is_one(Language::Any, one, other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn names_are_few(text in "\\PC{0,60}") {
            for (_, language) in Language::ALL {
                prop_assert!(names(&text, language).len() <= SPELLINGS_MAX);
            }
        }
    }
}
