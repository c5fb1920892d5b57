//! The sites there are, and what one holds. Invariant: a page lists at most [`SITES_MAX`] sites and [`TYPES_MAX`]
//! types, and says how many more there are.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::actions::Action;
use super::chart::count;
use super::failure::Failure;
use super::gate::Visitor;
use super::link;
use super::page::{self, Frame};
use super::types::Generations;
use super::value::when;
use crate::domain::Site;
use crate::engine::stats::{OpenSiteStats, SiteStats};
use crate::http::query_string::QueryString;

/// Sites on one page.
const SITES_MAX: usize = 500;

/// Types on the page of a site.
const TYPES_MAX: usize = 100;

/// Generations of a type on the page of its site; its own page has more.
const GENERATIONS_MAX: usize = 3;

#[derive(Template)]
#[template(path = "sites.html", config = "src/browse/askama.toml")]
struct SitesPage {
    frame: Frame,
    sites: Vec<SiteRow>,
    left_out: usize,
    searches_running: usize,
    searches_waiting: usize,
}

struct SiteRow {
    id: String,
    href: String,
    language: &'static str,
    condition: Condition,
    documents: Option<String>,
    waiting: u64,
}

/// How a site is.
enum Condition {
    Well,
    Opening,
    Problem(String),
}

/// `GET /browse`
pub(super) async fn list(
    State(browse): State<Browse>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let stats = browse.app.engine.lifecycle.stats(SITES_MAX).await;
    let problems = browse.app.engine.lifecycle.readiness().problems;
    let root = browse.path("");
    let mut settings = Vec::with_capacity(stats.by_site.len());
    for of_site in &stats.by_site {
        settings.push(browse.app.site(&of_site.site).await.ok().flatten());
    }
    let row = |(of_site, settings): (&SiteStats, Option<Arc<Site>>)| {
        let problem = problems.iter().find(|problem| problem.site == of_site.site);
        let condition = match (problem, &of_site.open) {
            (Some(problem), _) => Condition::Problem(problem.reason.clone()),
            (None, None) => Condition::Opening,
            (None, Some(_)) => Condition::Well,
        };
        let open = of_site.open.as_ref();
        let index = open.and_then(|open| open.index);
        SiteRow {
            id: of_site.site.to_string(),
            href: link::of_site(&root, of_site.site.as_str()),
            language: settings.map_or("", |site| site.language.code()),
            condition,
            documents: index.map(|index| count(index.documents)),
            waiting: open.map_or(0, waiting),
        }
    };
    let page = SitesPage {
        frame: Frame::new(&browse, &visitor, "Sites"),
        sites: stats.by_site.iter().zip(settings).map(row).collect(),
        left_out: stats.sites.saturating_sub(stats.by_site.len()),
        searches_running: stats.searches_running,
        searches_waiting: stats.searches_waiting,
    };
    Ok(page::html(StatusCode::OK, &page))
}

/// Write batches that searches do not show yet.
fn waiting(open: &OpenSiteStats) -> u64 {
    let written = open.store.map_or(open.visible, |store| store.written);
    written.saturating_sub(open.visible)
}

/// The site that an address names.
pub(super) async fn site_of(browse: &Browse, named: &str) -> Result<Arc<Site>, Failure> {
    let site = browse.app.site_named(named).await?;
    site.ok_or(Failure::NoSite)
}

/// What an address asks for behind its path.
pub(super) fn query_of(query: Option<&str>) -> Result<QueryString, Failure> {
    QueryString::parse(query.unwrap_or_default()).map_err(|_| Failure::BadForm)
}

#[derive(Template)]
#[template(path = "site.html", config = "src/browse/askama.toml")]
struct SitePage {
    frame: Frame,
    id: String,
    language: &'static str,
    objects: String,
    /// `None` where everything was looked at.
    looked_at: Option<String>,
    documents: Option<String>,
    segments: usize,
    written: Option<u64>,
    visible: u64,
    waiting: u64,
    attribute_names: String,
    problem: Option<String>,
    /// Reasons for which something was refused in the last day.
    refused: u64,
    /// Where the index can be made again, where the pages may.
    rebuild: Option<String>,
    types: Vec<TypeRow>,
    types_left_out: usize,
}

struct TypeRow {
    name: String,
    href: String,
    search: String,
    objects: String,
    last_write: String,
    generations: Generations,
}

/// `GET /browse/sites/{site}`
pub(super) async fn show(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let id = site.tracker_id.as_str();
    let engine = &browse.app.engine;
    let survey = engine.inspection.survey(&site.tracker_id).await?;
    let refused = engine.refusals.refused_lately(&site.tracker_id, 0).await?;
    let stats = engine.lifecycle.stats(usize::MAX).await.by_site;
    let stats = stats
        .into_iter()
        .find(|stats| stats.site == site.tracker_id);
    let open = stats.and_then(|stats| stats.open).unwrap_or_default();
    let problems = engine.lifecycle.readiness().problems;
    let problem = problems
        .into_iter()
        .find(|problem| problem.site == site.tracker_id);
    let root = browse.path("");
    let rows = survey.types.iter().take(TYPES_MAX).map(|of_type| {
        let name = of_type.object_type.as_str();
        TypeRow {
            name: name.to_owned(),
            href: link::of_type(&root, id, name),
            search: link::of_filter(&root, id, "type", name),
            objects: count(of_type.objects),
            last_write: of_type.last_write.map(when).unwrap_or_default(),
            generations: Generations::of(&root, id, of_type, GENERATIONS_MAX),
        }
    });
    let page = SitePage {
        frame: Frame::of_site(&browse, &visitor, &site.tracker_id, id),
        id: id.to_owned(),
        language: site.language.code(),
        objects: count(survey.objects),
        looked_at: (!survey.is_complete()).then(|| count(survey.looked_at)),
        documents: open.index.map(|index| count(index.documents)),
        segments: open.index.map_or(0, |index| index.segments),
        written: open.store.map(|store| store.written),
        visible: open.visible,
        waiting: waiting(&open),
        attribute_names: count(open.names as u64),
        rebuild: Action::Rebuild
            .is_listed(browse.actions)
            .then(|| Action::Rebuild.href(&root, id)),
        refused: refused.listed.len() as u64 + refused.more,
        problem: problem.map(|problem| problem.reason),
        types: rows.collect(),
        types_left_out: survey.types.len().saturating_sub(TYPES_MAX),
    };
    Ok(page::html(StatusCode::OK, &page))
}
