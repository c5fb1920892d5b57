//! A light stemmer for Polish: case endings go, and the vowel that comes and goes before the last
//! consonant (`koszulka`, `koszulek`); consonants that soften before an ending have both stems (`lampa`,
//! `but`, `bucie`).

use super::light::{Declension, without_ending};

/// Shortest stem an ending may leave, in letters.
const STEM_CHARS: usize = 3;

/// Case endings of nouns and adjectives.
const ENDINGS: [&str; 35] = [
    "iami", "iach", "iego", "iemu", "iowi", "owi", "ami", "ach", "iem", "iom", "iow", "ego", "emu",
    "ych", "ich", "ymi", "imi", "iej", "ow", "om", "em", "ie", "iu", "ia", "io", "ii", "ym", "im",
    "ej", "a", "y", "i", "e", "u", "o",
];

const DECLENSION: Declension = Declension {
    maybe_stem: &["om", "em", "ow", "ach", "ym", "im", "ych", "ich", "ej"],
    softening: &["e", "ie", "i", "y"],
    softened: &[
        ("sc", &["st"]),
        ("dz", &["g", "d"]),
        ("sz", &["ch"]),
        ("rz", &["r"]),
        ("c", &["k", "t"]),
    ],
    flees,
};

/// The stems of a lower-case word without accents.
pub(super) fn stems(word: &str) -> Vec<String> {
    if !word.is_ascii() {
        return vec![word.to_owned()];
    }
    let (stem, ending) = without_ending(word, &ENDINGS, STEM_CHARS);
    DECLENSION.stems(word, stem, ending)
}

fn flees(vowel: u8, last: u8) -> bool {
    let consonants = b"kcnlrtmpb";
    vowel == b'e' && consonants.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::super::light::{assert_forms_of_one, is_longest_first};
    use super::*;

    #[test]
    fn forms_of_a_noun_share_a_stem_with_the_first() {
        for forms in [
            "koszulka koszulki koszulek koszulce koszulke koszulkami",
            "but buty butow bucie butem butach",
            "lampa lampy lampie lamp lampami",
            "okno okna okien oknem oknach",
            "sweter swetra swetrem swetrze swetry",
            "czarny czarna czarne czarnego czarnymi",
        ] {
            assert_forms_of_one(stems, forms);
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [("koc", "kocioł"), ("szalik", "szafa"), ("ryba", "rynek")] {
            assert_ne!(stems(one), stems(other), "{one} {other}");
        }
    }

    #[test]
    fn endings_come_longest_first() {
        assert!(is_longest_first(&ENDINGS));
    }
}
