//! Rules as people write them, and their checks. Every fault is told, with its place; only faultless
//! lists become rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Phrase, QueryRule, QueryRules, Synonyms};
use crate::domain::{Identity, Rule};

/// Rules as written. Several of them can be put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleLists {
    pub synonyms: Vec<SynonymsEntry>,
    pub stop_words: Vec<String>,
    pub never_suggested: Vec<String>,
    pub redirects: Vec<RedirectEntry>,
    pub pins: Vec<ObjectsEntry>,
    pub hides: Vec<ObjectsEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SynonymsEntry {
    /// Each finds all.
    Mutual(Vec<String>),
    /// Each of `typed` finds what it says, and `found`.
    Directed {
        typed: Vec<String>,
        found: Vec<String>,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedirectEntry {
    pub queries: Vec<String>,
    pub url: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectsEntry {
    pub queries: Vec<String>,
    /// Identities.
    pub objects: Vec<String>,
}

/// Where a fault is and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRule {
    /// As in `pins[2].objects[0]`.
    pub at: String,
    pub fault: RuleFault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleFault {
    Empty,
    TooMany {
        max: usize,
    },
    TooLong {
        bytes_max: usize,
    },
    TooManyWords {
        max: usize,
    },
    NotOneWord,
    NotAUrl,
    NotAnIdentity,
    /// Another rule of the same kind is for this query.
    Repeated(String),
    /// The object is pinned and hidden for this query.
    Contradicted(String),
}

impl fmt::Display for RuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooMany { max } => write!(f, "are more than {max}"),
            Self::TooLong { bytes_max } => write!(f, "is longer than {bytes_max} bytes"),
            Self::TooManyWords { max } => write!(f, "has more than {max} words"),
            Self::NotOneWord => f.write_str("is not one word"),
            Self::NotAUrl => f.write_str("is no URL as in `https://example.com/sale` or `/sale`"),
            Self::NotAnIdentity => f.write_str("is no identity of an object"),
            Self::Repeated(query) => write!(f, "another rule is for `{query}` as well"),
            Self::Contradicted(query) => write!(f, "is pinned and hidden for `{query}`"),
        }
    }
}

impl RuleLists {
    /// Adds what the other lists say.
    pub fn append(&mut self, other: Self) {
        self.synonyms.extend(other.synonyms);
        self.stop_words.extend(other.stop_words);
        self.never_suggested.extend(other.never_suggested);
        self.redirects.extend(other.redirects);
        self.pins.extend(other.pins);
        self.hides.extend(other.hides);
    }

    /// The rules, or everything that is wrong with the lists.
    pub fn into_rules(self) -> Result<QueryRules, Vec<WrongRule>> {
        let mut reading = Reading::default();
        reading.count("synonyms", &self.synonyms, QueryRules::SYNONYMS_MAX);
        for (at, entry) in self.synonyms.iter().enumerate() {
            reading.synonyms(&format!("synonyms[{at}]"), entry);
        }
        reading.count("stop_words", &self.stop_words, QueryRules::STOP_WORDS_MAX);
        for (at, word) in self.stop_words.iter().enumerate() {
            reading.stop_word(&format!("stop_words[{at}]"), word);
        }
        reading.never_suggested(&self.never_suggested);
        reading.count("redirects", &self.redirects, QueryRules::RULES_MAX);
        for (at, entry) in self.redirects.iter().enumerate() {
            reading.redirect(&format!("redirects[{at}]"), entry);
        }
        reading.count("pins", &self.pins, QueryRules::RULES_MAX);
        for (at, entry) in self.pins.iter().enumerate() {
            reading.pins(&format!("pins[{at}]"), entry);
        }
        reading.count("hides", &self.hides, QueryRules::RULES_MAX);
        for (at, entry) in self.hides.iter().enumerate() {
            reading.hides(&format!("hides[{at}]"), entry);
        }
        if reading.wrong.is_empty() {
            Ok(reading.rules)
        } else {
            Err(reading.wrong)
        }
    }
}

#[derive(Default)]
struct Reading {
    rules: QueryRules,
    wrong: Vec<WrongRule>,
}

impl Reading {
    fn note(&mut self, at: impl Into<String>, fault: RuleFault) {
        let at = at.into();
        self.wrong.push(WrongRule { at, fault });
    }

    fn count<T>(&mut self, at: &str, list: &[T], max: usize) {
        if list.len() > max {
            self.note(at, RuleFault::TooMany { max });
        }
    }

    fn synonyms(&mut self, at: &str, entry: &SynonymsEntry) {
        let (typed, found) = match entry {
            SynonymsEntry::Mutual(words) => {
                let words = self.synonym_phrases(&format!("{at}.words"), words);
                (words.clone(), words)
            }
            SynonymsEntry::Directed { typed, found } => (
                self.synonym_phrases(&format!("{at}.typed"), typed),
                self.synonym_phrases(&format!("{at}.found"), found),
            ),
        };
        let number = self.rules.synonyms.len();
        for phrase in typed {
            self.rules.by_typed.entry(phrase).or_default().push(number);
        }
        let found = Vec::from_iter(found);
        self.rules.synonyms.push(Synonyms { found });
    }

