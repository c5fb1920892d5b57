//! What is going on: queues, jobs, receipts, syncs, what visitors look for, and how long searches take. Invariant: a page
//! looks up a bounded number of each, and nothing is kept for it but what is counted anyway.

mod files;
mod hour;
mod queries;
mod rows;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::Browse;
use super::chart::count;
use super::failure::Failure;
use super::gate::Visitor;
use super::page::{self, Frame};
use super::sites::site_of;
use crate::domain::FileList;
use crate::engine::stats::OpenSiteStats;
use files::{FILES_MAX, FilesPart};
use hour::HourChart;
use queries::QueryChart;
use rows::{JobRow, SiteQueues, SourceRow};

/// Sites on one page.
const SITES_MAX: usize = 500;

/// The last jobs of a site.
const JOBS_MAX: usize = 20;

#[derive(Template)]
#[template(path = "activity.html", config = "src/browse/askama.toml")]
struct ServerPage {
    frame: Frame,
    hours: Vec<HourChart>,
    batches_preparing: usize,
    searches_running: usize,
    searches_waiting: usize,
    sites: Vec<SiteQueues>,
    left_out: usize,
    sources: Vec<SourceRow>,
}

/// `GET /browse/activity`
pub(super) async fn of_server(
    State(browse): State<Browse>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let stats = browse.app.engine.lifecycle.stats(SITES_MAX).await;
    let root = browse.path("");
    let sites = stats.by_site.iter();
    let page = ServerPage {
        frame: Frame::new(&browse, &visitor, "Activity"),
        hours: HourChart::all(&browse.app),
        batches_preparing: stats.batches_preparing,
        searches_running: stats.searches_running,
        searches_waiting: stats.searches_waiting,
        sites: sites.map(|one| SiteQueues::of(&root, one)).collect(),
        left_out: stats.sites.saturating_sub(stats.by_site.len()),
        sources: SourceRow::all(&browse, None),
    };
    Ok(page::html(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "site_activity.html", config = "src/browse/askama.toml")]
struct SitePage {
    frame: Frame,
    id: String,
    queues: Option<SiteQueues>,
    receipts_pending: u64,
    receipts_oldest: Option<String>,
    receipts_complete: String,
    receipts_failed: String,
    jobs: Vec<JobRow>,
    /// `None` where no object is one.
    files: Option<FilesPart>,
    sources: Vec<SourceRow>,
    /// `None` where no events are counted.
    queries: Option<Vec<QueryChart>>,
    refused: String,
}

/// `GET /browse/sites/{site}/activity`
pub(super) async fn of_site(
    State(browse): State<Browse>,
    visitor: Visitor,
    Path(named): Path<String>,
) -> Result<Response, Failure> {
    let site = site_of(&browse, &named).await?;
    let id = &site.tracker_id;
    let engine = &browse.app.engine;
    let stats = engine.lifecycle.stats(usize::MAX).await.by_site;
    let of_site = stats.into_iter().find(|one| one.site == *id);
    let jobs = engine.jobs.latest_jobs(id, JOBS_MAX).await?;
    let root = browse.path("");
    let files = match &engine.files {
        Some(files) => files.latest_files(id, FILES_MAX).await?,
        None => FileList::default(),
    };
    let queries = match &engine.events {
        Some(events) => Some(QueryChart::all(events.as_ref(), id, &root).await?),
        None => None,
    };
    let open: OpenSiteStats = of_site
        .as_ref()
        .and_then(|one| one.open.clone())
        .unwrap_or_default();
    let receipts = open.store.map(|store| store.receipts).unwrap_or_default();
    let page = SitePage {
        frame: Frame::of_site(&browse, &visitor, id, format!("Activity · {id}")),
        id: id.to_string(),
        queues: of_site.as_ref().map(|one| SiteQueues::of(&root, one)),
        receipts_pending: receipts.pending,
        receipts_oldest: receipts.oldest_pending_age.map(hour::seconds),
        receipts_complete: count(receipts.complete),
        receipts_failed: count(receipts.failed),
        jobs: jobs.into_iter().map(JobRow::from).collect(),
        files: FilesPart::of(files, browse.app.fetches_files, &root, id.as_str()),
        sources: SourceRow::all(&browse, Some(id)),
        queries,
        refused: count(open.objects_refused),
    };
    Ok(page::html(StatusCode::OK, &page))
}
