//! `/autocomplete/v2` (docs/reference/06-autocomplete-and-others.md §1): suggestions while somebody types.
//! Public, and asked for with every key.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::public::site_asked;
use super::search::find_within;
use super::search_error::SearchError;
use super::wire::autocomplete::{Answer, Asked, read_autocomplete};
use crate::api::AppState;
use crate::domain::{SearchResults, Site};
use crate::engine::EngineError;
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, ClientAddress, json};
use crate::telemetry::metrics::Api;
use crate::throttle::Group;

/// Who types does not wait longer: by then there is another key to ask for.
const TIMEOUT: Duration = Duration::from_secs(2);

pub(super) async fn autocomplete(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let query = QueryString::parse(request.uri().query().unwrap_or_default())?;
    let client = request.extensions().get::<ClientAddress>().copied();
    let site = site_asked(&app, &query, Group::Autocomplete, client)?;
    let asked = read_autocomplete(&query, app.clock.now())?;
    let writer = request.extensions().get::<AnswerRoom>();
    let mut writer = writer.map(AnswerRoom::begin).transpose()?;
    let queries = recorded(&app, &site, &asked).await?;
    let results = match asked.search {
        Some(mut search) => {
            search.asker = AppState::asker(client);
            find_within(&app, Api::Autocomplete, TIMEOUT, &site, search).await?
        }
        None => SearchResults::default(),
    };
    if let Some(writer) = &mut writer {
        writer.writes_from(results.objects_bytes())?;
    }
    let answer = Answer::new(&results, &queries, &asked.presentation, &site);
    Ok(match writer {
        Some(writer) => json::written(writer, StatusCode::OK, &answer)?,
        None => json::response(StatusCode::OK, &answer),
    })
}

/// Recorded queries that begin with what was typed; none where no events are counted.
async fn recorded(app: &AppState, site: &Site, asked: &Asked) -> Result<Vec<String>, EngineError> {
    let Some(events) = app.engine.events.as_ref().filter(|_| asked.queries > 0) else {
        return Ok(Vec::new());
    };
    let typed = &asked.presentation.typed;
    let suggested = events.suggested_queries(&site.tracker_id, typed, asked.queries);
    let in_time = tokio::time::timeout(TIMEOUT, suggested).await;
    let queries = in_time.unwrap_or(Err(EngineError::TimedOut))?;
    Ok(queries.into_iter().map(|query| query.title).collect())
}
