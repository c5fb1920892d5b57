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
fn without_fleeting_vowel(stem: &str, flees: impl Fn(u8, u8) -> bool) -> String {
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

/// What becomes of the stem of an inflected word, by the rules of one language.
pub(super) struct Declension {
    /// Endings that may as well be the end of a stem.
    pub(super) maybe_stem: &'static [&'static str],
    /// Endings a consonant softens before, and what it may have been.
    pub(super) softening: &'static [&'static str],
    pub(super) softened: &'static [(&'static str, &'static [&'static str])],
    /// Whether a vowel comes and goes before a consonant.
    pub(super) flees: fn(u8, u8) -> bool,
}

impl Declension {
    /// The stems of a word that was taken apart into a stem and an ending.
    pub(super) fn stems(&self, word: &str, stem: &str, ending: &str) -> Vec<String> {
        let mut stems = Vec::with_capacity(2);
        if self.maybe_stem.contains(&ending) {
            push_new(&mut stems, without_fleeting_vowel(word, self.flees));
        }
        push_new(&mut stems, without_fleeting_vowel(stem, self.flees));
        if self.softening.contains(&ending) {
            for hard in self.hardened(stem) {
                push_new(&mut stems, without_fleeting_vowel(&hard, self.flees));
            }
        }
        stems
    }

    /// What the stem may have been before its last consonant softened.
    fn hardened(&self, stem: &str) -> Vec<String> {
        let softened = self.softened.iter().find_map(|(soft, hard)| {
            let rest = stem.strip_suffix(soft)?;
            Some(hard.iter().map(move |hard| format!("{rest}{hard}")))
        });
        softened.into_iter().flatten().collect()
    }
}

/// Fails unless every form of a word, blanks between them, shares a stem with the first.
#[cfg(test)]
#[track_caller]
pub(super) fn assert_forms_of_one(stems: fn(&str) -> Vec<String>, forms: &str) {
    let mut forms = forms.split(' ');
    let first = stems(forms.next().unwrap_or_default());
    for form in forms {
        let other = stems(form);
        let is_shared = other.iter().any(|stem| first.contains(stem));
        assert!(is_shared, "{form}: {other:?}, {first:?}");
    }
}

/// Whether each list is sorted as [`without_ending`] wants it.
#[cfg(test)]
pub(super) fn is_longest_first(endings: &[&str]) -> bool {
    endings.is_sorted_by_key(|ending| std::cmp::Reverse(ending.len()))
}
