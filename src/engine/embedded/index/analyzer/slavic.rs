//! A light stemmer for Czech and Slovak, on words without accents: case endings go, and the vowel that
//! comes and goes before the last consonant (`ponožka`, `ponožek`, `ponožiek`, `ponožok`).

/// Shortest stem an ending may leave, in characters.
const STEM_CHARS: usize = 3;

/// Case endings of nouns and adjectives of both languages; where several fit, the longest goes.
const ENDINGS: [&str; 50] = [
    "encoch", "atami", "iach", "iami", "atech", "encov", "ieho", "iemu", "ovia", "ovych", "ovym",
    "ami", "emi", "imi", "ymi", "ach", "ech", "ich", "och", "ych", "eho", "iho", "emu", "imu",
    "ovi", "ove", "iam", "iom", "iou", "iev", "am", "em", "im", "om", "um", "ym", "ou", "ov", "ej",
    "ia", "ie", "iu", "ii", "a", "e", "i", "o", "u", "y", "es",
];

/// The stem of a lower-case word without accents.
pub(super) fn stem(word: &str) -> String {
    let fitting = ENDINGS.iter().filter(|ending| {
        let rest = word.strip_suffix(**ending);
        rest.is_some_and(|rest| rest.chars().count() >= STEM_CHARS)
    });
    let longest = fitting.max_by_key(|ending| ending.len());
    let stem = longest.map_or(word, |ending| &word[..word.len() - ending.len()]);
    without_fleeting_vowel(stem)
}

fn without_fleeting_vowel(stem: &str) -> String {
    let mut letters: Vec<char> = stem.chars().collect();
    let length = letters.len();
    if length > STEM_CHARS {
        let (vowel, last) = (letters[length - 2], letters[length - 1]);
        let flees = match vowel {
            'e' => matches!(last, 'k' | 'c' | 'n' | 'l' | 'r' | 'b' | 'v'),
            'o' => last == 'k',
            _ => false,
        };
        // `ie` is one vowel.
        let start = if vowel == 'e' && letters[length - 3] == 'i' {
            length - 3
        } else {
            length - 2
        };
        if flees && start >= 2 && !is_vowel(letters[start - 1]) {
            letters.drain(start..length - 1);
        }
    }
    letters.into_iter().collect()
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_noun_have_one_stem() {
        for forms in [
            "ponozka ponozky ponozek ponozce ponozku ponozkou ponozkam ponozkami ponozkach",
            "ponozka ponozky ponoziek ponozke ponozku ponozkou ponozkam ponozkami ponozkach",
            "okno okna oken oknu oknem oknum oknech okny",
            "okno okna okien oknu oknom oknam oknach oknami",
            "bota boty bot bote botu botou botam botami botach",
            "cerny cerna cerne cerneho cernemu cernym cernych cernymi cernou",
            "stroj stroje stroji stroju strojem strojum strojich",
            "topanka topanky topanok topankam topankach",
        ] {
            let stems: Vec<String> = forms
                .split(' ')
                // A sound that changes is beyond a light stemmer.
                .filter(|form| !form.ends_with("ce"))
                .map(stem)
                .collect();
            assert!(
                stems.iter().all(|stem| *stem == stems[0]),
                "{forms}: {stems:?}"
            );
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [("bota", "botnik"), ("stroj", "strom"), ("kolo", "kolac")] {
            assert_ne!(stem(one), stem(other), "{one} {other}");
        }
    }

    #[test]
    fn short_words_stay() {
        for word in ["rum", "dum", "ano", "pes"] {
            assert_eq!(stem(word), word);
        }
    }
}
