//! `/v1/facet_value` (docs/reference/06-autocomplete-and-others.md §2): values of one facet, found
//! while somebody types into the box above them. Public, like the search whose values they are.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::public::site_asked;
use super::search::find;
use super::search_error::SearchError;
use super::wire::facet_value::{FacetValueBody, read_facet_value};
use crate::api::AppState;
use crate::http::query_string::QueryString;
use crate::http::{ClientAddress, json};
use crate::throttle::Group;

pub(super) async fn facet_value(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let query = QueryString::parse(request.uri().query().unwrap_or_default())?;
    let client = request.extensions().get::<ClientAddress>().copied();
    let site = site_asked(&app, &query, Group::Search, client).await?;
    let (mut search, asked) = read_facet_value(&query, app.clock.now())?;
    search.asker = AppState::asker(client);
    let results = find(&app, &site, search).await?;
    let answer = FacetValueBody::new(&results, &asked)?;
    Ok(json::response(StatusCode::OK, &answer))
}
