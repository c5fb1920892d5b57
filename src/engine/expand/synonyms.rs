//! The synonyms of a site as words of its index. Invariant: a phrase is met in any of its forms, with
//! and without accents, as a word of an object is.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::domain::{Language, Phrase, QueryRules};
use crate::engine::analysis::{self, TypedWord};

#[derive(Debug, Default)]
pub(in crate::engine) struct Synonyms {
    /// What else is looked for, by the phrase that is typed, its words reduced.
    found: HashMap<String, Vec<Vec<TypedWord>>>,
    /// Words of the longest phrase.
    words_max: usize,
}

impl Synonyms {
    pub(in crate::engine) fn new(rules: &QueryRules, language: Language) -> Self {
        let mut synonyms = Self::default();
        let words = |phrase: &Phrase| {
            let pieces = analysis::pieces(phrase.as_str()).into_iter();
            let words = pieces.flat_map(|piece| analysis::query_words(piece, language, usize::MAX));
            words.collect::<Vec<TypedWord>>()
        };
        for typed in rules.typed_phrases() {
            let typed_words = words(typed);
            let found = rules.synonyms_of(typed).map(words);
            let found = found.filter(|found| !found.is_empty());
            synonyms.words_max = synonyms.words_max.max(typed_words.len());
            let known = synonyms.found.entry(reduced(&typed_words)).or_default();
            known.extend(found);
        }
        synonyms
    }

    /// Every phrase that stands for some of the words, and for which of them: the first and how many.
    pub(in crate::engine) fn of<'s>(
        &'s self,
        words: &[TypedWord],
    ) -> impl Iterator<Item = (usize, usize, &'s [TypedWord])> {
        let spans = (0..words.len()).flat_map(|start| {
            let longest = self.words_max.min(words.len() - start);
            (1..=longest).map(move |length| (start, length))
        });
        spans.flat_map(|(start, length)| {
            let phrase = reduced(&words[start..start + length]);
            let found = self.found.get(&phrase).into_iter().flatten();
            found.map(move |found| (start, length, found.as_slice()))
        })
    }
}

/// What all forms of a phrase share: of each word its stem; where no language is known, the shorter of
/// its singular and plural.
fn reduced(words: &[TypedWord]) -> String {
    let words = words.iter().map(|word| {
        // The last stem is that of the word without accents: rules have none.
        let shortest = word.stems.iter().rev().min_by_key(|stem| stem.len());
        let shortest = shortest.filter(|stem| stem.len() < word.text.len());
        shortest.map_or(word.text.as_str(), String::as_str)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The synonyms of the rules that were asked for last. Rules change with the configuration, seldom.
#[derive(Default)]
pub(in crate::engine) struct SynonymsCache(ArcSwapOption<(Language, Arc<OfRules>)>);

/// Rules, and their synonyms.
type OfRules = (Arc<QueryRules>, Synonyms);

impl SynonymsCache {
    pub(in crate::engine) fn of(
        &self,
        rules: &Arc<QueryRules>,
        language: Language,
    ) -> Arc<OfRules> {
        let known = self.0.load();
        let is_it = |known: &(Language, Arc<OfRules>)| {
            known.0 == language && Arc::ptr_eq(&known.1.0, rules)
        };
        if let Some(known) = known.as_deref().filter(|known| is_it(known)) {
            return Arc::clone(&known.1);
        }
        let made = Arc::new((Arc::clone(rules), Synonyms::new(rules, language)));
        self.0.store(Some(Arc::new((language, Arc::clone(&made)))));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RuleLists, SynonymsEntry};

    /// What is found for what is typed, as `start+length:words`.
    fn found(synonyms: &Synonyms, typed: &str, language: Language) -> Vec<String> {
        let words = analysis::query_words(typed, language, usize::MAX);
        let named = synonyms.of(&words).map(|(start, length, found)| {
            let found: Vec<&str> = found.iter().map(|word| word.text.as_str()).collect();
            format!("{start}+{length}:{}", found.join(" "))
        });
        named.collect()
    }

    fn mutual(words: &[&str]) -> Arc<QueryRules> {
        let words = words.iter().map(|&word| word.to_owned()).collect();
        let lists = RuleLists {
            synonyms: vec![SynonymsEntry::Mutual(words)],
            ..RuleLists::default()
        };
        Arc::new(lists.into_rules().expect("right rules"))
    }

    #[test]
    fn a_phrase_is_met_in_any_form_and_place() {
        let rules = mutual(&["laptop", "solid-state drive"]);
        let synonyms = Synonyms::new(&rules, Language::Any);
        let any = |typed| found(&synonyms, typed, Language::Any);
        assert_eq!(any("red LAPTOPS"), ["1+1:solid state drive"]);
        assert_eq!(any("Solid State Drives bag"), ["0+3:laptop"]);
        assert_eq!(any("solid drive"), Vec::<String>::new());
    }

    #[test]
    fn forms_of_the_language_count_with_and_without_accents() {
        let rules = mutual(&["žárovka", "lampa"]);
        let synonyms = Synonyms::new(&rules, Language::Czech);
        for typed in ["žárovky", "zarovek", "ŽÁROVKAMI"] {
            assert_eq!(
                found(&synonyms, typed, Language::Czech),
                ["0+1:lampa"],
                "{typed}"
            );
        }
    }

    #[test]
    fn the_rules_asked_for_last_are_kept() {
        let cache = SynonymsCache::default();
        let (one, other) = (mutual(&["a", "b"]), mutual(&["c", "d"]));
        let made = cache.of(&one, Language::Any);
        assert!(Arc::ptr_eq(&made, &cache.of(&one, Language::Any)));
        let others = cache.of(&other, Language::Any);
        assert_eq!(found(&others.1, "c", Language::Any), ["0+1:d"]);
        let in_czech = cache.of(&other, Language::Czech);
        assert!(!Arc::ptr_eq(&others, &in_czech));
    }
}
