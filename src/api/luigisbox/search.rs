//! `/search` (contract 05). Public: nothing is signed, the site is named by `tracker_id`.

use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::http::uri::Uri;
use axum::response::Response;

use super::links;
use super::public::site_asked;
use super::search_error::SearchError;
use super::wire::search::{Answer, read_search};
use crate::api::AppState;
use crate::domain::{SearchQuery, SearchResults, Site};
use crate::engine::EngineError;
use crate::http::query_string::QueryString;
use crate::http::{ClientAddress, json};
use crate::throttle::Group;

/// Finds objects by words and filters.
pub(super) async fn search(
    State(app): State<AppState>,
    uri: Uri,
    client: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
) -> Result<Response, SearchError> {
    let query = QueryString::parse(uri.query().unwrap_or_default())?;
    let client = client.map(|client| client.0);
    let site = site_asked(&app, &query, Group::Search, client)?;
    let (search, presentation) = read_search(&query, app.clock.now())?;
    let results = find(&app, &site, search).await?;
    let url = links::address(&app, &uri, &headers, "/search");
    let answer = Answer::new(&results, &presentation, &site, &query, &url);
    Ok(json::response(StatusCode::OK, &answer))
}

async fn find(
    app: &AppState,
    site: &Site,
    search: SearchQuery,
) -> Result<SearchResults, EngineError> {
    let longest = Duration::from_millis(app.limits.search_timeout_ms);
    let found = app.engine.search(&site.tracker_id, search);
    tokio::time::timeout(longest, found)
        .await
        .unwrap_or(Err(EngineError::TimedOut))
}

#[cfg(test)]
mod tests;
