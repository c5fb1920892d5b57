//! A request and its answer. In the description they are examples of one name: of the parameters, of the body and of
//! the answer. Invariant: a test sends every one of them to a server of the demo catalog.

use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Example {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    parameters: Vec<(&'static str, Value)>,
    pub(super) body: Option<Value>,
    pub(super) status: u16,
    /// `None` where the answer has no body.
    pub(super) answer: Option<Value>,
}

impl Example {
    pub fn new(name: &'static str, words: &'static str) -> Self {
        Self {
            name,
            words,
            parameters: Vec::new(),
            body: None,
            status: 200,
            answer: None,
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    #[must_use]
    pub fn answer(mut self, status: u16, answer: Value) -> Self {
        self.status = status;
        self.answer = Some(answer);
        self
    }

    /// Answered without a body.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&Value> {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }
}
