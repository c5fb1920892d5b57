//! What light stemmers share. They work on lower-case words without accents, in ASCII, so that a word
//! typed without accents has the same stems. A form that may come from two words has the stems of both:
//! two words are forms of each other when they share one.

/// The word without the longest of the endings that leaves a stem, and that ending. The endings are
/// sorted by length, longest first.
pub(super) fn without_ending<'w>(
    word: &'w str,
    endings: &[&'static str],
    stem_chars: usize,
) -> (&'w str, &'static str) {
    let fitting = endings.iter().find_map(|ending| {
        let stem = word.strip_suffix(ending)?;
        (stem.len() >= stem_chars).then_some((stem, *ending))
    });
    fitting.unwrap_or((word, ""))
}

/// Without the vowel that comes and goes before the last consonant: `ponozek`, `ponozk`. `flees` says
/// whether the vowel does before the consonant; `ie` goes together.
pub(super) fn without_fleeting_vowel(stem: &str, flees: impl Fn(u8, u8) -> bool) -> String {
    const CHARS_MIN: usize = 4;
    let letters = stem.as_bytes();
    let [.., before, vowel, last] = *letters else {
        return stem.to_owned();
    };
    if letters.len() < CHARS_MIN || !flees(vowel, last) {
        return stem.to_owned();
    }
    let is_long = vowel == b'e' && before == b'i';
    let start = letters.len() - if is_long { 3 } else { 2 };
    if start < 2 || is_vowel(letters[start - 1]) {
        return stem.to_owned();
    }
    format!("{}{}", &stem[..start], &stem[stem.len() - 1..])
}

pub(super) fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Adds what is not there yet.
pub(super) fn push_new(stems: &mut Vec<String>, stem: String) {
    if !stems.contains(&stem) {
        stems.push(stem);
    }
}

/// Whether each list is sorted as [`without_ending`] wants it.
#[cfg(test)]
pub(super) fn is_longest_first(endings: &[&str]) -> bool {
    endings.is_sorted_by_key(|ending| std::cmp::Reverse(ending.len()))
}
