//! Puts work into the queues of a site, and starts the worker where there is none. Invariant: a request that is
//! refused is not done, none of it; a group that is handed over is taken, or is in the log.

use std::sync::Arc;

use super::backlog::Share;
use super::index_work::{IndexTask, Prepared};
use super::request::Request;
use super::state::Catalog;
use crate::engine::EngineError;
use crate::engine::embedded::batch::IndexGroup;
use crate::engine::embedded::error::unavailable;
use crate::engine::queue::{Put, Refused};

/// Seconds until a full queue is worth another try.
const QUEUE_RETRY_S: u32 = 1;

/// Queues a request, or says why not; then nothing of it was done.
pub(in crate::engine::embedded) fn submit(
    catalog: &Arc<Catalog>,
    request: Request,
) -> Result<(), EngineError> {
    if catalog.health.read_only().is_some() {
        return Err(catalog.health.refusal());
    }
    match catalog.requests.put(request) {
        Ok(Put::HasWorker) => {}
        Ok(Put::NeedsWorker) => (catalog.workers.write)(catalog),
        Err(Refused::Full(_)) => return Err(overloaded()),
        Err(Refused::Closed(_)) => return Err(unavailable("shutting down")),
    }
    Ok(())
}

pub(in crate::engine::embedded) fn overloaded() -> EngineError {
    EngineError::Overloaded {
        retry_after_s: QUEUE_RETRY_S,
    }
}

/// Hands a group to the index, waiting while too much is before it. `share` was entered for it.
pub(in crate::engine::embedded) fn hand_over(
    catalog: &Arc<Catalog>,
    group: IndexGroup,
    share: Option<Share>,
) {
    let backlog = &catalog.budget.shared.backlog;
    let share = backlog.add_for(share, group.operations());
    put(catalog, IndexTask::Apply(group, share));
}

/// Hands over an index that is to take the place of the one that serves.
pub(in crate::engine::embedded) fn hand_over_index(catalog: &Arc<Catalog>, prepared: Prepared) {
    put(catalog, IndexTask::Exchange(prepared));
}

fn put(catalog: &Arc<Catalog>, task: IndexTask) {
    if catalog.groups.put_waiting(task) == Put::NeedsWorker {
        (catalog.workers.index)(catalog);
    }
}
