//! Words that only join others: `for`, `pro`, `mit`. They say how the words beside them belong together, not
//! what is looked for. Invariant: a word is one in the languages that have it as one, and only between two
//! others; `macbook pro` has none.

use super::fnv;
use crate::domain::Language;

/// Prepositions, conjunctions and articles of a language as they are folded, those first that say what a
/// thing was made for, and words that only a text in that language is full of.
struct Joining {
    language: Language,
    made_for: &'static [&'static str],
    others: &'static [&'static str],
    signs: [&'static str; 6],
}

const ALL: [Joining; 13] = [
    Joining {
        language: Language::English,
        made_for: &["for"],
        others: &[
            "a", "an", "and", "at", "by", "from", "in", "of", "on", "or", "the", "to", "with",
        ],
        signs: ["the", "and", "with", "is", "your", "for"],
    },
    Joining {
        language: Language::German,
        made_for: &["fur", "fuer"],
        others: &[
            "am", "an", "auf", "aus", "das", "dem", "den", "der", "die", "ein", "eine", "im", "in",
            "mit", "oder", "ohne", "und", "von", "zu", "zum", "zur",
        ],
        signs: ["und", "mit", "der", "das", "ist", "auch"],
    },
    Joining {
        language: Language::Czech,
        made_for: &["pro", "na", "do", "k", "ke"],
        others: &[
            "a", "bez", "i", "nebo", "o", "od", "po", "pod", "s", "se", "u", "v", "ve", "z", "za",
            "ze",
        ],
        signs: ["ve", "nebo", "jsou", "je", "ktery", "pri"],
    },
    Joining {
        language: Language::Slovak,
        made_for: &["pre", "na", "do", "k", "ku"],
        others: &[
            "a", "alebo", "bez", "i", "o", "od", "po", "pod", "s", "so", "u", "v", "vo", "z", "za",
            "zo",
        ],
        signs: ["pre", "alebo", "ktory", "sa", "je", "pri"],
    },
    Joining {
        language: Language::Polish,
        made_for: &["dla", "do", "na", "pod"],
        others: &[
            "a", "bez", "i", "lub", "o", "od", "po", "w", "we", "z", "za", "ze",
        ],
        signs: ["dla", "lub", "jest", "oraz", "nie", "przez"],
    },
    Joining {
        language: Language::Hungarian,
        made_for: &[],
        others: &["a", "az", "egy", "es", "vagy"],
        signs: ["es", "az", "egy", "vagy", "nem", "hogy"],
    },
    Joining {
        language: Language::Dutch,
        made_for: &["voor"],
        others: &[
            "aan", "de", "een", "en", "het", "in", "met", "of", "op", "van",
        ],
        signs: ["voor", "het", "een", "van", "niet", "zijn"],
    },
    Joining {
        language: Language::French,
        made_for: &["pour"],
        others: &[
            "a", "au", "aux", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les",
            "ou", "sans", "sur", "un", "une",
        ],
        signs: ["pour", "avec", "les", "des", "est", "dans"],
    },
    Joining {
        language: Language::Spanish,
        made_for: &["para"],
        others: &[
            "a", "con", "de", "del", "e", "el", "en", "la", "las", "los", "o", "por", "sin", "un",
            "una", "y",
        ],
        signs: ["para", "con", "los", "las", "del", "es"],
    },
    Joining {
        language: Language::Portuguese,
        made_for: &["para"],
        others: &[
            "a", "as", "com", "da", "das", "de", "do", "dos", "e", "em", "o", "os", "ou", "por",
            "sem", "um", "uma",
        ],
        signs: ["para", "com", "dos", "uma", "nao", "seu"],
    },
    Joining {
        language: Language::Italian,
        made_for: &["per"],
        others: &[
            "a", "al", "alla", "con", "d", "da", "dei", "del", "della", "di", "e", "il", "in",
            "la", "le", "o", "senza", "un", "una",
        ],
        signs: ["per", "con", "della", "sono", "che", "il"],
    },
    Joining {
        language: Language::Romanian,
        made_for: &["pentru"],
        others: &[
            "a", "cu", "de", "din", "fara", "in", "la", "o", "pe", "sau", "si", "un",
        ],
        signs: ["pentru", "sau", "este", "din", "si", "cu"],
    },
    Joining {
        language: Language::Russian,
        made_for: &["для"],
        others: &[
            "без", "в", "во", "и", "из", "или", "к", "ко", "на", "от", "по", "с", "со",
        ],
        signs: ["для", "или", "и", "не", "из", "это"],
    },
];

