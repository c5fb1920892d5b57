//! `GET /metrics`: metrics in the text format of Prometheus (docs/operations.md). Invariant: who may not read them
//! is told what is missing, and nothing is looked up for them.

use axum::Extension;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::sources::Sources;
use crate::api::AppState;
use crate::auth::Role;
use crate::domain::FileState;
use crate::engine::stats::{ClusterStats, EngineStats, EventStats, OpenSiteStats, StoreStats};
use crate::http::{ClientAddress, json};
use crate::telemetry::metrics::{Metric, Page, look_up_process, names};

/// Sites with metrics of their own; each has some twenty lines.
const SITES_MAX: usize = 500;

/// Version 0.0.4 of the format, the one that everybody reads.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

pub(super) async fn show(
    State(app): State<AppState>,
    Extension(sources): Extension<Sources>,
    client: Option<Extension<ClientAddress>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, NotAdmitted> {
    let client = client.map(|Extension(client)| client);
    admit(&app, client, &uri, &headers)?;
    let mut page = Page::default();
    add_taken(&mut page, &app);
    add_engine(&mut page, &app.engine.lifecycle.stats(SITES_MAX).await);
    sources.look_up(&mut page);
    page.add(&names::BUILD, &[env!("CARGO_PKG_VERSION")], 1.0);
    let started_s = app.started_at.as_millis() as f64 / 1e3;
    page.add(&names::PROCESS_START, &[], started_s);
    look_up_process(&mut page);
    let text = app.metrics.render() + &page.into_text();
    Ok((StatusCode::OK, [(CONTENT_TYPE, TEXT)], text).into_response())
}

/// Why somebody may not read them.
pub(super) enum NotAdmitted {
    /// The token is missing, or another one.
    WithoutToken,
    /// There is no token, and the client is not on this machine.
    FromElsewhere,
}

impl IntoResponse for NotAdmitted {
    fn into_response(self) -> Response {
        match self {
            Self::WithoutToken => {
                let words = "Metrics need `Authorization: Bearer` with `[admin] token`";
                let mut response = json::error(StatusCode::UNAUTHORIZED, words);
                let scheme = HeaderValue::from_static("Bearer");
                response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
                response
            }
            Self::FromElsewhere => json::error(
                StatusCode::FORBIDDEN,
                "Without `[admin] token`, metrics are for clients on this machine only, at `localhost` or a loopback address",
            ),
        }
    }
}

/// With `[admin] token`, who sends it. Without, who is on this machine: a first look needs no settings,
/// and nobody else learns how much a shop sells.
fn admit(
    app: &AppState,
    client: Option<ClientAddress>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), NotAdmitted> {
    let Some(tokens) = &app.operators else {
        let is_here = super::is_on_this_machine(client, uri, headers);
        return is_here.then_some(()).ok_or(NotAdmitted::FromElsewhere);
    };
    let sent = headers.get(AUTHORIZATION);
    let sent = sent.and_then(|value| value.to_str().ok());
    match tokens.role_in(sent.unwrap_or_default()) {
        Some(Role::Admin) => Ok(()),
        _ => Err(NotAdmitted::WithoutToken),
    }
}

/// What clients take of the server at the moment.
fn add_taken(page: &mut Page, app: &AppState) {
    let budgets = &app.budgets;
    let connections = budgets.connections.count();
    page.add(&names::HTTP_CONNECTIONS, &[], connections as f64);
    page.add(&names::HTTP_RUNNING, &[], budgets.requests.now() as f64);
    for (share, bytes) in [
        ("proven", budgets.bodies.proven_bytes()),
        ("unproven", budgets.bodies.unproven_bytes()),
    ] {
        page.add(&names::HTTP_BODIES, &[share], bytes as f64);
    }
    page.add(&names::HTTP_ANSWERS, &[], budgets.answers.bytes() as f64);
    let permits = app.throttle.permits();
    page.add(&names::FILES_RUNNING, &[], app.metrics.downloads() as f64);
    page.add(&names::THROTTLE_PLACES, &[], permits.taken as f64);
    page.add(&names::THROTTLE_WAITING, &[], permits.waiting as f64);
}

fn add_engine(page: &mut Page, engine: &EngineStats) {
    let left_out = engine.sites - engine.by_site.len();
    page.add(&names::SITES, &[], engine.sites as f64);
    page.add(&names::SITES_LEFT_OUT, &[], left_out as f64);
    page.add(&names::SITES_AWAKE, &[], engine.sites_awake as f64);
    page.add(&names::SITE_WAKINGS, &[], engine.site_wakings as f64);
    page.add(
        &names::BATCHES_PREPARING,
        &[],
        engine.batches_preparing as f64,
    );
    page.add(
        &names::SEARCHES_RUNNING,
        &[],
        engine.searches_running as f64,
    );
    page.add(
        &names::SEARCHES_WAITING,
        &[],
        engine.searches_waiting as f64,
    );
    page.add(
        &names::SEARCHES_ABANDONED,
        &[],
        engine.searches_abandoned as f64,
    );
    page.add(
        &names::SEARCHES_KEPT,
        &[],
        engine.searches_kept_bytes as f64,
    );
    if let Some(cluster) = &engine.cluster {
        add_cluster(page, cluster);
    }
    for stats in &engine.by_site {
        let site = stats.site.as_str();
        page.add(&names::SITE_UP, &[site], f64::from(u8::from(stats.is_well)));
        if let Some(open) = &stats.open {
            add_site(page, site, open);
        }
    }
}

fn add_cluster(page: &mut Page, cluster: &ClusterStats) {
    let version = cluster.version.as_deref().unwrap_or_default();
    let is_up = f64::from(u8::from(cluster.is_usable));
    page.add(&names::CLUSTER_UP, &[version], is_up);
    if let Some(age) = cluster.figures_age {
        page.add(&names::CLUSTER_FIGURES_AGE, &[], age.as_secs_f64());
    }
    if !cluster.is_usable {
        return;
    }
    page.add(&names::CLUSTER_NODES, &[], cluster.nodes as f64);
    let unassigned = cluster.unassigned_shards as f64;
    page.add(&names::CLUSTER_UNASSIGNED, &[], unassigned);
    if let Some(used) = cluster.disk_used {
        page.add(&names::CLUSTER_DISK_USED, &[], used);
    }
}

fn add_site(page: &mut Page, site: &str, open: &OpenSiteStats) {
    let mut add = |metric: &Metric, value: f64| page.add(metric, &[site], value);
    add(
        &names::WRITE_QUEUE_REQUESTS,
        open.write_queue_requests as f64,
    );
    add(&names::WRITE_QUEUE_BYTES, open.write_queue_bytes as f64);
    add(&names::WRITE_QUEUE_REFUSED, open.writes_refused as f64);
    add(&names::INDEX_QUEUE_GROUPS, open.index_queue_groups as f64);
    add(&names::SITE_REFUSED, open.objects_refused as f64);
    add(&names::MISFITS_KEPT, open.misfits_kept as f64);
    add(&names::ATTRIBUTE_NAMES, open.names as f64);
    add(&names::ATTRIBUTE_NAMES_MAX, open.names_max as f64);
    add(&names::ATTRIBUTE_NAMES_FREED, open.names_freed as f64);
    add(
        &names::INDEX_QUEUE_OPERATIONS,
        open.index_queue_operations as f64,
    );
    add(&names::SEQUENCE_VISIBLE, open.visible as f64);
    add(&names::INDEX_COMMITS, open.index_commits as f64);
    add(
        &names::INDEX_COMMIT_AGE,
        open.index_commit_age.as_secs_f64(),
    );
    add(&names::INDEX_DAMAGES, open.index_damages as f64);
    add(&names::STORE_DAMAGED, open.damaged_objects as f64);
    add(&names::STORE_LOST, open.lost_transactions as f64);
    if let Some(index) = &open.index {
        add(&names::INDEX_DOCUMENTS, index.documents as f64);
        add(&names::INDEX_SEGMENTS, index.segments as f64);
    }
    add_events(page, site, &open.events);
    if let Some(store) = &open.store {
        add_store(page, site, store);
    }
}

fn add_events(page: &mut Page, site: &str, events: &EventStats) {
    for (outcome, count) in [
        ("counted", events.counted),
        ("repeated", events.repeated),
        ("dropped", events.dropped),
        ("over_session", events.over_session),
        ("overload", events.overload),
    ] {
        page.add(&names::EVENTS, &[site, outcome], count as f64);
    }
    for (kind, count) in &events.faults {
        page.add(&names::EVENT_FAULTS, &[site, kind.as_str()], *count as f64);
    }
    let mut add = |metric: &Metric, value: usize| page.add(metric, &[site], value as f64);
    add(&names::EVENT_QUEUE_REQUESTS, events.queue_requests);
    add(&names::EVENT_QUEUE_BYTES, events.queue_bytes);
    add(&names::EVENT_FILE_BYTES, events.file_bytes as usize);
    add(&names::EVENT_SESSIONS, events.sessions);
    add(
        &names::QUERIES_WITHOUT_RESULTS,
        events.queries_without_results,
    );
    add(
        &names::QUERIES_WITHOUT_CLICKS,
        events.queries_without_clicks,
    );
    add(&names::RECOMMENDER_PAIRS, events.pairs);
    add(&names::RECOMMENDER_WAITING, events.companions_waiting);
    if let Some(behind) = events.behind {
        page.add(&names::CLUSTER_EVENTS_AGE, &[site], behind.as_secs_f64());
    }
}

fn add_store(page: &mut Page, site: &str, store: &StoreStats) {
    page.add(&names::SEQUENCE_WRITTEN, &[site], store.written as f64);
    let jobs = &store.jobs;
    for (state, count) in [
        ("queued", jobs.queued),
        ("running", jobs.running),
        ("complete", jobs.complete),
        ("failed", jobs.failed),
    ] {
        page.add(&names::JOBS, &[site, state], count as f64);
    }
    let files = &store.files;
    for (state, count) in [
        (FileState::Waiting, files.waiting),
        (FileState::Fetched, files.fetched),
        (FileState::Failed, files.failed),
    ] {
        page.add(&names::FILES, &[site, state.as_str()], count as f64);
    }
    let receipts = &store.receipts;
    let age = receipts.oldest_pending_age.unwrap_or_default();
    page.add(&names::RECEIPTS_PENDING, &[site], receipts.pending as f64);
    page.add(&names::RECEIPTS_OLDEST, &[site], age.as_secs_f64());
    for (status, count) in [("complete", receipts.complete), ("failed", receipts.failed)] {
        page.add(&names::RECEIPTS, &[site, status], count as f64);
    }
}
