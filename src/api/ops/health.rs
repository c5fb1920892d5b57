//! `GET /health` and `GET /health/ready`. Invariant: one bad site never takes the node out of
//! rotation; only a node that can serve no site at all is not ready.

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;
use serde_json::json;

use crate::api::AppState;
use crate::domain::TrackerId;
use crate::engine::{Readiness, SiteProblem};
use crate::http::{json, to_be_retried};

/// Told to clients while the engine opens, in seconds.
const STARTING_RETRY_AFTER_S: u32 = 1;

/// Told to clients while a site cannot be served, in seconds: nothing mends in less.
const UNREADY_RETRY_AFTER_S: u32 = 10;

#[derive(Serialize)]
struct Alive {
    status: &'static str,
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    /// Sites that answer searches.
    serving: usize,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    site: String,
    reason: String,
}

impl From<SiteProblem> for Problem {
    fn from(problem: SiteProblem) -> Self {
        Self {
            site: problem.site.to_string(),
            reason: problem.reason,
        }
    }
}

/// Answers as long as requests are answered at all.
pub(super) async fn alive() -> Response {
    json::response(StatusCode::OK, &Alive { status: "ok" })
}

/// With `?site=ID`, about that site alone.
pub(super) async fn ready(State(app): State<AppState>, RawQuery(query): RawQuery) -> Response {
    let readiness = app.engine.lifecycle.readiness();
    let Some(asked_for) = site_parameter(query.as_deref().unwrap_or_default()) else {
        let can_serve = readiness.serving > 0;
        return answer(can_serve, readiness);
    };
    let unknown = || json::error(StatusCode::NOT_FOUND, "Unknown site");
    let Some(site) = TrackerId::new(&asked_for) else {
        return unknown();
    };
    match app.site(&site).await {
        Ok(Some(_)) => {}
        Ok(None) => return unknown(),
        Err(error) => {
            let problem = SiteProblem {
                reason: error.to_string(),
                site,
            };
            let unknowable = Readiness {
                serving: 0,
                problems: vec![problem],
            };
            return answer(false, unknowable);
        }
    }
    let problems: Vec<SiteProblem> = readiness
        .problems
        .into_iter()
        .filter(|problem| problem.site == site)
        .collect();
    let is_well = problems.is_empty();
    let of_the_site = Readiness {
        serving: usize::from(is_well),
        problems,
    };
    answer(is_well, of_the_site)
}

/// Every path but `/health` while the engine opens.
pub(super) async fn starting(uri: Uri) -> Response {
    let response = if uri.path() == "/health/ready" {
        let starting = Ready {
            status: "starting",
            serving: 0,
            problems: Vec::new(),
        };
        json::response(StatusCode::SERVICE_UNAVAILABLE, &starting)
    } else {
        let starting = json!({
            "error": "Service unavailable",
            "details": "the server starts, and opens its catalogs",
        });
        json::response(StatusCode::SERVICE_UNAVAILABLE, &starting)
    };
    to_be_retried(response, STARTING_RETRY_AFTER_S)
}

fn answer(is_ready: bool, readiness: Readiness) -> Response {
    let (status, word) = if is_ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unready")
    };
    let body = Ready {
        status: word,
        serving: readiness.serving,
        problems: readiness.problems.into_iter().map(Problem::from).collect(),
    };
    let response = json::response(status, &body);
    if is_ready {
        return response;
    }
    to_be_retried(response, UNREADY_RETRY_AFTER_S)
}

fn site_parameter(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "site")
        .map(|(_, value)| value.into_owned())
}
