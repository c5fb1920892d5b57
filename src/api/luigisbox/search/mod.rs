//! `/search` (docs/reference/05-search.md). Public: nothing is signed, the site is named by `tracker_id`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::call::{INLINE_PARSE_BYTES_MAX, off_async_threads};
use super::links;
use super::public::site_asked;
use super::search_error::SearchError;
use super::wire::filter_tree::read_filters;
use super::wire::search::{Presentation, SearchBody, read_search};
use crate::api::AppState;
use crate::api::answer_memory::answer_memory;
use crate::domain::{SearchQuery, SearchResults, Site};
use crate::engine::EngineError;
use crate::http::json::Weights;
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, BodyLimits, ClientAddress, PieceWriter, json, read_body};
use crate::telemetry::metrics::Api;
use crate::throttle::Group;

/// A page of hits takes longer to write than it may keep an async thread busy, from so many on.
const INLINE_HITS_MAX: usize = 10;
/// And of objects that take no more memory than this.
const INLINE_OBJECTS_BYTES_MAX: usize = 256 << 10;

/// What a body of filters may take, before and after decompression, in bytes: a tree of the most leaves
/// takes a tenth of it.
const FILTERS_BYTES_MAX: usize = 1 << 20;

/// Finds objects by words and filters.
pub(super) async fn search(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let (head, _) = request.into_parts();
    SearchRequest::read(&app, &head)
        .await?
        .answer(&app, &head)
        .await
}

/// Finds objects by words and filters, with more filters in the body.
pub(super) async fn search_filtered(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let (head, body) = request.into_parts();
    let mut asked = SearchRequest::read(&app, &head).await?;
    let limits = BodyLimits::same(FILTERS_BYTES_MAX, &Weights::TREE);
    let body = read_body(&head, body, limits).await?;
    let is_long = body.len() > INLINE_PARSE_BYTES_MAX;
    let filters = off_async_threads(is_long, move || read_filters(&body)).await??;
    asked.search.filters.by_type = filters;
    asked.answer(&app, &head).await
}

/// What the query string asks for.
struct SearchRequest {
    query: QueryString,
    site: Arc<Site>,
    search: SearchQuery,
    presentation: Presentation,
}

impl SearchRequest {
    async fn read(app: &AppState, head: &Parts) -> Result<Self, SearchError> {
        let query = QueryString::parse(head.uri.query().unwrap_or_default())?;
        let client = head.extensions.get::<ClientAddress>().copied();
        let site = site_asked(app, &query, Group::Search, client).await?;
        let (mut search, presentation) = read_search(&query, app.clock.now())?;
        search.asker = AppState::asker(client);
        Ok(Self {
            query,
            site,
            search,
            presentation,
        })
    }

    async fn answer(self, app: &AppState, head: &Parts) -> Result<Response, SearchError> {
        let Self {
            query,
            site,
            mut search,
            presentation,
        } = self;
        let writer = head.extensions.get::<AnswerRoom>();
        let writer = writer.map(AnswerRoom::begin).transpose()?;
        search.memory = answer_memory(writer.as_ref().map(PieceWriter::source));
        let results = find(app, &site, search).await?;
        let answer = SearchAnswer {
            results,
            presentation,
            site,
            query,
            url: links::address(app, &head.uri, &head.headers, "/search"),
        };
        answer.write(writer).await
    }
}

/// What was found, on its way into an answer.
pub(super) struct SearchAnswer {
    pub(super) results: SearchResults,
    pub(super) presentation: Presentation,
    pub(super) site: Arc<Site>,
    pub(super) query: QueryString,
    pub(super) url: String,
}

impl SearchAnswer {
    pub(super) async fn write(self, writer: Option<PieceWriter>) -> Result<Response, SearchError> {
        let results = &self.results;
        let hits = results.hits.len() + results.quicksearch_hits.len();
        let bytes = writer.as_ref().map_or(0, |writer| writer.source().bytes());
        let is_long = hits > INLINE_HITS_MAX || bytes > INLINE_OBJECTS_BYTES_MAX;
        let written = off_async_threads(is_long, move || {
            // The turn of the search ends with its results, when the answer is written.
            let Self {
                results,
                presentation,
                site,
                query,
                url,
            } = &self;
            let answer = SearchBody::new(results, presentation, site, query, url);
            match writer {
                Some(writer) => json::written(writer, StatusCode::OK, &answer),
                None => Ok(json::response(StatusCode::OK, &answer)),
            }
        });
        Ok(written.await??)
    }
}

pub(super) async fn find(
    app: &AppState,
    site: &Site,
    search: SearchQuery,
) -> Result<SearchResults, EngineError> {
    let longest = Duration::from_millis(app.limits.search_timeout_ms);
    find_within(app, Api::Search, longest, site, search).await
}

/// The same, for another API and in a shorter time.
pub(super) async fn find_within(
    app: &AppState,
    api: Api,
    longest: Duration,
    site: &Site,
    search: SearchQuery,
) -> Result<SearchResults, EngineError> {
    let longest = longest.min(Duration::from_millis(app.limits.search_timeout_ms));
    let found = app.engine.search.search(&site.tracker_id, search);
    app.counted_search(api, async {
        let in_time = tokio::time::timeout(longest, found).await;
        in_time.unwrap_or_else(|_| Err(app.late()))
    })
    .await
}

#[cfg(test)]
mod tests;
