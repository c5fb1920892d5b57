//! The page that says what an action will do. Invariant: looking does nothing, and what the page counted goes with its
//! form.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Action;
use crate::browse::Browse;
use crate::browse::chart::count;
use crate::browse::failure::Failure;
use crate::browse::gate::Visitor;
use crate::browse::link;
use crate::browse::page::{self, Frame};
use crate::browse::sites::{query_of, site_of};
use crate::domain::{CommitPreview, GenerationCommit, Identity, Site};

#[derive(Template)]
#[template(path = "act.html", config = "src/browse/askama.toml")]
struct AskPage {
    frame: Frame,
    address: String,
    back: String,
    fields: Vec<(&'static str, String)>,
    foreseen: Foreseen,
    /// Something is another way than when the visitor looked.
    has_changed: bool,
}

/// What will happen.
pub(super) struct Foreseen {
    pub(super) title: &'static str,
    pub(super) sentences: Vec<String>,
    pub(super) sample: Vec<(String, String)>,
    /// Why it cannot be done, if so.
    pub(super) hindrance: Option<String>,
    pub(super) button: &'static str,
    /// Objects go.
    pub(super) deletes: bool,
    /// How many objects go, where that is counted.
    pub(super) leaving: Option<u64>,
    /// More go than the site lets go without being forced.
    pub(super) is_guarded: bool,
}

/// `GET /browse/sites/{site}/act?do=…`
pub(in crate::browse) async fn ask(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let asked = query_of(asked.as_deref())?;
    let action = Action::read(&browse, &asked)?;
    let foreseen = foresee(&browse, &site, &action).await?;
    Ok(ask_page(&browse, &visitor, &site, &action, foreseen, false))
}

pub(super) fn ask_page(
    browse: &Browse,
    visitor: &Visitor,
    site: &Site,
    action: &Action,
    foreseen: Foreseen,
    has_changed: bool,
) -> Response {
    let id = &site.tracker_id;
    let root = browse.path("");
    let fields = action.fields().into_iter();
    let mut fields: Vec<_> = fields
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    if let Some(leaving) = foreseen.leaving {
        fields.push(("leaving", leaving.to_string()));
    }
    let page = AskPage {
        frame: Frame::of_site(browse, visitor, id, format!("{} · {id}", foreseen.title)),
        address: format!("{}/act", link::of_site(&root, id.as_str())),
        back: back(&root, site, action),
        fields,
        foreseen,
        has_changed,
    };
    page::html(StatusCode::OK, &page)
}

/// Where somebody goes who does not want it after all.
fn back(root: &str, site: &Site, action: &Action) -> String {
    let id = site.tracker_id.as_str();
    match action {
        Action::Delete(identity) => link::of_object(root, id, identity.as_str()),
        Action::Commit { object_type, .. } => link::of_type(root, id, object_type.as_str()),
        Action::Rebuild => link::of_site(root, id),
        Action::Sync { .. } => format!("{}/activity", link::of_site(root, id)),
    }
}

pub(super) async fn foresee(
    browse: &Browse,
    site: &Site,
    action: &Action,
) -> Result<Foreseen, Failure> {
    match action {
        Action::Delete(identity) => of_delete(browse, site, identity).await,
        Action::Commit { .. } => of_commit(browse, site, action).await,
        Action::Rebuild => Ok(Foreseen {
            sentences: vec![
                "Another index is made of the store, beside the one that serves, and takes its place. Searches and \
                 writes go on; for a large catalog it takes minutes, a processor and as much disk as the index."
                    .to_owned(),
            ],
            ..plain("Rebuild the index", "Rebuild it")
        }),
        Action::Sync { source } => Ok(Foreseen {
            sentences: vec![format!(
                "A full sync of the source “{source}” begins: all its rows are read, and at its end what the source does \
                 not have any more is deleted from the catalog, unless that is more than its guard allows."
            )],
            ..plain("Start a sync", "Start it")
        }),
    }
}

fn plain(title: &'static str, button: &'static str) -> Foreseen {
    Foreseen {
        title,
        sentences: Vec::new(),
        sample: Vec::new(),
        hindrance: None,
        button,
        deletes: false,
        leaving: None,
        is_guarded: false,
    }
}

async fn of_delete(browse: &Browse, site: &Site, identity: &Identity) -> Result<Foreseen, Failure> {
    let inspection = &browse.app.engine.inspection;
    let found = inspection
        .inspect(&site.tracker_id, identity.clone())
        .await?;
    let object = found.ok_or(Failure::NoObject)?.object;
    Ok(Foreseen {
        sentences: vec![format!(
            "The object “{identity}” of type “{}” is deleted from the catalog at once. What is nested in it and stands as an \
             object of its own stays. An upload or a sync that sends it again brings it back.",
            object.object_type
        )],
        deletes: true,
        ..plain("Delete an object", "Delete it")
    })
}

async fn of_commit(browse: &Browse, site: &Site, action: &Action) -> Result<Foreseen, Failure> {
    let Some(commit) = commit_of(site, action) else {
        return Err(Failure::BadForm);
    };
    let reads = &browse.app.engine.reads;
    let preview = reads
        .preview_commit(&site.tracker_id, commit.clone())
        .await?;
    let plain = plain("Commit a generation", "Commit it");
    let Some(CommitPreview {
        count: leaving,
        is_guarded,
        sample,
        kept,
    }) = preview
    else {
        let words = "No object of the type carries this generation: the commit would be refused.";
        return Ok(Foreseen {
            hindrance: Some(words.to_owned()),
            ..plain
        });
    };
    let root = browse.path("");
    let with_page = |identity: Identity| {
        let href = link::of_object(&root, site.tracker_id.as_str(), identity.as_str());
        (identity.to_string(), href)
    };
    let mut sentences = vec![format!(
        "{} objects of type “{}” that carry another generation than “{}”, or none, are deleted at once.",
        count(leaving),
        commit.object_type,
        commit.generation
    )];
    if kept.count > 0 {
        sentences.push(format!(
            "Kept as they are, as their newest upload carried it and was refused: {}.",
            count(kept.count)
        ));
    }
    Ok(Foreseen {
        sentences,
        sample: sample.into_iter().map(with_page).collect(),
        leaving: Some(leaving),
        deletes: true,
        is_guarded,
        ..plain
    })
}

/// As the API commits.
pub(super) fn commit_of(site: &Site, action: &Action) -> Option<GenerationCommit> {
    let Action::Commit {
        object_type,
        generation,
    } = action
    else {
        return None;
    };
    Some(GenerationCommit {
        object_type: object_type.clone(),
        generation: generation.clone(),
        must_exist: true,
        guard_percent: site.commit_guard_percent,
        keeps_refused: site.commit_keeps_refused,
    })
}
