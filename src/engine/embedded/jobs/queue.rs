//! Jobs that wait. Invariant: a job is durable before its request is answered, and a restart goes on with it.

use std::sync::Arc;

use super::worker;
use crate::domain::{JobKind, JobNumber, JobRequest};
use crate::engine::EngineError;
use crate::engine::embedded::catalog::{self, Catalog, Request, Ring, kept};
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store::{StoreError, jobs};
use crate::engine::queue::{Put, start_worker};

/// Jobs of one kind that may wait on one site, the running one included.
const OPEN_MAX: usize = 100;
/// Seconds until a full queue of jobs is worth another try.
const QUEUE_RETRY_S: u32 = 10;

/// Queues a job; durable when it returns.
pub(in crate::engine::embedded) async fn submit(
    catalog: &Arc<Catalog>,
    request: JobRequest,
) -> Result<JobNumber, EngineError> {
    let kind = request.kind();
    let (request, promise) = Request::task(move |batch| {
        let store = batch.transaction();
        if jobs::count_open(store, kind)? >= OPEN_MAX {
            return Ok(None);
        }
        jobs::add(store, &request).map(Some)
    });
    catalog::submit(catalog, request)?;
    let catalog = catalog.clone();
    // On its own: whoever asked may go before the answer comes, and the job is there all the same.
    let queued = tokio::spawn(async move {
        let (number, _) = kept(promise).await?;
        ring(&catalog, kind);
        Ok(number)
    });
    let queued: Result<_, EngineError> = queued
        .await
        .map_err(|error| internal("a job could not be queued", error))?;
    queued?.ok_or(EngineError::Overloaded {
        retry_after_s: QUEUE_RETRY_S,
    })
}

/// Goes on with what an earlier process left.
pub(in crate::engine::embedded) fn resume(catalog: &Arc<Catalog>) {
    for kind in JobKind::ALL {
        let is_left = catalog.readers.with(|reader| {
            let left = jobs::count_open(reader, kind)?;
            Ok::<_, StoreError>(left > 0)
        });
        // What cannot be read is told by the worker.
        if is_left.unwrap_or(true) {
            ring(catalog, kind);
        }
    }
}

fn ring(catalog: &Arc<Catalog>, kind: JobKind) {
    // Refused: somebody is on the way already, or the site is being closed and the next start rings.
    if let Ok(Put::NeedsWorker) = catalog.bells.of(kind).put(Ring) {
        match kind {
            JobKind::UpdateByQuery => start_worker(
                &catalog.budget.shared.jobs,
                catalog.clone(),
                |catalog| catalog.bells.of(JobKind::UpdateByQuery),
                |catalog| worker::work(catalog, JobKind::UpdateByQuery),
                |_, _| {},
            ),
        }
    }
}
