//! A light stemmer for Hungarian: a case ending goes, then a plural or a possessive one. The bare end of
//! a word often looks like an ending (`lapát`, `ablak`), so every step on the way is a stem.

use super::light::{is_vowel, push_new};

/// Shortest stem an ending may leave, in letters; a single letter is an ending of longer words only.
const STEM_CHARS: usize = 3;
const STEM_CHARS_BEFORE_ONE: usize = 4;

const CASES: [&str; 26] = [
    "ban", "ben", "bol", "rol", "tol", "nal", "nel", "hoz", "hez", "nak", "nek", "val", "vel",
    "ert", "ba", "be", "ra", "re", "ig", "on", "en", "at", "et", "ot", "n", "t",
];
const NUMBERS: [&str; 13] = [
    "jai", "jei", "ai", "ei", "ja", "je", "ak", "ek", "ok", "i", "k", "a", "e",
];

/// The stems of a lower-case word without accents.
pub(super) fn stems(word: &str) -> Vec<String> {
    if !word.is_ascii() {
        return vec![word.to_owned()];
    }
    let mut stems = vec![word.to_owned()];
    for ending in CASES {
        if let Some(stem) = word
            .strip_suffix(ending)
            .filter(|stem| is_cased(stem, ending))
        {
            push_new(&mut stems, stem.to_owned());
        }
    }
    if let Some(stem) = without_doubled(word) {
        push_new(&mut stems, stem);
    }
    for cased in stems.clone() {
        for ending in NUMBERS {
            if let Some(stem) = cased
                .strip_suffix(ending)
                .filter(|stem| is_numbered(stem, ending))
            {
                push_new(&mut stems, stem.to_owned());
            }
        }
    }
    stems
}

fn is_cased(stem: &str, ending: &str) -> bool {
    let Some(last) = stem.bytes().last() else {
        return false;
    };
    match ending {
        "n" => stem.len() >= STEM_CHARS_BEFORE_ONE && is_vowel(last),
        "t" => {
            let ends_so = is_vowel(last) || b"lrnszj".contains(&last);
            stem.len() >= STEM_CHARS_BEFORE_ONE && ends_so
        }
        _ => stem.len() >= STEM_CHARS,
    }
}

fn is_numbered(stem: &str, ending: &str) -> bool {
    let ends_in_vowel = stem.bytes().last().is_some_and(is_vowel);
    stem.len() >= STEM_CHARS && (ends_in_vowel || !matches!(ending, "k" | "i"))
}

/// `ablakkal`, `késsel`, `cipésszel`: the instrumental doubles the last consonant.
fn without_doubled(word: &str) -> Option<String> {
    let stem = word.strip_suffix("al").or(word.strip_suffix("el"))?;
    let [.., third, second, last] = *stem.as_bytes() else {
        return None;
    };
    if is_vowel(last) || stem.len() <= STEM_CHARS {
        None
    } else if second == last {
        Some(stem[..stem.len() - 1].to_owned())
    } else if third == second && !is_vowel(second) {
        // A consonant of two letters doubles the first alone: `sz`, `ssz`.
        Some(format!("{}{}", &stem[..stem.len() - 2], char::from(last)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::light::assert_forms_of_one;
    use super::*;

    #[test]
    fn forms_of_a_noun_share_a_stem_with_the_first() {
        for forms in [
            "cipo cipok cipot cipoben cipovel cipoje cipoi",
            "lampa lampak lampat lampaban lampaval lampaja",
            "ablak ablakok ablakot ablakban ablakkal ablaka ablakai",
            "kes keset kesek kessel",
            "ing inget ingek inggel",
        ] {
            assert_forms_of_one(stems, forms);
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [("kulcs", "kalap"), ("kert", "keret"), ("lakk", "lakat")] {
            let (one, other) = (stems(one), stems(other));
            assert!(
                one.iter().all(|stem| !other.contains(stem)),
                "{one:?} {other:?}"
            );
        }
    }
}
