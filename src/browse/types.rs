//! What there is of one type: its generations, and what a commit of each would delete; its attributes, by a sample.
//! Invariant: what was not counted over every object of the type says so.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::chart::count;
use super::commit;
use super::failure::Failure;
use super::fields::{self, FieldRow};
use super::gate::Visitor;
use super::link;
use super::page::{self, Frame};
use super::sites::{query_of, site_of};
use super::value::when;
use crate::domain::{Generation, ObjectType, Sample, Schema, TypeSurvey};
use crate::engine::EngineError;

/// Generations on one page.
const GENERATIONS_MAX: usize = 50;

/// Attributes on one page.
const FIELDS_MAX: usize = 300;

/// The generations of a type, as far as a page lists them.
pub(super) struct Generations {
    pub(super) rows: Vec<GenerationRow>,
    pub(super) left_out: usize,
}

/// The objects of one generation.
pub(super) struct GenerationRow {
    /// `None` for objects without one.
    pub(super) name: Option<String>,
    pub(super) objects: String,
    /// Objects that a commit of it would delete, and where that is told; nobody commits no generation.
    pub(super) deletes: Option<(String, String)>,
}

impl Generations {
    pub(super) fn of(root: &str, site: &str, of_type: &TypeSurvey, most: usize) -> Self {
        let rows = of_type
            .generations
            .iter()
            .take(most)
            .map(|(generation, objects)| {
                let name = generation.as_ref().map(Generation::as_str);
                let deletes = name.map(|name| {
                    let deleted = count(of_type.objects.saturating_sub(*objects));
                    (
                        deleted,
                        commit::href(root, site, of_type.object_type.as_str(), name),
                    )
                });
                GenerationRow {
                    name: name.map(str::to_owned),
                    objects: count(*objects),
                    deletes,
                }
            });
        Self {
            rows: rows.collect(),
            left_out: of_type.generations.len().saturating_sub(most),
        }
    }
}

#[derive(Template)]
#[template(path = "type.html", config = "src/browse/askama.toml")]
struct TypePage {
    frame: Frame,
    name: String,
    search: String,
    objects: String,
    looked_at: Option<String>,
    last_write: String,
    generations: Option<Generations>,
    sampled: usize,
    is_complete: bool,
    fields: Vec<FieldRow>,
    fields_left_out: usize,
}

/// `GET /browse/sites/{site}/type?name=…`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let query = query_of(query.as_deref())?;
    let object_type = ObjectType::new(query.scalar("name").unwrap_or_default());
    let object_type = object_type.map_err(|_| Failure::NoPage)?;
    let engine = &browse.app.engine;
    let id = &site.tracker_id;
    let survey = engine.inspection.survey(id).await?;
    let sample = engine
        .inspection
        .sample(id, object_type.clone(), Sample::OBJECTS_MAX)
        .await?;
    let of_type = survey
        .types
        .iter()
        .find(|of_type| of_type.object_type == object_type);
    if of_type.is_none() && sample.objects.is_empty() {
        return Err(Failure::NoPage);
    }
    let documents = engine.documents.as_ref();
    let schema = match documents {
        Some(documents) => Some(documents.schema(id).await?),
        None => None,
    };
    let (root, named) = (browse.path(""), id.to_string());
    let (sampled, is_complete) = (sample.objects.len(), sample.is_complete);
    let listed = tokio::task::spawn_blocking(move || {
        let empty = Schema::default();
        let schema = schema.as_deref().unwrap_or(&empty);
        fields::of(&sample.objects, schema, &root, &named)
    });
    let mut fields = listed.await.map_err(|error| EngineError::Internal {
        context: "a sample could not be counted",
        source: error.into(),
    })?;
    let fields_left_out = fields.len().saturating_sub(FIELDS_MAX);
    fields.truncate(FIELDS_MAX);
    let root = browse.path("");
    let name = object_type.as_str();
    let generations =
        of_type.map(|of_type| Generations::of(&root, id.as_str(), of_type, GENERATIONS_MAX));
    let last_write = of_type.and_then(|of_type| of_type.last_write);
    let page = TypePage {
        frame: Frame::of_site(&browse, &visitor, id, format!("{name} · {id}")),
        search: link::of_filter(&root, id.as_str(), "type", name),
        name: name.to_owned(),
        objects: count(of_type.map_or(0, |of_type| of_type.objects)),
        looked_at: (!survey.is_complete()).then(|| count(survey.looked_at)),
        last_write: last_write.map(when).unwrap_or_default(),
        generations,
        sampled,
        is_complete,
        fields,
        fields_left_out,
    };
    Ok(page::html(StatusCode::OK, &page))
}
