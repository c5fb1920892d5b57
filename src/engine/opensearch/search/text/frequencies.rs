//! How many objects have a word in each field, and how long the fields are. Invariant: what is counted is what can be found: where
//! something stands for objects, that.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::dictionary::Memo;
use super::known_words::FIELDS;
use crate::engine::opensearch::client::{Call, CallError};
use crate::engine::opensearch::layout::fields::STAND_INS;
use crate::engine::opensearch::layout::fields::{HIDDEN, field_name};
use crate::engine::opensearch::search::stand_ins::question::field;
use crate::engine::opensearch::searched::Searched;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::TextField;

impl OpenSite {
    /// As of a document that has all of the words.
    pub(super) async fn frequencies(&self, words: &BTreeSet<String>) -> Result<Value, CallError> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let text = words.join(" ");
        let fields = names().map(|name| (name.to_owned(), json!(text)));
        let fields: Map<String, Value> = fields.collect();
        let body = json!({
            "doc": { "t": fields },
            "fields": ["t.*"],
            "term_statistics": true,
            "field_statistics": true,
            "positions": false,
            "offsets": false,
            "payloads": false,
        });
        let copy = &self.cluster.copy;
        let path = format!("/{}/_termvectors?preference={copy}", self.alias);
        self.cluster
            .client
            .call(&Call::ask(path, &body))
            .await?
            .read()
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    { TextField::ALL.map(field_name).into_iter() }.chain([HIDDEN])
}

pub(super) fn keep_frequencies(memo: &mut Memo<'_>, words: &BTreeSet<String>, told: &Value) {
    let of_field = |name: &str| &told["term_vectors"][format!("t.{name}")];
    let count = |field: TextField, of: &str| {
        let statistics = &of_field(field_name(field))["field_statistics"];
        statistics[of].as_u64().unwrap_or(0)
    };
    let objects = count(TextField::Everything, "doc_count");
    let mut average_lengths = [0.0; FIELDS];
    for (at, field) in TextField::ALL.into_iter().enumerate() {
        if field.b().is_some() && objects > 0 {
            average_lengths[at] = count(field, "sum_ttf") as f32 / objects as f32;
        }
    }
    let frequency = |word: &String| {
        let mut frequency = [0; FIELDS + 1];
        for (at, name) in names().enumerate() {
            let term = &of_field(name)["terms"][word];
            frequency[at] = term["doc_freq"].as_u64().unwrap_or(0);
        }
        frequency
    };
    memo.keep(|answers| {
        answers.whole = Some((objects, average_lengths));
        let frequencies = words.iter().map(|word| (word.clone(), frequency(word)));
        answers.frequencies.extend(frequencies);
    });
}

/// How many of what stands for objects have each word in each field: a term vector is of the object.
pub(super) fn frequencies_of_stand_ins(words: &BTreeSet<String>) -> Value {
    let filters = words.iter().enumerate().flat_map(|(of_word, word)| {
        let fields = names().enumerate();
        fields.map(move |(at, name)| {
            let has = json!({ "term": { field(&format!("t.{name}")): word } });
            (counted_name(of_word, at), has)
        })
    });
    let filters: Map<String, Value> = filters.collect();
    json!({
        "size": 0,
        "track_total_hits": false,
        "aggs": { "stand-ins": {
            "nested": { "path": STAND_INS },
            "aggs": { "words": { "filters": { "filters": filters } } },
        }},
    })
}

fn counted_name(of_word: usize, of_field: usize) -> String {
    format!("{of_word}-{of_field}")
}

pub(super) fn keep_counted(memo: &mut Memo<'_>, words: &BTreeSet<String>, answer: &Searched) {
    let told = &answer.aggregations["stand-ins"];
    let stand_ins = told["doc_count"].as_u64().unwrap_or(0);
    let frequency = |of_word: usize| {
        let mut frequency = [0; FIELDS + 1];
        for (at, count) in frequency.iter_mut().enumerate() {
            let counted = &told["words"]["buckets"][counted_name(of_word, at)]["doc_count"];
            *count = counted.as_u64().unwrap_or(0);
        }
        frequency
    };
    memo.keep(|answers| {
        if let Some((objects, _)) = &mut answers.whole {
            *objects = stand_ins;
        }
        let frequencies = words.iter().enumerate();
        let frequencies = frequencies.map(|(at, word)| (word.clone(), frequency(at)));
        answers.frequencies.extend(frequencies);
    });
}
