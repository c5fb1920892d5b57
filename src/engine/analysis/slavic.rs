//! A light stemmer for Czech and Slovak: case endings go, and the vowel that comes and goes before the
//! last consonant (`ponožka`, `ponožek`, `ponožiek`, `ponožok`); consonants that soften before an ending
//! have both stems (`kniha`, `knize`).

use super::light::{Declension, is_vowel, without_ending};

/// Shortest stem an ending may leave, in letters.
const STEM_CHARS: usize = 3;

/// Case endings of nouns and adjectives of both languages.
const ENDINGS: [&str; 47] = [
    "encoch", "encov", "iach", "iami", "iemi", "ieho", "iemu", "iich", "iim", "ami", "emi", "imi",
    "ymi", "ach", "ech", "ich", "och", "ych", "eho", "iho", "emu", "imu", "iam", "iom", "iou",
    "iev", "am", "em", "im", "om", "um", "ym", "ou", "ov", "ej", "ia", "ie", "ii", "io", "iu",
    "mi", "a", "e", "i", "o", "u", "y",
];

const DECLENSION: Declension = Declension {
    // `pyžam` is a form of `pyžamo`.
    maybe_stem: &[
        "iach", "ach", "ech", "ich", "och", "ych", "iam", "iom", "iev", "am", "em", "im", "om",
        "um", "ym", "ov", "ej",
    ],
    softening: &["e", "i", "ich", "ech"],
    softened: &[("c", &["k"]), ("z", &["h"]), ("s", &["ch"])],
    flees,
};

/// The stems of a lower-case word without accents.
pub(super) fn stems(word: &str) -> Vec<String> {
    if !word.is_ascii() {
        return vec![word.to_owned()];
    }
    let (mut stem, mut ending) = without_ending(word, &ENDINGS, STEM_CHARS);
    // `mi` is an ending behind consonants only: `obleky`, `oblekmi`.
    if ending == "mi" && stem.bytes().last().is_some_and(is_vowel) {
        (stem, ending) = without_ending(word, &["i"], STEM_CHARS);
    }
    DECLENSION.stems(word, stem, ending)
}

fn flees(vowel: u8, last: u8) -> bool {
    match vowel {
        b'e' => matches!(
            last,
            b'k' | b'c' | b'n' | b'l' | b'r' | b'b' | b'v' | b't' | b'p'
        ),
        b'o' => matches!(last, b'k' | b'r' | b'l' | b'c' | b'n'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::light::{assert_forms_of_one, is_longest_first};
    use super::*;

    #[test]
    fn forms_of_a_noun_share_a_stem_with_the_first() {
        for forms in [
            "ponozka ponozky ponozek ponozce ponozku ponozkou ponozkam ponozkami ponozkach",
            "ponozka ponozky ponoziek ponozke ponozku ponozkou ponozkam ponozkami ponozkach",
            "okno okna oken oknu oknem oknum oknech okny",
            "okno okna okien oknu oknom oknam oknach oknami",
            "bota boty bot bote botu botou botam botami botach",
            "cerny cerna cerne cerneho cernemu cernym cernych cernymi cernou",
            "stroj stroje stroji stroju strojem strojum strojich",
            "topanka topanky topanok topankam topankach",
            "kniha knihy knize knih knihami",
            "oblek obleku oblekem oblecich oblekmi",
            "pyzamo pyzama pyzam pyzamech",
        ] {
            assert_forms_of_one(stems, forms);
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [("bota", "botnik"), ("stroj", "strom"), ("kolo", "kolac")] {
            assert_ne!(stems(one), stems(other), "{one} {other}");
        }
    }

    #[test]
    fn short_and_foreign_words_stay() {
        for word in ["rum", "dum", "ano", "pes", "лампа"] {
            assert_eq!(stems(word), [word]);
        }
    }

    #[test]
    fn endings_come_longest_first() {
        assert!(is_longest_first(&ENDINGS));
    }
}