    fn synonym_phrases(&mut self, at: &str, texts: &[String]) -> BTreeSet<Phrase> {
        let phrases = self.phrases(at, texts, QueryRules::SYNONYM_PHRASES_MAX);
        for (phrase, at) in &phrases {
            if phrase.words().count() > Phrase::WORDS_MAX {
                let max = Phrase::WORDS_MAX;
                self.note(at, RuleFault::TooManyWords { max });
            }
        }
        phrases.into_keys().collect()
    }

    fn stop_word(&mut self, at: &str, text: &str) {
        if let Some(word) = self.phrase(at, text) {
            if word.words().count() > 1 {
                self.note(at, RuleFault::NotOneWord);
            }
            self.rules.stop_words.insert(word);
        }
    }

    fn never_suggested(&mut self, texts: &[String]) {
        let max = QueryRules::NEVER_SUGGESTED_MAX;
        self.count("never_suggested", texts, max);
        for (at, text) in texts.iter().take(max).enumerate() {
            let query = self.phrase(&format!("never_suggested[{at}]"), text);
            self.rules.never_suggested.extend(query);
        }
    }

    fn redirect(&mut self, at: &str, entry: &RedirectEntry) {
        let url = entry.url.as_str();
        let bytes_max = QueryRules::URL_BYTES_MAX;
        if url.len() > bytes_max {
            self.note(format!("{at}.url"), RuleFault::TooLong { bytes_max });
        } else if !is_url(url) {
            self.note(format!("{at}.url"), RuleFault::NotAUrl);
        }
        self.for_queries(at, &entry.queries, |rule| {
            let is_first = rule.redirect.is_none();
            rule.redirect = Some(url.to_owned());
            is_first
        });
    }

    fn pins(&mut self, at: &str, entry: &ObjectsEntry) {
        let objects = self.identities(at, &entry.objects, QueryRules::PINNED_MAX);
        self.for_queries(at, &entry.queries, |rule| {
            let is_first = rule.pinned.is_empty();
            rule.pinned.clone_from(&objects);
            is_first || objects.is_empty()
        });
    }

    fn hides(&mut self, at: &str, entry: &ObjectsEntry) {
        let objects = self.identities(at, &entry.objects, QueryRules::HIDDEN_MAX);
        let queries = self.for_queries(at, &entry.queries, |rule| {
            let is_first = rule.hidden.is_empty();
            rule.hidden = objects.iter().cloned().collect();
            is_first || objects.is_empty()
        });
        for query in queries {
            let rule = &self.rules.by_query[&query];
            let both = |identity: &&Identity| rule.hidden.contains(identity);
            if rule.pinned.iter().find(both).is_some() {
                let query = query.as_str().to_owned();
                self.note(format!("{at}.objects"), RuleFault::Contradicted(query));
            }
        }
    }

    /// Changes the rule of each query; a change that says it is not the first is noted.
    fn for_queries(
        &mut self,
        at: &str,
        queries: &[String],
        mut change: impl FnMut(&mut QueryRule) -> bool,
    ) -> Vec<Phrase> {
        let queries = self.phrases(&format!("{at}.queries"), queries, QueryRules::QUERIES_MAX);
        for (query, at) in &queries {
            let rule = self.rules.by_query.entry(query.clone()).or_default();
            if !change(rule) {
                self.note(at, RuleFault::Repeated(query.as_str().to_owned()));
            }
        }
        queries.into_keys().collect()
    }

    /// Each phrase once, with the place where it stands first.
    fn phrases(&mut self, at: &str, texts: &[String], max: usize) -> BTreeMap<Phrase, String> {
        if texts.is_empty() {
            self.note(at, RuleFault::Empty);
        }
        self.count(at, texts, max);
        let mut phrases = BTreeMap::new();
        for (number, text) in texts.iter().take(max).enumerate() {
            let at = format!("{at}[{number}]");
            if let Some(phrase) = self.phrase(&at, text) {
                phrases.entry(phrase).or_insert(at);
            }
        }
        phrases
    }

    fn phrase(&mut self, at: &str, text: &str) -> Option<Phrase> {
        let phrase = Phrase::new(text);
        match &phrase {
            None => self.note(at, RuleFault::Empty),
            Some(phrase) if phrase.as_str().len() > Phrase::BYTES_MAX => {
                let bytes_max = Phrase::BYTES_MAX;
                self.note(at, RuleFault::TooLong { bytes_max });
            }
            Some(_) => {}
        }
        phrase
    }

    /// Each identity once, in order.
    fn identities(&mut self, at: &str, texts: &[String], max: usize) -> Vec<Identity> {
        let at = format!("{at}.objects");
        if texts.is_empty() {
            self.note(&at, RuleFault::Empty);
        }
        self.count(&at, texts, max);
        let mut identities: Vec<Identity> = Vec::new();
        for (number, text) in texts.iter().take(max).enumerate() {
            match Identity::new(text) {
                Ok(identity) if identities.contains(&identity) => {}
                Ok(identity) => identities.push(identity),
                Err(Rule::TooLong { bytes_max }) => {
                    self.note(format!("{at}[{number}]"), RuleFault::TooLong { bytes_max });
                }
                Err(_) => self.note(format!("{at}[{number}]"), RuleFault::NotAnIdentity),
            }
        }
        identities
    }
}

/// Of a page on this host or another.
fn is_url(text: &str) -> bool {
    let schemes = ["https://", "http://"];
    let has_host = schemes.iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    });
    let is_page = text.starts_with('/') || has_host;
    let is_bare = |c: char| c.is_whitespace() || c.is_control();
    is_page && !text.starts_with("//") && !text.contains(is_bare)
}
