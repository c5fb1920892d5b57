//! One method of one path: what it takes, what it answers, and examples of both.

use axum::routing::MethodFilter;
use serde_json::{Map, Value, json};

use super::{Example, Parameter};

/// What a route listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub(super) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// What a caller has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Nothing.
    Open,
    /// The signature of the content API.
    Signature,
    /// A key of the Swiftype API.
    ApiKey,
    /// A token of the product sync.
    SyncAdmin,
    /// `[admin] token`, where one is set.
    AdminToken,
}

impl Security {
    fn written(self) -> Value {
        match self {
            Self::Open => json!([]),
            Self::Signature => json!([{"signature": [], "signatureDate": []}]),
            Self::ApiKey => json!([{"apiKey": []}, {"apiKeyBasic": []}, {"apiKeyQuery": []}]),
            Self::SyncAdmin => json!([{"syncToken": []}]),
            Self::AdminToken => json!([{"adminToken": []}, {}]),
        }
    }
}

#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    words: &'static str,
    /// Schemas by media type; none where there is no body.
    content: Vec<(&'static str, Value)>,
}

/// A value of an answer that another operation takes.
#[derive(Clone, Copy, Debug)]
struct Link {
    status: u16,
    operation: &'static str,
    parameter: &'static str,
    pointer: &'static str,
}

#[derive(Clone, Debug)]
pub struct Operation {
    verb: Verb,
    path: String,
    id: String,
    tag: &'static str,
    summary: &'static str,
    words: String,
    security: Security,
    parameters: Vec<Parameter>,
    body: Option<(Value, bool)>,
    answers: Vec<Answer>,
    examples: Vec<Example>,
    links: Vec<Link>,
}

const JSON: &str = "application/json; charset=utf-8";

impl Operation {
    pub fn new(verb: Verb, path: &str, id: &str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            verb,
            path: path.to_owned(),
            id: id.to_owned(),
            tag,
            summary,
            words: String::new(),
            security: Security::Open,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            examples: Vec::new(),
            links: Vec::new(),
        }
    }

    #[must_use]
    pub fn tells(mut self, words: &str) -> Self {
        words.clone_into(&mut self.words);
        self
    }

    #[must_use]
    pub fn needs(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    #[must_use]
    pub fn takes(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A body that must be there.
    #[must_use]
    pub fn reads(mut self, schema: Value) -> Self {
        self.body = Some((schema, true));
        self
    }

    #[must_use]
    pub fn may_read(mut self, schema: Value) -> Self {
        self.body = Some((schema, false));
        self
    }

    #[must_use]
    pub fn answers(self, status: u16, words: &'static str, schema: Value) -> Self {
        self.answers_in(JSON, status, words, schema)
    }

    #[must_use]
    pub fn answers_text(self, status: u16, words: &'static str) -> Self {
        self.answers_in(
            "text/plain; charset=utf-8",
            status,
            words,
            json!({"type": "string"}),
        )
    }

    #[must_use]
    pub fn answers_in(
        mut self,
        media: &'static str,
        status: u16,
        words: &'static str,
        schema: Value,
    ) -> Self {
        match self.answers.iter_mut().find(|known| known.status == status) {
            Some(known) => known.content.push((media, schema)),
            None => self.answers.push(Answer {
                status,
                words,
                content: vec![(media, schema)],
            }),
        }
        self
    }

    #[must_use]
    pub fn answers_nothing(mut self, status: u16, words: &'static str) -> Self {
        self.answers.push(Answer {
            status,
            words,
            content: Vec::new(),
        });
        self
    }

    /// A part of the answer that another operation takes as a parameter.
    #[must_use]
    pub fn leads_to(
        mut self,
        status: u16,
        operation: &'static str,
        parameter: &'static str,
        pointer: &'static str,
    ) -> Self {
        self.links.push(Link {
            status,
            operation,
            parameter,
            pointer,
        });
        self
    }

    #[must_use]
    pub fn example(mut self, example: Example) -> Self {
        self.examples.push(example);
        self
    }

    pub fn verb(&self) -> Verb {
        self.verb
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn below(mut self, base: &str) -> Self {
        self.path = format!("{base}{}", self.path.trim_end_matches('/'));
        self
    }

    pub(super) fn written(&self) -> Value {
        let parameters = self.parameters.iter();
        let parameters: Vec<Value> = parameters
            .map(|parameter| parameter.written(&self.examples))
            .collect();
        let mut written = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.words,
            "security": self.security.written(),
        });
        if !parameters.is_empty() {
            written["parameters"] = parameters.into();
        }
        if let Some((schema, is_required)) = &self.body {
            let bodies = self.examples.iter().filter_map(|example| {
                let body = example.body.as_ref()?;
                let named = json!({"summary": example.words, "value": body});
                Some((example.name.to_owned(), named))
            });
            let bodies: Map<String, Value> = bodies.collect();
            let mut content = json!({"schema": schema});
            if !bodies.is_empty() {
                content["examples"] = bodies.into();
            }
            written["requestBody"] = json!({
                "required": is_required,
                "content": {"application/json": content},
            });
        }
        let mut answers: Vec<&Answer> = self.answers.iter().collect();
        answers.sort_by_key(|answer| answer.status);
        let answers: Map<String, Value> = answers
            .into_iter()
            .map(|answer| (answer.status.to_string(), self.answer_written(answer)))
            .collect();
        written["responses"] = answers.into();
        written
    }

    fn answer_written(&self, answer: &Answer) -> Value {
        let mut written = json!({"description": answer.words});
        if matches!(answer.status, 429 | 503) {
            written["headers"] =
                json!({"Retry-After": {"$ref": "#/components/headers/RetryAfter"}});
        }
        let mine = self.examples.iter();
        let mine = mine.filter(|example| example.status == answer.status);
        let mut content = Map::new();
        for (media, schema) in &answer.content {
            let is_json = media.starts_with("application/json");
            let mut written = json!({"schema": schema});
            let examples = mine.clone().filter_map(|example| {
                let body = example.answer.as_ref()?;
                let named = json!({"summary": example.words, "value": body});
                (body.is_string() != is_json).then(|| (example.name.to_owned(), named))
            });
            let examples: Map<String, Value> = examples.collect();
            if !examples.is_empty() {
                written["examples"] = examples.into();
            }
            content.insert((*media).to_owned(), written);
        }
        if !content.is_empty() {
            written["content"] = content.into();
        } else if let Some(names) = names(mine) {
            // Without a body there is no place for examples: those that end so are told by name.
            written["x-examples"] = names;
        }
        let links = self.links.iter();
        let links = links.filter(|link| link.status == answer.status);
        let links: Map<String, Value> = links
            .map(|link| {
                let value = format!("$response.body#{}", link.pointer);
                let written =
                    json!({"operationId": link.operation, "parameters": {link.parameter: value}});
                (link.operation.to_owned(), written)
            })
            .collect();
        if !links.is_empty() {
            written["links"] = links.into();
        }
        written
    }
}

fn names<'a>(examples: impl Iterator<Item = &'a Example>) -> Option<Value> {
    let names: Vec<&str> = examples.map(|example| example.name).collect();
    (!names.is_empty()).then(|| json!(names))
}
