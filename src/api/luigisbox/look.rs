//! A search as a shopper makes it, for pages that show what a shopper gets and why. Invariant: the answer is that of
//! the public endpoint, letter by letter; what comes beside it is of the same search.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::links;
use super::search::{SearchAnswer, find};
use super::search_error::SearchError;
use super::wire::search::read_search;
use crate::api::AppState;
use crate::api::answer_memory::answer_memory;
use crate::domain::{Correction, HighlightRequest, Identity, MarkedText, Site};
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, PieceWriter};

/// What a search said.
pub struct Look {
    /// The answer of the public endpoint.
    pub answer: Response,
    /// What of the hits was met, by attribute, marked.
    pub marked: Vec<(Identity, Vec<(String, MarkedText)>)>,
    /// What was looked for instead of what was typed.
    pub correction: Option<Correction>,
    pub took: Duration,
}

/// Searches, and says what a shopper would be told where the search is refused. It is counted under no limit of
/// clients: who looks has a token.
pub async fn look(
    app: &AppState,
    head: &Parts,
    site: Arc<Site>,
    query: QueryString,
    marked: Vec<HighlightRequest>,
) -> Result<Look, Response> {
    let looked = look_for(app, head, site, query, marked).await;
    looked.map_err(SearchError::into_response)
}

async fn look_for(
    app: &AppState,
    head: &Parts,
    site: Arc<Site>,
    query: QueryString,
    marked: Vec<HighlightRequest>,
) -> Result<Look, SearchError> {
    let (mut search, presentation) = read_search(&query, app.clock.now())?;
    search.asker = AppState::asker(head.extensions.get().copied());
    search.highlights = marked;
    let writer = head.extensions.get::<AnswerRoom>();
    let writer = writer.map(AnswerRoom::begin).transpose()?;
    search.memory = answer_memory(writer.as_ref().map(PieceWriter::source));
    let began = Instant::now();
    let results = find(app, &site, search).await?;
    let took = began.elapsed();
    let hits = results.hits.iter().map(|hit| {
        let identity = hit.object.shown().identity().clone();
        let marked = hit.highlights.iter();
        let marked = marked.map(|(name, text)| (name.as_str().to_owned(), text.clone()));
        (identity, marked.collect())
    });
    let marked = hits.collect();
    let correction = results.correction.clone();
    let answer = SearchAnswer {
        results,
        presentation,
        site,
        query,
        url: links::address(app, &head.uri, &head.headers, "/search"),
    };
    Ok(Look {
        answer: answer.write(writer).await?,
        marked,
        correction,
        took,
    })
}
