//! What a commit of a generation would delete, told before anybody commits it. Invariant: nothing is deleted here.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::chart::count;
use super::failure::Failure;
use super::gate::Visitor;
use super::link::{self, query};
use super::page::{self, Frame};
use super::sites::{query_of, site_of};
use crate::domain::{Generation, GenerationCommit, ObjectType};

pub(super) fn href(root: &str, site: &str, object_type: &str, generation: &str) -> String {
    let asked = query(&[("type", object_type), ("generation", generation)]);
    format!("{}/commit?{asked}", link::of_site(root, site))
}

#[derive(Template)]
#[template(path = "commit.html", config = "src/browse/askama.toml")]
struct CommitPage {
    frame: Frame,
    object_type: String,
    type_href: String,
    generation: String,
    /// `None` where the commit would be refused.
    deletes: Option<String>,
    /// The first of them, with their pages.
    sample: Vec<(String, String)>,
}

/// `GET /browse/sites/{site}/commit?type=…&generation=…`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named)?;
    let asked = query_of(asked.as_deref())?;
    let object_type = ObjectType::new(asked.scalar("type").unwrap_or_default());
    let generation = Generation::new(asked.scalar("generation").unwrap_or_default());
    let (Ok(object_type), Ok(generation)) = (object_type, generation) else {
        return Err(Failure::NoPage);
    };
    let commit = GenerationCommit {
        object_type,
        generation,
        must_exist: true,
        guard_percent: 0,
    };
    let id = &site.tracker_id;
    let reads = &browse.app.engine.reads;
    let preview = reads.preview_commit(id, commit.clone()).await?;
    let root = browse.path("");
    let sample = preview.iter().flat_map(|preview| &preview.sample);
    let sample = sample.map(|identity| {
        let identity = identity.as_str();
        (
            identity.to_owned(),
            link::of_object(&root, id.as_str(), identity),
        )
    });
    let object_type = commit.object_type.as_str();
    let page = CommitPage {
        frame: Frame::of_site(&browse, &visitor, id, format!("Commit · {id}")),
        type_href: link::of_type(&root, id.as_str(), object_type),
        object_type: object_type.to_owned(),
        generation: commit.generation.as_str().to_owned(),
        sample: sample.collect(),
        deletes: preview.as_ref().map(|preview| count(preview.count)),
    };
    Ok(page::html(StatusCode::OK, &page))
}
