//! Words looked for in some attributes alone, each of which counts differently (docs/reference/10-swiftype.md §6). Where the
//! documents of a site have the words of every attribute apart, an object is found only where an attribute of the scope has
//! the word; else titles, brands, categories and codes can be told from the rest, and for any other attribute the whole text
//! stands. Invariant: what the scope has is found.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::domain::{Schema, ScopedField, SearchQuery};
use crate::engine::opensearch::layout::fields::{HIDDEN, field_name};
use crate::engine::opensearch::layout::found_by::{WORDS_BY_ATTRIBUTE, before_words_of};
use crate::engine::opensearch::layout::judged::Judged;
use crate::engine::opensearch::search::filter::any;
use crate::engine::opensearch::searched::Hit as FoundHit;
use crate::engine::ranking::{self, TextField};

pub(super) struct Scope {
    places: Vec<Place>,
}

/// Where the words of an attribute are.
struct Place {
    field: String,
    /// Before each of its words, where the words of all attributes are together; else which field of words it is.
    at: At,
    weight: f32,
}

enum At {
    Behind(String),
    Field(usize),
}

impl Scope {
    /// Attributes that nothing has are left out.
    pub(super) fn new(
        asked: &[ScopedField],
        schema: &Schema,
        has_words_by_attribute: bool,
    ) -> Self {
        let mut places = Vec::new();
        for scoped in asked.iter().take(SearchQuery::SCOPE_MAX) {
            let name = scoped.field.as_str();
            let mut add = |field: String, at| {
                places.push(Place {
                    field,
                    at,
                    weight: scoped.weight,
                });
            };
            if has_words_by_attribute {
                if let Some((attribute, _)) = schema.get(name) {
                    let behind = At::Behind(before_words_of(attribute));
                    add(WORDS_BY_ATTRIBUTE.to_owned(), behind);
                }
                continue;
            }
            let group = ranking::group_of(name);
            let at = TextField::ALL.iter().position(|field| *field == group);
            let at = At::Field(at.unwrap_or(TextField::ALL.len()));
            add(format!("t.{}", field_name(group)), at);
            if group == TextField::Everything {
                add(format!("t.{HIDDEN}"), At::Field(TextField::ALL.len()));
            }
        }
        Self { places }
    }

    /// Objects that have the word.
    pub(super) fn has(&self, word: &str) -> Value {
        any(self.scored(word, 1.0).collect())
    }

    /// The same, place by place, each with what it counts.
    pub(super) fn scored(&self, word: &str, weight: f32) -> impl Iterator<Item = Value> {
        self.places.iter().map(move |place| {
            let text = match &place.at {
                At::Behind(prefix) => format!("{prefix}{word}"),
                At::Field(_) => word.to_owned(),
            };
            json!({ "term": { &place.field: { "value": text, "boost": weight * place.weight } } })
        })
    }

    /// The fields that say where an object has words, beside what every hit is judged by.
    pub(super) fn fields(&self) -> BTreeSet<&str> {
        let apart = self.places.iter();
        let apart = apart.filter(|place| matches!(place.at, At::Behind(_)));
        apart.map(|place| place.field.as_str()).collect()
    }

    /// What each of the words, which are in order, is worth in an object, at most once; those that it has not are left out.
    pub(super) fn worths(
        &self,
        hit: &FoundHit,
        judged: &Judged,
        words: &[String],
    ) -> HashMap<String, f32> {
        let is_asked = |word: &str| {
            let found = words.binary_search_by(|asked| asked.as_str().cmp(word));
            found.is_ok()
        };
        let mut worths: HashMap<String, f32> = HashMap::new();
        for place in &self.places {
            let mut occurrences: HashMap<&str, u32> = HashMap::new();
            match &place.at {
                At::Behind(prefix) => {
                    let values = hit.fields.get(&place.field).into_iter().flatten();
                    let texts = values.filter_map(Value::as_str);
                    for word in texts.flat_map(|text| text.split(' ')) {
                        let word = word.strip_prefix(prefix.as_str());
                        if let Some(word) = word.filter(|word| is_asked(word)) {
                            *occurrences.entry(word).or_default() += 1;
                        }
                    }
                }
                At::Field(at) => {
                    let found = judged.words().filter(|(word, _)| is_asked(word));
                    let found = found.map(|(word, counts)| (word, counts[*at]));
                    occurrences.extend(found.filter(|(_, count)| *count > 0));
                }
            }
            for (word, occurrences) in occurrences {
                let worth = place.weight * ranking::tf(occurrences, 1.0, 0.0);
                let best = worths.entry(word.to_owned()).or_default();
                *best = best.max(worth);
            }
        }
        worths
    }
}
