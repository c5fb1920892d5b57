//! Replace, patch and delete objects; commit a generation (docs/reference/02-content.md §1–7,
//! docs/reference/03-update-by-query-and-generations.md §5). Invariant: the good objects of a request are
//! applied whatever the others are like, and the answer accounts for every one of them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::call::{INLINE_PARSE_BYTES_MAX, off_async_threads, query, to_its_end};
use super::error::Error;
use super::signed::Signed;
use super::wire::content::{Batch, BatchError, ELEMENTS_MAX};
use super::wire::weights::CONTENT;
use super::wire::write_options::{WriteOptions, is_dry_run, is_forced, read_commit};
use super::wire::{Element, Report};
use crate::api::AppState;
use crate::domain::{
    CommitOutcome, CommitPreview, GenerationCommit, Identity, KeptRefused, ObjectKey, ObjectPatch,
    RefusedCall, Submission, TrackerId,
};
use crate::engine::{CatalogWrites, EngineError, WriteReport};
use crate::http::{BodyRoom, json, read_body};
use crate::telemetry::audit::Deletion;
use crate::telemetry::metrics::{Api, Operation};

/// Answers with more refusals than this are written off the async threads.
const INLINE_REFUSALS_MAX: usize = 300;

/// POST `/v1/content`
pub(super) async fn replace(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let options = WriteOptions::read(&query(&request)?)?;
    let writes = Arc::clone(&app.engine.writes);
    let batch = read_batch(&app, request, move |body| {
        Batch::<Submission>::read_new(body, ELEMENTS_MAX, |fingerprint| {
            writes.remembers(fingerprint, options.extraction)
        })
    });
    let batch = batch.await?;
    let write = async move |writes: Arc<dyn CatalogWrites>, site: TrackerId, objects| {
        writes.replace(&site, objects, options.extraction).await
    };
    let report = apply(&app, &signed, options, batch, write).await?;
    count(&app, &signed, Operation::Replace, &report);
    answer(StatusCode::CREATED, report).await
}

/// PATCH `/v1/content`
pub(super) async fn patch(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let options = WriteOptions::read(&query(&request)?)?;
    let objects_max = app.limits.patch_objects_max;
    let batch = read_batch(&app, request, move |body| {
        Batch::<ObjectPatch>::read(body, objects_max)
    });
    let batch = batch.await?.map(Batch::without_repeated);
    let write = async move |writes: Arc<dyn CatalogWrites>, site: TrackerId, patches| {
        writes.patch(&site, patches).await
    };
    let report = apply(&app, &signed, options, batch, write).await?;
    count(&app, &signed, Operation::Patch, &report);
    answer(StatusCode::OK, report).await
}

/// DELETE `/v1/content`
pub(super) async fn delete(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let options = WriteOptions::read(&query(&request)?)?;
    let objects_max = app.limits.delete_objects_max;
    let batch = read_batch(&app, request, move |body| {
        Batch::<ObjectKey>::read(body, objects_max)
    });
    let batch = batch.await?;
    let write = async move |writes: Arc<dyn CatalogWrites>, site: TrackerId, keys| {
        writes.delete(&site, keys).await
    };
    let report = apply(&app, &signed, options, batch, write).await?;
    count(&app, &signed, Operation::Delete, &report);
    if report.ok_count() > 0 {
        Deletion {
            site: signed.site().as_str(),
            call: "delete",
            deleted: Some(report.ok_count() as u64),
            ..Deletion::default()
        }
        .note();
    }
    answer(StatusCode::OK, report).await
}

/// POST `/v1/content/commit`; clients may send a body, which says nothing.
pub(super) async fn commit(
    State(app): State<AppState>,
    signed: Signed,
    request: Request,
) -> Result<Response, Error> {
    let query = query(&request)?;
    let mut commit = read_commit(&query)?;
    let is_forced = is_forced(&query)?;
    if !is_forced {
        commit.guard_percent = signed.commit_guard_percent();
    }
    commit.keeps_refused = signed.commit_keeps_refused();
    if is_dry_run(&query)? {
        return preview(&app, &signed, commit).await;
    }
    let committed = app
        .engine
        .writes
        .commit_generation(signed.site(), commit.clone());
    let (count, kept) = match app.in_time(committed).await? {
        CommitOutcome::Deleted { count } => (count, KeptRefused::default()),
        CommitOutcome::DeletedKeeping { count, kept } => (count, kept),
        CommitOutcome::NoSuchGeneration => return Err(Error::NoSuchGeneration),
        CommitOutcome::Guarded(survey) => {
            return Err(Error::Guarded {
                survey,
                percent: signed.commit_guard_percent(),
            });
        }
    };
    Deletion {
        site: signed.site().as_str(),
        call: "commit",
        object_type: Some(commit.object_type.as_str()),
        generation: Some(commit.generation.as_str()),
        is_forced,
        deleted: Some(count),
    }
    .note();
    let mut body = json!({"deleted_count": count});
    add_kept(&mut body, &commit, &kept);
    Ok(json::response(StatusCode::CREATED, &body))
}

