//! Words looked for in some attributes alone, each of which counts differently (docs/reference/10-swiftype.md §6). Where the
//! documents of a site have the words of every attribute apart, an object is found only where an attribute of the scope has
//! the word; else titles, brands, categories and codes can be told from the rest, and for any other attribute the whole text
//! stands. Invariant: what the scope has is found.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::domain::{Schema, ScopedField, SearchQuery};
use crate::engine::opensearch::cluster::Hit as FoundHit;
use crate::engine::opensearch::layout::found_by::{
    HIDDEN, WORDS_BY_ATTRIBUTE, before_words_of, field_name,
};
use crate::engine::opensearch::search::filter::any;
use crate::engine::ranking::{self, TextField};

pub(super) struct Scope {
    places: Vec<Place>,
}

/// Where the words of an attribute are.
struct Place {
    field: String,
    /// Before each of its words.
    prefix: String,
    weight: f32,
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
            let mut add = |field: String, prefix| {
                places.push(Place {
                    field,
                    prefix,
                    weight: scoped.weight,
                });
            };
            if has_words_by_attribute {
                if let Some((attribute, _)) = schema.get(name) {
                    add(WORDS_BY_ATTRIBUTE.to_owned(), before_words_of(attribute));
                }
                continue;
            }
            let group = ranking::group_of(name);
            add(format!("t.{}", field_name(group)), String::new());
            if group == TextField::Everything {
                add(format!("t.{HIDDEN}"), String::new());
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
            let text = format!("{}{word}", place.prefix);
            json!({ "term": { &place.field: { "value": text, "boost": weight * place.weight } } })
        })
    }

    /// The fields that say where an object has words.
    pub(super) fn fields(&self) -> BTreeSet<&str> {
        let fields = self.places.iter().map(|place| place.field.as_str());
        fields.collect()
    }

    /// What each of the words is worth in an object, at most once; those that it has not are left out.
    pub(super) fn worths(&self, hit: &FoundHit, words: &BTreeSet<&str>) -> HashMap<String, f32> {
        let mut worths: HashMap<String, f32> = HashMap::new();
        for place in &self.places {
            let mut occurrences: HashMap<&str, u32> = HashMap::new();
            let values = hit.fields.get(&place.field).into_iter().flatten();
            let texts = values.filter_map(Value::as_str);
            for word in texts.flat_map(|text| text.split(' ')) {
                let word = word.strip_prefix(place.prefix.as_str());
                if let Some(word) = word.filter(|word| words.contains(word)) {
                    *occurrences.entry(word).or_default() += 1;
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
