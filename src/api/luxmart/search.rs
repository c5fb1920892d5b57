//! `GET /v1/products/search`: the catalog of the first source, for everybody.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::error::Error;
use super::wire::search::{answer, read_search};
use super::{FrontDoor, Searched};
use crate::api::AppState;
use crate::api::answer_memory::answer_memory;
use crate::domain::{SearchQuery, SearchResults};
use crate::engine::EngineError;
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, ClientAddress, PieceWriter, json};
use crate::telemetry::metrics::Api;
use crate::throttle::Group;

pub(super) async fn search(
    State(app): State<AppState>,
    client: Option<Extension<ClientAddress>>,
    room: Option<Extension<AnswerRoom>>,
    Extension(door): Extension<Arc<FrontDoor>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let searched = door.searched.as_ref().ok_or(Error::NotConfigured)?;
    // Searches of all dialects together.
    let client = client.map(|client| client.0);
    let admitted = app.admit(Group::Search, &searched.tracker, client);
    admitted.outcome.map_err(Error::Throttled)?;
    let query = QueryString::parse(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let (mut search, window) = read_search(&query, searched, app.clock.now())?;
    search.asker = AppState::asker(client);
    let writer = room.map(|Extension(room)| room.begin()).transpose()?;
    search.memory = answer_memory(writer.as_ref().map(PieceWriter::source));
    let results = find(&app, searched, search).await?;
    let answer = answer(results.as_ref(), window);
    match writer {
        Some(writer) => Ok(json::written(writer, StatusCode::OK, &answer)?),
        None => Ok(json::response(StatusCode::OK, &answer)),
    }
}

/// An attribute that no object has matches nothing.
async fn find(
    app: &AppState,
    searched: &Searched,
    search: SearchQuery,
) -> Result<Option<SearchResults>, Error> {
    let longest = Duration::from_millis(app.limits.search_timeout_ms);
    let found = app.engine.search.search(&searched.tracker, search);
    let counted = app.counted_search(Api::ProductSync, async {
        let in_time = tokio::time::timeout(longest, found).await;
        in_time.unwrap_or_else(|_| Err(app.late()))
    });
    match counted.await {
        Ok(results) => Ok(Some(results)),
        Err(EngineError::UnknownAttribute(_)) => Ok(None),
        Err(error) => Err(Error::Search(error)),
    }
}