/// Names what the commit keeps, where it keeps something at all.
fn add_kept(body: &mut Value, commit: &GenerationCommit, kept: &KeptRefused) {
    if commit.keeps_refused {
        let named: Vec<&str> = kept.named.iter().map(Identity::as_str).collect();
        body["kept_count"] = kept.count.into();
        body["kept"] = named.into();
    }
}

async fn preview(
    app: &AppState,
    signed: &Signed,
    commit: GenerationCommit,
) -> Result<Response, Error> {
    let preview = app
        .engine
        .reads
        .preview_commit(signed.site(), commit.clone());
    let preview = app.read_in_time(preview).await?;
    let CommitPreview {
        count,
        is_guarded,
        sample,
        kept,
    } = preview.ok_or(Error::NoSuchGeneration)?;
    let sample: Vec<&str> = sample.iter().map(Identity::as_str).collect();
    let mut body = json!({"would_delete_count": count, "sample": sample});
    if is_guarded {
        body["guarded"] = true.into();
    }
    add_kept(&mut body, &commit, &kept);
    Ok(json::response(StatusCode::OK, &body))
}

/// What was read, and the room it takes.
struct InRoom<T> {
    batch: T,
    room: BodyRoom,
}

impl<T> InRoom<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> InRoom<U> {
        InRoom {
            batch: change(self.batch),
            room: self.room,
        }
    }
}

async fn read_batch<T: Element>(
    app: &AppState,
    request: Request,
    read: impl FnOnce(&Bytes) -> Result<Batch<T>, BatchError> + Send + 'static,
) -> Result<InRoom<Batch<T>>, Error> {
    let (head, body) = request.into_parts();
    let body = read_body(&head, body, app.body_limits(&CONTENT)).await?;
    let room = BodyRoom::of(&head);
    let is_long = body.len() > INLINE_PARSE_BYTES_MAX;
    let batch = off_async_threads(is_long, move || read(&body)).await??;
    Ok(InRoom { batch, room })
}

/// Has the engine do what was accepted, and accounts for every object.
async fn apply<T: Element, F>(
    app: &AppState,
    signed: &Signed,
    options: WriteOptions,
    read: InRoom<Batch<T>>,
    write: impl FnOnce(Arc<dyn CatalogWrites>, TrackerId, Vec<T>) -> F,
) -> Result<Report, Error>
where
    F: Future<Output = Result<WriteReport, EngineError>> + Send + 'static,
{
    let InRoom { batch, room } = read;
    let (elements, pending) = batch.split();
    let site = signed.site();
    if elements.is_empty() {
        let report = Report::new(pending, Vec::new());
        note_refused_uploads(app, signed, &report).await?;
        return Ok(report);
    }
    let write = write(Arc::clone(&app.engine.writes), site.clone(), elements);
    let written = app.in_time(async {
        let written = to_its_end(room, write).await?;
        if options.waits_until_visible {
            let writes = &app.engine.writes;
            writes.wait_visible(site, written.visibility).await?;
        }
        Ok(written)
    });
    let report = Report::new(pending, written.await?.outcomes).fetching_files(app.fetches_files);
    note_refused_uploads(app, signed, &report).await?;
    if options.refetches_files {
        refetch_files(app, signed, &report).await?;
    }
    Ok(report)
}

/// Has the files of what was written fetched again. Objects that are no files are left alone.
async fn refetch_files(app: &AppState, signed: &Signed, report: &Report) -> Result<(), Error> {
    if let Some(files) = &app.engine.files {
        let asked = files.refetch_files(signed.site(), report.accepted().to_vec());
        app.in_time(asked).await?;
    }
    Ok(())
}

/// Has the engine know of refused uploads before they are answered, where commits ask for them.
async fn note_refused_uploads(
    app: &AppState,
    signed: &Signed,
    report: &Report,
) -> Result<(), Error> {
    if !signed.commit_keeps_refused() {
        return Ok(());
    }
    let uploads = report.refused_uploads();
    if uploads.is_empty() {
        return Ok(());
    }
    let writes = &app.engine.writes;
    let noted = writes.note_refused_uploads(signed.site(), uploads);
    Ok(app.in_time(noted).await?)
}

/// Counts what became of the objects, and keeps what was refused for those who look for it.
fn count(app: &AppState, signed: &Signed, operation: Operation, report: &Report) {
    let (accepted, refused) = (report.ok_count(), report.errors_count());
    app.metrics
        .objects(Api::Content, operation, accepted, refused);
    if refused > 0 {
        let call = match operation {
            Operation::Replace => RefusedCall::Replace,
            Operation::Patch => RefusedCall::Patch,
            Operation::Delete => RefusedCall::Delete,
        };
        let refusals = &app.engine.refusals;
        refusals.note_refused(signed.site(), report.refused(call));
    }
}

/// The report, with `success` where it holds no refusal (docs/reference/02-content.md §7).
async fn answer(success: StatusCode, report: Report) -> Result<Response, Error> {
    let status = match report.errors_count() {
        0 => success,
        _ => StatusCode::BAD_REQUEST,
    };
    let is_long = report.errors_count() > INLINE_REFUSALS_MAX;
    Ok(off_async_threads(is_long, move || json::response(status, &report)).await?)
}

#[cfg(test)]
mod tests;
