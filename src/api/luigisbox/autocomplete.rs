//! `/autocomplete/v2` (docs/reference/06-autocomplete-and-others.md §1): suggestions while somebody types.
//! Public, and asked for with every key.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::public::site_asked;
use super::search::find_within;
use super::search_error::SearchError;
use super::wire::autocomplete::{AutocompleteBody, read_autocomplete};
use crate::api::AppState;
use crate::api::answer_memory::answer_memory;
use crate::domain::SearchResults;
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, ClientAddress, PieceWriter, json};
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
    let site = site_asked(&app, &query, Group::Autocomplete, client).await?;
    let (search, presentation) = read_autocomplete(&query, app.clock.now())?;
    let writer = request.extensions().get::<AnswerRoom>();
    let writer = writer.map(AnswerRoom::begin).transpose()?;
    let results = match search {
        Some(mut search) => {
            search.asker = AppState::asker(client);
            search.memory = answer_memory(writer.as_ref().map(PieceWriter::source));
            find_within(&app, Api::Autocomplete, TIMEOUT, &site, search).await?
        }
        None => SearchResults::default(),
    };
    let answer = AutocompleteBody::new(&results, &presentation, &site);
    Ok(match writer {
        Some(writer) => json::written(writer, StatusCode::OK, &answer)?,
        None => json::response(StatusCode::OK, &answer),
    })
}
