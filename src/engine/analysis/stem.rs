//! The forms of a word reduced to one. A stem is a word of its own in the index, told from typed words
//! by [`MARK`], so that a form never outranks the word as typed.

use frostem::Algorithm;

use super::light::push_new;
use super::{hungarian, irregular, polish, slavic};
use crate::domain::Language;

/// Begins every stem; no word does.
pub(in crate::engine) const MARK: char = '\u{1}';

/// Shorter words have no other forms worth the confusion, in characters.
const CHARS_MIN: usize = 3;

#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Stemmer(Language);

impl Stemmer {
    pub(in crate::engine) fn new(language: Language) -> Self {
        Self(language)
    }

    /// Whether it leaves every word as it is.
    pub(super) fn is_idle(self) -> bool {
        self.0 == Language::Any
    }

    /// Words that may be the singular or the plural of this one where no language is known. Most
    /// languages of Western Europe make it with an `s`, and so do others with the names of goods they
    /// borrow. Whoever looks them up drops what no object has.
    pub(super) fn numbers(word: &str) -> Vec<String> {
        const CHARS_MIN: usize = 4;
        if word.len() < CHARS_MIN || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return Vec::new();
        }
        let hisses = |word: &str| {
            ["s", "x", "z", "ch", "sh"]
                .iter()
                .any(|end| word.ends_with(end))
        };
        let mut others = Vec::new();
        if let Some(stem) = word.strip_suffix("ies") {
            others.push(format!("{stem}y"));
        }
        others.extend(voiceless(word));
        if let Some(stem) = word.strip_suffix("fe").or(word.strip_suffix('f')) {
            others.push(format!("{stem}ves"));
        }
        if let Some(stem) = word.strip_suffix("es").filter(|stem| hisses(stem)) {
            others.push(stem.to_owned());
        }
        match word.strip_suffix('s') {
            Some(stem) if !stem.ends_with('s') => others.push(stem.to_owned()),
            Some(_) => others.push(format!("{word}es")),
            None if hisses(word) => others.push(format!("{word}es")),
            None => others.push(format!("{word}s")),
        }
        if let Some(stem) = word.strip_suffix('y') {
            others.push(format!("{stem}ies"));
        }
        others
    }

    /// The stems of a word, without accents, each once. Snowball's rules read accents, so the word is
    /// reduced before they go; a word typed without them is reduced as it is, hence the second stem.
    pub(super) fn stems(
        self,
        word: &str,
        folded: &str,
        fold: impl Fn(&str) -> String,
    ) -> Vec<String> {
        let mut stems = self.regular(word, folded, &fold);
        for base in self.irregular_bases(folded) {
            push_new(&mut stems, base.clone());
            for stem in self.regular(base, base, &fold) {
                push_new(&mut stems, stem);
            }
        }
        stems
    }

    /// What the word is an irregular form of, itself included.
    fn irregular_bases(self, folded: &str) -> &'static [String] {
        /// No listed form is longer, in bytes.
        const BYTES_MAX: usize = 24;
        let forms = irregular::of(self.0).filter(|_| folded.len() <= BYTES_MAX);
        let bases = forms.and_then(|forms| forms.get(folded));
        bases.map_or(&[], Vec::as_slice)
    }

    /// The stems that rules make.
    fn regular(self, word: &str, folded: &str, fold: impl Fn(&str) -> String) -> Vec<String> {
        if folded.chars().count() < CHARS_MIN || folded.bytes().any(|b| b.is_ascii_digit()) {
            return Vec::new();
        }
        let Some(algorithm) = self.snowball() else {
            return match self.0 {
                Language::Czech | Language::Slovak => slavic::stems(folded),
                Language::Polish => polish::stems(folded),
                Language::Hungarian => hungarian::stems(folded),
                _ => Vec::new(),
            };
        };
        let stemmer = frostem::Stemmer::new(algorithm);
        let mut stems = vec![fold(&stemmer.stem(word))];
        if word != folded {
            let plain = fold(&stemmer.stem(folded));
            if stems[0] != plain {
                stems.push(plain);
            }
        }
        if self.0 == Language::English {
            for singular in voiceless(folded) {
                push_new(&mut stems, fold(&stemmer.stem(&singular)));
            }
        }
        stems
    }

    fn snowball(self) -> Option<Algorithm> {
        Some(match self.0 {
            Language::Any
            | Language::Czech
            | Language::Hungarian
            | Language::Polish
            | Language::Slovak => return None,
            Language::Dutch => Algorithm::Dutch,
            Language::English => Algorithm::English,
            Language::French => Algorithm::French,
            Language::German => Algorithm::German,
            Language::Italian => Algorithm::Italian,
            Language::Portuguese => Algorithm::Portuguese,
            Language::Romanian => Algorithm::Romanian,
            Language::Russian => Algorithm::Russian,
            Language::Spanish => Algorithm::Spanish,
        })
    }
}

/// What an English plural in `-ves` may be one of: `knives`, `shelves`.
fn voiceless(word: &str) -> Vec<String> {
    match word.strip_suffix("ves") {
        Some(stem) if stem.ends_with(['i', 'y']) => vec![format!("{stem}fe")],
        Some(stem) if stem.ends_with(['l', 'r', 'a', 'o', 'e']) => vec![format!("{stem}f")],
        _ => Vec::new(),
    }
}
