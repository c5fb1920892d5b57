//! Objects that were refused in the last day, and why. Invariant: the page lists at most [`LISTED_MAX`], the last first,
//! and says how many more are kept.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::chart::count;
use super::failure::Failure;
use super::gate::Visitor;
use super::link;
use super::page::{self, Frame};
use super::sites::site_of;
use super::value::when;
use crate::domain::{ObjectType, RefusedCall, RefusedLately};

/// On one page.
const LISTED_MAX: usize = 200;

#[derive(Template)]
#[template(path = "refused.html", config = "src/browse/askama.toml")]
struct RefusedPage {
    frame: Frame,
    rows: Vec<RefusedRow>,
    more: u64,
    kept_max: String,
}

struct RefusedRow {
    name: String,
    /// Of the object that has this identity, if there is one.
    href: Option<String>,
    object_type: String,
    reason: String,
    call: &'static str,
    last: String,
    times: u64,
    first: String,
}

/// `GET /browse/sites/{site}/refused`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let id = &site.tracker_id;
    let refusals = &browse.app.engine.refusals;
    let refused = refusals.refused_lately(id, LISTED_MAX).await?;
    let root = browse.path("");
    let rows = refused.listed.into_iter().map(|one| {
        let RefusedLately {
            object,
            times,
            first,
            last,
        } = one;
        let href = object
            .is_identity
            .then(|| link::of_object(&root, id.as_str(), &object.name));
        RefusedRow {
            href,
            name: object.name,
            object_type: object
                .object_type
                .as_ref()
                .map_or(String::new(), ObjectType::to_string),
            reason: object.reason,
            call: words_of(object.call),
            last: when(last),
            times,
            first: when(first),
        }
    });
    let page = RefusedPage {
        frame: Frame::of_site(&browse, &visitor, id, format!("Refused · {id}")),
        rows: rows.collect(),
        more: refused.more,
        kept_max: count(RefusedLately::KEPT_MAX as u64),
    };
    Ok(page::html(StatusCode::OK, &page))
}

fn words_of(call: RefusedCall) -> &'static str {
    match call {
        RefusedCall::Replace => "POST",
        RefusedCall::Patch => "PATCH",
        RefusedCall::Delete => "DELETE",
        RefusedCall::Document => "document",
        RefusedCall::Row => "synced row",
    }
}
