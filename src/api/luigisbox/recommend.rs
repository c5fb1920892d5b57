//! `/v1/recommend` (docs/reference/06-autocomplete-and-others.md §7). Public: nothing is signed, the site is named by
//! `tracker_id`. Invariant: nothing of who asks is recorded.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::call::{INLINE_PARSE_BYTES_MAX, off_async_threads};
use super::public::site_asked;
use super::search_error::SearchError;
use super::wire::recommend::{Answers, read_recommend};
use crate::api::AppState;
use crate::api::answer_memory::answer_memory;
use crate::engine::recommend::{Circumstances, recommend as find};
use crate::http::json::Weights;
use crate::http::query_string::QueryString;
use crate::http::{AnswerRoom, BodyLimits, ClientAddress, PieceWriter, json, read_body};
use crate::telemetry::metrics::Api;
use crate::throttle::Group;

/// What a body may take, before and after decompression, in bytes.
const BODY_BYTES_MAX: usize = 256 << 10;

/// POST `/v1/recommend`
pub(super) async fn recommend(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, SearchError> {
    let (head, body) = request.into_parts();
    let query = QueryString::parse(head.uri.query().unwrap_or_default())?;
    let client = head.extensions.get::<ClientAddress>().copied();
    let site = site_asked(&app, &query, Group::Recommend, client).await?;
    let limits = BodyLimits::same(BODY_BYTES_MAX, &Weights::TREE);
    let body = read_body(&head, body, limits).await?;
    let is_long = body.len() > INLINE_PARSE_BYTES_MAX;
    let asked = off_async_threads(is_long, move || read_recommend(&body)).await??;

    let writer = head.extensions.get::<AnswerRoom>();
    let writer = writer.map(AnswerRoom::begin).transpose()?;
    let circumstances = Circumstances {
        now: app.clock.now(),
        asker: AppState::asker(client),
        memory: answer_memory(writer.as_ref().map(PieceWriter::source)),
        luck: Uuid::new_v4().as_u64_pair().0,
    };
    let now = circumstances.now;
    let queries: Vec<_> = asked.iter().map(|asked| asked.query.clone()).collect();
    let longest = Duration::from_millis(app.limits.search_timeout_ms);
    let found = Box::pin(find(&app.engine, &site.tracker_id, &queries, circumstances));
    let found = app
        .counted_search(Api::Search, async {
            let in_time = tokio::time::timeout(longest, found).await;
            in_time.unwrap_or_else(|_| Err(app.late()))
        })
        .await?;
    let written = off_async_threads(true, move || {
        let answer = Answers::new(&asked, &found, &site, now);
        match writer {
            Some(writer) => json::written(writer, StatusCode::OK, &answer),
            None => Ok(json::response(StatusCode::OK, &answer)),
        }
    });
    Ok(written.await??)
}