/// Languages a catalog is written in, as far as it matters which words join others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Spoken(Vec<Language>);

impl Spoken {
    /// The language of the site, or those that the catalog has the words of: `is_common` tells whether
    /// many objects have a word, and so many words must be.
    pub(in crate::engine) fn find<E>(
        language: Language,
        signs_min: usize,
        mut is_common: impl FnMut(&str) -> Result<bool, E>,
    ) -> Result<Self, E> {
        if language != Language::Any {
            return Ok(Self(vec![language]));
        }
        let mut spoken = Vec::new();
        for of in &ALL {
            let mut signs = 0;
            for sign in of.signs {
                signs += usize::from(is_common(sign)?);
            }
            if signs >= signs_min {
                spoken.push(of.language);
            }
        }
        Ok(Self(spoken))
    }

    fn each(&self) -> impl Iterator<Item = &'static Joining> {
        ALL.iter().filter(|of| self.0.contains(&of.language))
    }

    /// Whether the word, between two others, only joins them.
    pub(in crate::engine) fn joins(&self, word: &str) -> bool {
        self.each()
            .any(|of| of.made_for.contains(&word) || of.others.contains(&word))
    }

    /// The marks, among the words of a title, of what stands before what a thing was made for.
    pub(in crate::engine) fn made_for(&self) -> Vec<u64> {
        let words = self.each().flat_map(|of| of.made_for);
        words.map(|word| mark(word)).collect()
    }
}

/// The word among those of a title, where it says in some language that what follows is what the thing was
/// made for.
pub(super) fn made_for(word: &str) -> Option<u64> {
    let says_so = ALL.iter().any(|of| of.made_for.contains(&word));
    says_so.then(|| mark(word))
}

/// No word of a title has such a number.
fn mark(word: &str) -> u64 {
    1 << 32 | u64::from(fnv(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::domain::fold;

    fn joins(word: &str, language: Language, common: &[&str]) -> bool {
        let is_common = |word: &str| Ok::<_, Infallible>(common.contains(&word));
        Spoken::find(language, 3, is_common)
            .unwrap_or_default()
            .joins(word)
    }

    #[test]
    fn a_word_joins_in_its_language() {
        for (word, language) in [
            ("for", Language::English),
            ("fur", Language::German),
            ("pro", Language::Czech),
            ("pre", Language::Slovak),
            ("dla", Language::Polish),
        ] {
            assert!(joins(word, language, &[]), "{word}");
        }
        assert!(!joins("pro", Language::English, &[]));
        assert!(!joins("lamp", Language::English, &[]));
    }

    #[test]
    fn without_a_language_the_catalog_says_which_it_is() {
        let english = ["the", "and", "with"];
        assert!(joins("for", Language::Any, &english));
        assert!(!joins("pro", Language::Any, &english));
        assert!(joins("pro", Language::Any, &["ve", "je", "nebo"]));
        assert!(!joins("for", Language::Any, &[]));
    }

    #[test]
    fn every_word_is_folded_as_indexed() {
        for of in &ALL {
            for word in of.made_for.iter().chain(of.others).chain(&of.signs) {
                let mut lower = String::new();
                fold::lower(word, &mut lower);
                assert_eq!(fold::without_accents(&lower), *word);
            }
        }
    }
}
