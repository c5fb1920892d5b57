//! Actions done, and what came of them. Invariant: only a form that a page of the visitor's showed does anything; what
//! is deleted is in the audit log as if the API had deleted it.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Action;
use super::ask::{ask_page, commit_of, foresee};
use crate::api::ops::SyncAsked;
use crate::browse::Browse;
use crate::browse::chart::count;
use crate::browse::failure::Failure;
use crate::browse::gate::{Visitor, read_form};
use crate::browse::link;
use crate::browse::page::{self, Frame};
use crate::browse::sites::site_of;
use crate::domain::{CommitOutcome, GenerationCommit, Identity, ObjectKey, Outcome, Site};
use crate::telemetry::audit::Deletion;

#[derive(Template)]
#[template(path = "acted.html", config = "src/browse/askama.toml")]
struct ActedPage {
    frame: Frame,
    is_done: bool,
    words: String,
    site: String,
    activity: String,
}

/// What came of it.
struct Acted {
    is_done: bool,
    words: String,
}

impl Acted {
    fn done(words: impl Into<String>) -> Self {
        Self {
            is_done: true,
            words: words.into(),
        }
    }

    fn not_done(words: impl Into<String>) -> Self {
        Self {
            is_done: false,
            words: words.into(),
        }
    }
}

/// `POST /browse/sites/{site}/act`
pub(in crate::browse) async fn act(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let (head, body) = request.into_parts();
    let form = read_form(&visitor, &head, body).await?;
    let site = site_of(&browse, &named).await?;
    let action = Action::read(&browse, &form)?;
    let is_forced = form.scalar("force") == Some("1");
    let acted = match &action {
        Action::Delete(identity) => delete(&browse, &site, identity).await?,
        Action::Commit { .. } => {
            let foreseen = foresee(&browse, &site, &action).await?;
            let leaving = foreseen.leaving.map(|leaving| leaving.to_string());
            let has_changed = leaving.as_deref() != form.scalar("leaving");
            if has_changed || (foreseen.is_guarded && !is_forced) {
                let page = ask_page(&browse, &visitor, &site, &action, foreseen, has_changed);
                return Ok(page);
            }
            let commit = commit_of(&site, &action).ok_or(Failure::BadForm)?;
            commit_it(&browse, &site, commit, is_forced).await?
        }
        Action::Rebuild => rebuild(&browse, &site).await?,
        Action::Sync { source } => sync(&browse, &site, source).await,
    };
    let id = &site.tracker_id;
    let root = browse.path("");
    let title = if acted.is_done { "Done" } else { "Not done" };
    let page = ActedPage {
        frame: Frame::of_site(&browse, &visitor, id, format!("{title} · {id}")),
        is_done: acted.is_done,
        words: acted.words,
        site: link::of_site(&root, id.as_str()),
        activity: format!("{}/activity", link::of_site(&root, id.as_str())),
    };
    let status = if acted.is_done {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    Ok(page::html(status, &page))
}

async fn delete(browse: &Browse, site: &Site, identity: &Identity) -> Result<Acted, Failure> {
    let (engine, id) = (&browse.app.engine, &site.tracker_id);
    let found = engine.inspection.inspect(id, identity.clone()).await?;
    let object_type = found.ok_or(Failure::NoObject)?.object.object_type.clone();
    let key = ObjectKey {
        identity: identity.clone(),
        object_type,
    };
    let deleted = browse.app.in_time(async {
        let report = engine.writes.delete(id, vec![key]).await?;
        engine.writes.wait_visible(id, report.visibility).await?;
        Ok(report.outcomes)
    });
    if deleted.await? != [Outcome::Applied] {
        return Ok(Acted::not_done("The object was not there any more."));
    }
    Deletion {
        site: id.as_str(),
        call: "delete",
        deleted: Some(1),
        ..Deletion::default()
    }
    .note();
    Ok(Acted::done(format!("“{identity}” is deleted.")))
}

async fn commit_it(
    browse: &Browse,
    site: &Site,
    mut commit: GenerationCommit,
    is_forced: bool,
) -> Result<Acted, Failure> {
    if is_forced {
        commit.guard_percent = 0;
    }
    let id = &site.tracker_id;
    let writes = &browse.app.engine.writes;
    let committed = writes.commit_generation(id, commit.clone());
    let (deleted, kept) = match browse.app.in_time(committed).await? {
        CommitOutcome::Deleted { count } => (count, 0),
        CommitOutcome::DeletedKeeping { count, kept } => (count, kept.count),
        CommitOutcome::NoSuchGeneration => {
            let words = "No object of the type carries this generation: nothing was deleted.";
            return Ok(Acted::not_done(words));
        }
        CommitOutcome::Guarded(_) => {
            let words = "More would have been deleted than the site allows: nothing was deleted.";
            return Ok(Acted::not_done(words));
        }
    };
    Deletion {
        site: id.as_str(),
        call: "commit",
        object_type: Some(commit.object_type.as_str()),
        generation: Some(commit.generation.as_str()),
        is_forced,
        deleted: Some(deleted),
    }
    .note();
    let mut words = format!("Objects deleted: {}.", count(deleted));
    if kept > 0 {
        words = format!(
            "{words} Kept, as their upload was refused: {}.",
            count(kept)
        );
    }
    Ok(Acted::done(words))
}

async fn rebuild(browse: &Browse, site: &Site) -> Result<Acted, Failure> {
    let lifecycle = &browse.app.engine.lifecycle;
    let begun = lifecycle.rebuild_index(&site.tracker_id).await?;
    Ok(if begun {
        Acted::done("Another index is being made; the one there is serves until then.")
    } else {
        Acted::not_done("An index is being made already.")
    })
}

async fn sync(browse: &Browse, site: &Site, source: &str) -> Acted {
    let of_site = browse.sources.looks(Some(&site.tracker_id));
    if !of_site.iter().any(|known| known.name == source) {
        return Acted::not_done("No source of this site has this name.");
    }
    match browse.sources.start(source).await {
        SyncAsked::Started => Acted::done(format!("The sync of “{source}” has begun.")),
        SyncAsked::AlreadyRunning => Acted::not_done("A sync of this source is running already."),
        SyncAsked::Refused(words) => Acted::not_done(format!("The sync did not begin: {words}.")),
    }
}
