//! The order of texts as people of a language expect it: letters first, then accents, then case. Invariant: keys of
//! one collation compare, byte by byte, as their texts do.

use std::fmt;

use icu_collator::options::CollatorOptions;
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;

use crate::domain::Language;

/// Of a site without a language the root collation, which fits most scripts.
pub(in crate::engine) struct Collation(CollatorBorrowed<'static>);

impl Collation {
    pub(in crate::engine) fn new(language: Language) -> Self {
        let locale = Locale::try_from_str(language.code()).ok();
        let locale = locale.filter(|_| language != Language::Any);
        let preferences =
            locale.map_or_else(CollatorPreferences::default, |locale| (&locale).into());
        let collator = CollatorBorrowed::try_new(preferences, CollatorOptions::default());
        Self(collator.expect("what it reads is compiled in, for every language"))
    }

    /// Appends the key of a text.
    pub(in crate::engine) fn push_key(&self, text: &[u8], out: &mut Vec<u8>) {
        match self.0.write_sort_key_utf8_to(text, out) {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    pub(in crate::engine) fn key(&self, text: &str) -> Vec<u8> {
        let mut key = Vec::with_capacity(2 * text.len());
        self.push_key(text.as_bytes(), &mut key);
        key
    }
}

impl fmt::Debug for Collation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collation").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(language: Language, texts: &str) -> String {
        let collation = Collation::new(language);
        let mut texts: Vec<&str> = texts.split(' ').collect();
        texts.sort_by_key(|text| collation.key(text));
        texts.join(" ")
    }

    #[test]
    fn every_language_has_an_order() {
        for (_, language) in Language::ALL {
            assert_eq!(sorted(language, "b a C"), "a b C", "{language:?}");
        }
    }

    #[test]
    fn letters_come_where_the_language_has_them() {
        let texts = "čaj Cukr Banana chléb hrad";
        assert_eq!(sorted(Language::Any, texts), "Banana čaj chléb Cukr hrad");
        assert_eq!(sorted(Language::Czech, texts), "Banana Cukr čaj hrad chléb");
        assert_eq!(sorted(Language::Spanish, "oso ñu nube"), "nube ñu oso");
        assert_eq!(sorted(Language::German, "zu Öl ob"), "ob Öl zu");
        assert_eq!(
            sorted(Language::Hungarian, "cukor csap comb"),
            "comb cukor csap"
        );
        assert_eq!(sorted(Language::Polish, "łza lot mak"), "lot łza mak");
        assert_eq!(sorted(Language::Any, "A á a Á"), "a A á Á");
    }
}
