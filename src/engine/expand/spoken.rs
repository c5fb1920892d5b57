//! The languages of a catalog, as far as they say which words only join others.

use crate::domain::Language;
use crate::engine::analysis::Spoken;

/// Where no language is set: a word is common that one object in so many has, and a catalog has so many of
/// the words that only texts in a language are full of. A small one has hardly any text.
const COMMON_ONE_IN: u64 = 100;
const SIGNS_MIN: usize = 3;
const SMALL_OBJECTS: u64 = 1_000;
const SMALL_SIGNS_MIN: usize = 1;

/// Of so many objects, of which so many have a word.
pub(in crate::engine) fn spoken<E>(
    language: Language,
    objects: u64,
    objects_with: impl Fn(&str) -> Result<u64, E>,
) -> Result<Spoken, E> {
    let is_common = |word: &str| {
        let with = objects_with(word)?;
        Ok::<_, E>(with > 0 && with * COMMON_ONE_IN >= objects)
    };
    let signs_min = if objects < SMALL_OBJECTS {
        SMALL_SIGNS_MIN
    } else {
        SIGNS_MIN
    };
    Spoken::find(language, signs_min, is_common)
}
