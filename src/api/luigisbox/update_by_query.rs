//! Change everything that matches, and ask how far that is
//! (docs/reference/03-update-by-query-and-generations.md §1 to §3). Invariant: a job whose number was told is
//! durable, and every object it could not change is in its answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::call::{INLINE_PARSE_BYTES_MAX, off_async_threads, query, to_its_end};
use super::error::Error;
use super::signed::Signed;
use super::streamed::{self, Gone, Pieces};
use super::wire::update_by_query::{
    Beginning, END, Queued, Unfinished, push_failure, read_job_id, read_update,
};
use crate::api::AppState;
use crate::domain::{Job, JobKind, JobRequest, JobStatus, TrackerId};
use crate::engine::EngineError;
use crate::http::{BodyLimits, BodyRoom, json as json_http, read_body};

/// Refusals read from the store at a time, and those an answer may hold in one piece.
const REFUSALS_AT_ONCE: usize = 1_000;

/// PATCH `/v1/update_by_query`
pub(super) async fn submit(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let (head, body) = request.into_parts();
    let limits = BodyLimits::same(
        app.limits.update_by_query_bytes_max,
        &json_http::Weights::TREE,
    );
    let body = read_body(&head, body, limits).await?;
    let is_long = body.len() > INLINE_PARSE_BYTES_MAX;
    let update = off_async_threads(is_long, move || read_update(&body)).await??;
    let request = JobRequest::UpdateByQuery(update);
    let (jobs, site) = (Arc::clone(&app.engine.jobs), signed.site().clone());
    let submitted = async move { jobs.submit_job(&site, request).await };
    let number = app
        .in_time(to_its_end(BodyRoom::of(&head), submitted))
        .await?;
    Ok(json_http::response(StatusCode::OK, &Queued::new(number)))
}

/// GET `/v1/update_by_query?job_id=N`; clients send a body, which says nothing.
pub(super) async fn status(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let number = read_job_id(&query(&request)?)?.ok_or(Error::JobNotFound)?;
    let job = app
        .read_in_time(app.engine.jobs.job(signed.site(), number))
        .await?;
    let job = job
        .filter(|job| job.kind == JobKind::UpdateByQuery)
        .ok_or(Error::JobNotFound)?;
    let site = signed.site();
    match &job.status {
        JobStatus::Queued | JobStatus::Running => {
            Ok(json_http::response(StatusCode::OK, &Unfinished::new(site)))
        }
        JobStatus::Failed { reason } => {
            let body = json!({"tracker_id": site.as_str(), "status": "failed", "reason": reason});
            Ok(json_http::response(StatusCode::OK, &body))
        }
        JobStatus::Complete => Ok(complete(app, site.clone(), job).await?),
    }
}

/// The counts and every refusal. Many are sent as they are read.
async fn complete(app: AppState, site: TrackerId, job: Job) -> Result<Response, EngineError> {
    let beginning = Beginning::new(&site, &job).to_bytes();
    if job.refused <= REFUSALS_AT_ONCE as u64 {
        let (mut body, mut after) = (beginning, 0);
        append_page(&app, &site, &job, &mut after, &mut body).await?;
        body.extend_from_slice(END);
        return Ok(json_http::ready(StatusCode::OK, body));
    }
    let (pieces, response) = streamed::json();
    tokio::spawn(async move {
        if let Err(error) = send_all(&app, &site, &job, beginning, &pieces).await {
            tracing::error!(
                site.tracker_id = site.as_str(),
                job = job.number.0,
                %error,
                "the refusals of a job cannot be read"
            );
            pieces.cut_off().await;
        }
    });
    Ok(response)
}

async fn send_all(
    app: &AppState,
    site: &TrackerId,
    job: &Job,
    beginning: Vec<u8>,
    pieces: &Pieces,
) -> Result<(), EngineError> {
    let (mut piece, mut after) = (beginning, 0);
    while append_page(app, site, job, &mut after, &mut piece).await? {
        if let Err(Gone) = pieces.send(std::mem::take(&mut piece)).await {
            return Ok(());
        }
    }
    piece.extend_from_slice(END);
    // Whoever asked may have gone.
    let (Ok(()) | Err(Gone)) = pieces.send(piece).await;
    Ok(())
}

/// Appends the refusals behind position `after`; whether there were any.
async fn append_page(
    app: &AppState,
    site: &TrackerId,
    job: &Job,
    after: &mut u64,
    body: &mut Vec<u8>,
) -> Result<bool, EngineError> {
    let jobs = &app.engine.jobs;
    let page = jobs
        .job_refusals(site, job.number, *after, REFUSALS_AT_ONCE)
        .await?;
    for refusal in &page {
        push_failure(body, refusal);
        *after = refusal.position;
    }
    Ok(!page.is_empty())
}
