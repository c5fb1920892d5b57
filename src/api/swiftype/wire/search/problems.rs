//! What is wrong with a search, told beside its results (docs/reference/10-swiftype.md §6).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::swiftype::located::DocumentType;

/// What is wrong with a search, by option: in general, or for a document type.
#[derive(Debug, Default)]
pub(in crate::api::swiftype) struct Problems(BTreeMap<String, Map<String, Value>>);

impl Problems {
    const GENERAL: &'static str = "";

    pub(in crate::api::swiftype) fn general(&mut self, option: &str, words: impl Into<String>) {
        self.add(option, Self::GENERAL, words.into());
    }

    pub(super) fn of_type(&mut self, option: &str, of: &DocumentType, words: impl Into<String>) {
        self.add(option, &of.slug(), words.into());
    }

    fn add(&mut self, option: &str, of: &str, words: String) {
        let of_option = self.0.entry(option.to_owned()).or_default();
        let list = of_option.entry(of).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(words.into());
        }
    }

    /// `{option: [text]}` or `{option: {type: [text]}}`.
    pub(in crate::api::swiftype) fn into_body(self) -> Value {
        let options = self.0.into_iter().map(|(option, mut of_option)| {
            let body = match of_option.remove(Self::GENERAL) {
                Some(general) => general,
                None => Value::Object(of_option),
            };
            (option, body)
        });
        Value::Object(options.collect())
    }
}
