//! A light stemmer for Czech and Slovak: case endings go, and the vowel that comes and goes before the
//! last consonant (`ponožka`, `ponožek`, `ponožiek`, `ponožok`); consonants that soften before an ending
//! have both stems (`kniha`, `knize`).

use super::light::{is_vowel, push_new, without_ending, without_fleeting_vowel};

/// Shortest stem an ending may leave, in letters.
const STEM_CHARS: usize = 3;

/// Case endings of nouns and adjectives of both languages.
const ENDINGS: [&str; 47] = [
    "encoch", "encov", "iach", "iami", "iemi", "ieho", "iemu", "iich", "iim", "ami", "emi", "imi",
    "ymi", "ach", "ech", "ich", "och", "ych", "eho", "iho", "emu", "imu", "iam", "iom", "iou",
    "iev", "am", "em", "im", "om", "um", "ym", "ou", "ov", "ej", "ia", "ie", "ii", "io", "iu",
    "mi", "a", "e", "i", "o", "u", "y",
];

/// Endings that may as well be the end of a stem: `pyžam` is a form of `pyžamo`.
const MAYBE_STEM: [&str; 17] = [
    "iach", "ach", "ech", "ich", "och", "ych", "iam", "iom", "iev", "am", "em", "im", "om", "um",
    "ym", "ov", "ej",
];

/// Endings a consonant softens before, and what it was.
const SOFTENING: [&str; 4] = ["e", "i", "ich", "ech"];
const SOFTENED: [(&str, &str); 3] = [("c", "k"), ("z", "h"), ("s", "ch")];

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
    let mut stems = Vec::with_capacity(2);
    if MAYBE_STEM.contains(&ending) {
        push_new(&mut stems, without_fleeting_vowel(word, flees));
    }
    push_new(&mut stems, without_fleeting_vowel(stem, flees));
    if SOFTENING.contains(&ending) {
        let hard = SOFTENED.iter().find_map(|(soft, hard)| {
            let rest = stem.strip_suffix(soft)?;
            Some(format!("{rest}{hard}"))
        });
        if let Some(hard) = hard {
            push_new(&mut stems, without_fleeting_vowel(&hard, flees));
        }
    }
    stems
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
    use super::super::light::is_longest_first;
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
