//! `/search` (contract 05). Public: nothing is signed, the site is named by `tracker_id`.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::http::uri::{Authority, Uri};
use axum::response::Response;

use super::public::site_asked;
use super::search_error::SearchError;
use super::wire::search::{Answer, read_search};
use crate::api::AppState;
use crate::domain::{SearchQuery, SearchResults, Site};
use crate::engine::EngineError;
use crate::http::json;
use crate::http::query_string::QueryString;

/// Finds objects by words and filters.
pub(super) async fn search(
    State(app): State<AppState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, SearchError> {
    let query = QueryString::parse(uri.query().unwrap_or_default())?;
    let site = site_asked(&app, &query)?;
    let (search, presentation) = read_search(&query, app.clock.now())?;
    let results = find(&app, &site, search).await?;
    let url = search_url(&app, &uri, &headers);
    let answer = Answer::new(&results, &presentation, site.attributes_form, &query, &url);
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

/// Where the client reaches this endpoint. Without a configured address it is what the client says;
/// forwarding headers are not believed, anyone can send them.
fn search_url(app: &AppState, uri: &Uri, headers: &HeaderMap) -> String {
    if let Some(public) = &app.public_url {
        return format!("{}/search", public.trim_end_matches('/'));
    }
    let host = headers.get(header::HOST);
    let named = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let authority = uri.authority().or(named.as_ref());
    let host = authority.map_or("localhost", Authority::as_str);
    format!("http://{host}/search")
}

#[cfg(test)]
mod tests;
