//! A light stemmer for Polish: case endings go, and the vowel that comes and goes before the last
//! consonant (`koszulka`, `koszulek`); consonants that soften before an ending have both stems (`lampa`,
//! `but`, `bucie`).

use super::light::{push_new, without_ending, without_fleeting_vowel};

/// Shortest stem an ending may leave, in letters.
const STEM_CHARS: usize = 3;

/// Case endings of nouns and adjectives.
const ENDINGS: [&str; 35] = [
    "iami", "iach", "iego", "iemu", "iowi", "owi", "ami", "ach", "iem", "iom", "iow", "ego", "emu",
    "ych", "ich", "ymi", "imi", "iej", "ow", "om", "em", "ie", "iu", "ia", "io", "ii", "ym", "im",
    "ej", "a", "y", "i", "e", "u", "o",
];

/// Endings that may as well be the end of a stem.
const MAYBE_STEM: [&str; 9] = ["om", "em", "ow", "ach", "ym", "im", "ych", "ich", "ej"];

/// Endings a consonant softens before, and what it may have been.
const SOFTENING: [&str; 4] = ["e", "ie", "i", "y"];
const SOFTENED: [(&str, &[&str]); 5] = [
    ("sc", &["st"]),
    ("dz", &["g", "d"]),
    ("sz", &["ch"]),
    ("rz", &["r"]),
    ("c", &["k", "t"]),
];

/// The stems of a lower-case word without accents.
pub(super) fn stems(word: &str) -> Vec<String> {
    if !word.is_ascii() {
        return vec![word.to_owned()];
    }
    let (stem, ending) = without_ending(word, &ENDINGS, STEM_CHARS);
    let mut stems = Vec::with_capacity(2);
    if MAYBE_STEM.contains(&ending) {
        push_new(&mut stems, without_fleeting_vowel(word, flees));
    }
    push_new(&mut stems, without_fleeting_vowel(stem, flees));
    if SOFTENING.contains(&ending) {
        let softened = SOFTENED.iter().find_map(|(soft, hard)| {
            let rest = stem.strip_suffix(soft)?;
            Some((rest, *hard))
        });
        let (rest, hard) = softened.unwrap_or((stem, &[]));
        for consonant in hard {
            let hard = format!("{rest}{consonant}");
            push_new(&mut stems, without_fleeting_vowel(&hard, flees));
        }
    }
    stems
}

fn flees(vowel: u8, last: u8) -> bool {
    let consonants = b"kcnlrtmpb";
    vowel == b'e' && consonants.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::super::light::is_longest_first;
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
            let mut forms = forms.split(' ');
            let first = stems(forms.next().unwrap_or_default());
            for form in forms {
                let other = stems(form);
                let is_shared = other.iter().any(|stem| first.contains(stem));
                assert!(is_shared, "{form}: {other:?}, {first:?}");
            }
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
