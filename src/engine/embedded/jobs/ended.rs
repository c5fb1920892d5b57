//! Jobs that ended. Invariant: one can be asked about for as long as was promised.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Timestamp;
use crate::engine::EngineError;
use crate::engine::embedded::catalog::{Catalog, Request, submit};
use crate::engine::embedded::error::internal;
use crate::engine::embedded::store::jobs;

/// How long an ended job can be asked about (docs/reference/03-update-by-query-and-generations.md §2).
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Forgets jobs that ended longer than [`KEPT_FOR`] ago, bit by bit.
pub(in crate::engine::embedded) fn forget(catalog: &Arc<Catalog>) -> Result<(), EngineError> {
    /// Rows of one batch, so that writes in between do not wait long.
    const SLICE: usize = 2_000;
    let kept_ms = KEPT_FOR.as_millis() as i64;
    let now = catalog.clock.now().as_millis();
    let before = Timestamp::from_millis(now.saturating_sub(kept_ms));
    let store_failed = |error| internal("ended jobs cannot be looked up", error);
    while catalog
        .readers
        .with(|reader| jobs::any_ended(reader, before))
        .map_err(store_failed)?
    {
        let (request, promise) =
            Request::task(move |batch| jobs::forget_ended(batch.transaction(), before, SLICE));
        submit(catalog, request)?;
        match promise.blocking_recv() {
            Ok(done) => drop(done?),
            Err(error) => return Err(internal("the writer ended unexpectedly", error)),
        }
    }
    Ok(())
}
