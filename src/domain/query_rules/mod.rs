//! What the people of a shop have said about queries: words that mean the same, words that mean
//! nothing, pages to go to, objects to show first or not at all. Invariants: everything here is within
//! its bounds, and queries are compared without case, accents and superfluous blanks.

mod lists;
mod phrase;

use std::collections::{BTreeSet, HashMap};

pub use self::lists::{
    ObjectsEntry, RedirectEntry, RuleFault, RuleLists, SynonymsEntry, WrongRule,
};
pub use self::phrase::Phrase;
use super::identity::Identity;
use super::query::QueryText;

/// The rules of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryRules {
    synonyms: Vec<Synonyms>,
    /// Places in `synonyms` where the phrase may be typed.
    by_typed: HashMap<Phrase, Vec<usize>>,
    stop_words: BTreeSet<Phrase>,
    by_query: HashMap<Phrase, QueryRule>,
    never_suggested: BTreeSet<Phrase>,
}

/// Phrases that stand for each other, in one direction or both.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Synonyms {
    /// Looked for where one of the phrases was typed, that one left out.
    found: Vec<Phrase>,
}

/// What is done for one query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryRule {
    /// Where the visitor is better sent.
    pub redirect: Option<String>,
    /// Come first, in this order, whether their words are met or not.
    pub pinned: Vec<Identity>,
    /// Are not found.
    pub hidden: BTreeSet<Identity>,
}

impl QueryRules {
    /// Synonym entries, and phrases in one of them.
    pub const SYNONYMS_MAX: usize = 5_000;
    pub const SYNONYM_PHRASES_MAX: usize = 50;
    pub const STOP_WORDS_MAX: usize = 1_000;
    pub const NEVER_SUGGESTED_MAX: usize = 10_000;
    /// Redirects, pins and hides, each; and queries of one of them.
    pub const RULES_MAX: usize = 10_000;
    pub const QUERIES_MAX: usize = 100;
    /// Each of them is looked up by every search for its query.
    pub const PINNED_MAX: usize = 50;
    pub const HIDDEN_MAX: usize = 200;
    /// Of a redirect, in bytes.
    pub const URL_BYTES_MAX: usize = 2_000;

    /// What else is looked for where the phrase is typed, without what was typed. A phrase may stand
    /// in several entries.
    pub fn synonyms_of<'a>(&'a self, typed: &'a Phrase) -> impl Iterator<Item = &'a Phrase> {
        let entries = self.by_typed.get(typed).into_iter().flatten();
        let found = entries.flat_map(|&at| &self.synonyms[at].found);
        found.filter(move |phrase| *phrase != typed)
    }

    /// Every phrase that has synonyms, in no particular order: for whoever compares words in another
    /// way than letter by letter.
    pub fn typed_phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.by_typed.keys()
    }

    /// Whether the word says nothing about what is looked for.
    pub fn is_stop_word(&self, word: &Phrase) -> bool {
        self.stop_words.contains(word)
    }

    pub fn has_stop_words(&self) -> bool {
        !self.stop_words.is_empty()
    }

    /// Whether a recorded query may be shown to others.
    pub fn may_be_suggested(&self, query: &str) -> bool {
        if self.never_suggested.is_empty() {
            return true;
        }
        Phrase::new(query).is_none_or(|query| !self.never_suggested.contains(&query))
    }

    /// What is done for this query, if anything is.
    pub fn for_query(&self, text: &QueryText) -> Option<&QueryRule> {
        if self.by_query.is_empty() {
            return None;
        }
        self.by_query.get(&Phrase::new(text.as_str())?)
    }
}

#[cfg(test)]
mod tests;
