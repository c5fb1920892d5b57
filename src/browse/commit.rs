//! What a commit of a generation would delete, told before anybody commits it. Invariant: nothing is deleted here.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::actions::Action;
use super::chart::count;
use super::failure::Failure;
use super::gate::Visitor;
use super::link::{self, query};
use super::page::{self, Frame};
use super::sites::{query_of, site_of};
use crate::domain::{CommitPreview, Generation, GenerationCommit, Identity, ObjectType};

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
    /// What is kept although it is not marked, and the first of it.
    kept: u64,
    /// Where it can be done, where the pages may.
    act: Option<String>,
    kept_sample: Vec<(String, String)>,
}

/// `GET /browse/sites/{site}/commit?type=…&generation=…`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
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
        keeps_refused: site.commit_keeps_refused,
    };
    let id = &site.tracker_id;
    let reads = &browse.app.engine.reads;
    let preview = reads.preview_commit(id, commit.clone()).await?;
    let root = browse.path("");
    let with_page = |identity: &Identity| {
        let identity = identity.as_str();
        let href = link::of_object(&root, id.as_str(), identity);
        (identity.to_owned(), href)
    };
    let sample = preview.iter().flat_map(|preview| &preview.sample);
    let kept = preview.as_ref().map(|preview| &preview.kept);
    let kept_sample = kept.iter().flat_map(|kept| &kept.named);
    let action = Action::Commit {
        object_type: commit.object_type.clone(),
        generation: commit.generation.clone(),
    };
    let act = action.is_listed(browse.actions) && preview.is_some();
    let act = act.then(|| action.href(&root, id.as_str()));
    let object_type = commit.object_type.as_str();
    let page = CommitPage {
        frame: Frame::of_site(&browse, &visitor, id, format!("Commit · {id}")),
        type_href: link::of_type(&root, id.as_str(), object_type),
        object_type: object_type.to_owned(),
        generation: commit.generation.as_str().to_owned(),
        act,
        sample: sample.map(with_page).collect(),
        kept: kept.map_or(0, |kept| kept.count),
        kept_sample: kept_sample
            .take(CommitPreview::SAMPLE_MAX)
            .map(with_page)
            .collect(),
        deletes: preview.as_ref().map(|preview| count(preview.count)),
    };
    Ok(page::html(StatusCode::OK, &page))
}
