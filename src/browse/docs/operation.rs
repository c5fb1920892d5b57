//! One method of one path, as a page.

use askama::Template;
use serde_json::Value;

use super::command::command;
use super::schema::{Line, kind, lines};
use super::{ROOT, Words, list, members, text, words};
use crate::browse::Browse;
use crate::browse::page::Frame;

#[derive(Template)]
#[template(path = "operation.html", config = "src/browse/askama.toml")]
pub(super) struct OperationPage {
    frame: Frame,
    docs: String,
    method: String,
    path: String,
    about: Vec<Words>,
    /// What a caller has to show, one way or another.
    needs: Vec<String>,
    parameters: Vec<Parameter>,
    body: Vec<Line>,
    body_is_required: bool,
    answers: Vec<Answer>,
}

struct Parameter {
    name: String,
    place: String,
    kind: String,
    is_required: bool,
    words: Vec<Words>,
}

struct Answer {
    status: String,
    words: Vec<Words>,
    media: Vec<String>,
    lines: Vec<Line>,
    examples: Vec<Shown>,
}

struct Shown {
    words: String,
    command: String,
    body: Option<String>,
}

impl OperationPage {
    pub(super) fn new(
        browse: &Browse,
        description: &Value,
        base: &str,
        method: &str,
        path: &str,
        json: &Value,
    ) -> Self {
        let schemas = &description["components"]["schemas"];
        let body = &json["requestBody"];
        let sent = body
            .get("content")
            .map(|content| &content["application/json"]["schema"]);
        let answer = |(status, response): (&String, &Value)| {
            let first = members(&response["content"]).next();
            let schema = first.map(|(_, content)| &content["schema"]);
            let media = members(&response["content"]).map(|(media, _)| media.clone());
            let named = members(&response["content"]);
            let named = named.flat_map(|(_, content)| members(&content["examples"]));
            let named = named.map(|(name, example)| {
                let words = text(&example["summary"]);
                (name.as_str(), words, Some(&example["value"]))
            });
            let unnamed = list(&response["x-examples"]).iter().map(text);
            let unnamed = unnamed.map(|name| {
                let bodies = &body["content"]["application/json"]["examples"];
                (name, text(&bodies[name]["summary"]), None)
            });
            let shown = named.chain(unnamed).map(|(name, words, value)| Shown {
                words: words.to_owned(),
                command: command(base, method, path, json, name),
                body: value.map(written),
            });
            Answer {
                status: status.clone(),
                words: words(text(&response["description"])),
                media: media.collect(),
                lines: schema
                    .map(|schema| lines(schema, schemas))
                    .unwrap_or_default(),
                examples: shown.collect(),
            }
        };
        Self {
            frame: Frame::of_stranger(browse, text(&json["summary"])),
            docs: format!("{}{ROOT}", browse.path_prefix),
            method: method.to_uppercase(),
            path: path.to_owned(),
            about: words(text(&json["description"])),
            needs: list(&json["security"]).iter().map(together).collect(),
            parameters: list(&json["parameters"]).iter().map(parameter).collect(),
            body: sent
                .map(|schema| lines(schema, schemas))
                .unwrap_or_default(),
            body_is_required: body["required"] == true,
            answers: members(&json["responses"]).map(answer).collect(),
        }
    }
}

/// Schemes that are needed at once; none is none.
fn together(schemes: &Value) -> String {
    let names: Vec<&str> = members(schemes).map(|(name, _)| name.as_str()).collect();
    match names[..] {
        [] => "nothing".to_owned(),
        _ => names.join(" and "),
    }
}

fn parameter(json: &Value) -> Parameter {
    Parameter {
        name: text(&json["name"]).to_owned(),
        place: text(&json["in"]).to_owned(),
        kind: kind(&json["schema"]),
        is_required: json["required"] == true,
        words: words(text(&json["description"])),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Values always can be.
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}
