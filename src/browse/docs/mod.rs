//! The API to read (`/docs`), written from the same description as `/openapi.json`. Open to everybody, as that is.
//! Invariant: nothing stands here that is not in the description.

mod command;
mod operation;
mod schema;

use std::borrow::Cow;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Browse;
use super::failure::Failure;
use super::page::{self, Frame};
use crate::api::address;
use operation::OperationPage;

pub(super) const ROOT: &str = "/docs";

/// As long as the description itself.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=60");

#[derive(Template)]
#[template(path = "docs.html", config = "src/browse/askama.toml")]
struct IndexPage {
    frame: Frame,
    /// Sentences about all of it, with code in backticks apart.
    about: Vec<Vec<Words>>,
    groups: Vec<Group>,
    schemes: Vec<Scheme>,
    /// Of the description itself.
    source: String,
    docs: String,
}

struct Group {
    name: String,
    operations: Vec<Entry>,
}

struct Entry {
    id: String,
    method: String,
    path: String,
    summary: String,
}

struct Scheme {
    id: String,
    what: String,
    words: Vec<Words>,
}

/// A piece of a sentence.
pub(super) struct Words {
    pub(super) text: String,
    pub(super) is_code: bool,
}

/// Code stands between backticks.
pub(super) fn words(text: &str) -> Vec<Words> {
    let pieces = text.split('`').enumerate();
    pieces
        .filter(|(_, text)| !text.is_empty())
        .map(|(number, text)| Words {
            text: text.to_owned(),
            is_code: number % 2 == 1,
        })
        .collect()
}

pub(super) fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_default()
}

pub(super) fn list(json: &Value) -> &[Value] {
    json.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn members(json: &Value) -> impl Iterator<Item = (&String, &Value)> {
    json.as_object().into_iter().flatten()
}

/// Method, path and what is said of them, one after the other.
fn operations(description: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = members(&description["paths"]);
    paths.flat_map(|(path, methods)| {
        members(methods).map(move |(method, json)| (method.as_str(), path.as_str(), json))
    })
}

/// `GET /docs`
pub(super) async fn index(State(browse): State<Browse>) -> Response {
    let description = browse.api.json();
    let about = text(&description["info"]["description"]).lines();
    let about = about.map(|line| line.trim_start_matches("- "));
    let groups = list(&description["tags"]).iter().map(|tag| Group {
        name: text(&tag["name"]).to_owned(),
        operations: operations(description)
            .filter(|(_, _, json)| json["tags"][0] == tag["name"])
            .map(|(method, path, json)| Entry {
                id: text(&json["operationId"]).to_owned(),
                method: method.to_uppercase(),
                path: path.to_owned(),
                summary: text(&json["summary"]).to_owned(),
            })
            .collect(),
    });
    let schemes = members(&description["components"]["securitySchemes"]);
    let page = IndexPage {
        frame: Frame::of_stranger(&browse, "The API"),
        about: about.filter(|line| !line.is_empty()).map(words).collect(),
        groups: groups.collect(),
        schemes: schemes
            .map(|(id, scheme)| Scheme {
                id: id.clone(),
                what: shown_scheme(scheme).into_owned(),
                words: words(text(&scheme["description"])),
            })
            .collect(),
        source: format!("{}/openapi.json", browse.path_prefix),
        docs: format!("{}{ROOT}", browse.path_prefix),
    };
    kept(page::html(StatusCode::OK, &page))
}

fn shown_scheme(scheme: &Value) -> Cow<'_, str> {
    match text(&scheme["scheme"]) {
        "bearer" => "header Authorization: Bearer …".into(),
        "basic" => "header Authorization: Basic …".into(),
        _ => format!("{} {}", text(&scheme["in"]), text(&scheme["name"])).into(),
    }
}

/// `GET /docs/{operation}`
pub(super) async fn show(
    State(browse): State<Browse>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let description = browse.api.json();
    let found = operations(description).find(|(_, _, json)| text(&json["operationId"]) == id);
    let (method, path, json) = found.ok_or(Failure::NoPage)?;
    let base = address::base(&browse.app, &uri, &headers);
    let base = format!("{base}{}", browse.path_prefix);
    let page = OperationPage::new(&browse, description, &base, method, path, json);
    Ok(kept(page::html(StatusCode::OK, &page)))
}

fn kept(response: Response) -> Response {
    ([(CACHE_CONTROL, CACHED)], response).into_response()
}
