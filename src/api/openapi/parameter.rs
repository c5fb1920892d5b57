//! What a path or a query string may say.

use serde_json::{Map, Value, json};

use super::Example;
use super::schema::{list, text};

#[derive(Clone, Debug)]
pub struct Parameter {
    pub(super) name: &'static str,
    place: &'static str,
    is_required: bool,
    words: &'static str,
    schema: Value,
}

impl Parameter {
    pub fn path(name: &'static str, words: &'static str) -> Self {
        Self {
            place: "path",
            is_required: true,
            ..Self::query(name, words)
        }
    }

    pub fn query(name: &'static str, words: &'static str) -> Self {
        Self {
            name,
            place: "query",
            is_required: false,
            words,
            schema: text(),
        }
    }

    /// One that may be sent several times, `name[]=a&name[]=b`.
    pub fn repeated(name: &'static str, words: &'static str) -> Self {
        Self::query(name, words).of(list(&text()))
    }

    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    #[must_use]
    pub fn of(mut self, schema: Value) -> Self {
        self.schema = schema;
        self
    }

    pub(super) fn written(&self, examples: &[Example]) -> Value {
        let mut written = json!({
            "name": self.name,
            "in": self.place,
            "required": self.is_required,
            "description": self.words,
            "schema": self.schema,
        });
        let given = examples.iter().filter_map(|example| {
            let value = example.parameter(self.name)?;
            Some((example.name.to_owned(), json!({"value": value})))
        });
        let given: Map<String, Value> = given.collect();
        if !given.is_empty() {
            written["examples"] = given.into();
        }
        written
    }
}
