//! Deletes objects some time after their `active_to` (contract 02 §2), and what is known of jobs some
//! time after their end (contract 03 §2), and old receipts (contract 10 §5). One thread looks at every site once a minute; the writer of
//! the site deletes, a slice at a time.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::catalog::Catalog;
use super::jobs;
use super::served::Served;
use super::store::{StoreError, heads, receipts};
use super::write::{self, Request};
use crate::domain::{Receipt, StampedId, Timestamp};

const EVERY: Duration = Duration::from_secs(60);

/// Objects of one request, so that writes in between do not wait long.
const SLICE: usize = 500;

/// The thread that purges; it ends when this is dropped.
pub(super) struct Purger {
    _stop: Sender<()>,
}

impl Purger {
    pub(super) fn start(served: Arc<Served>, retention: Duration) -> Result<Self, std::io::Error> {
        let (stop, stopped) = mpsc::channel();
        thread::Builder::new()
            .name("purge".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    for catalog in served.catalogs() {
                        purge_logged(&catalog, retention);
                    }
                }
            })?;
        Ok(Self { _stop: stop })
    }
}

fn purge_logged(catalog: &Arc<Catalog>, retention: Duration) {
    let site = catalog.tracker_id.as_str();
    match purge(catalog, retention) {
        Ok(0) => {}
        Ok(purged) => tracing::info!(site.tracker_id = site, purged, "expired objects deleted"),
        Err(error) => {
            tracing::warn!(site.tracker_id = site, %error, "cannot look for expired objects");
        }
    }
    if let Err(error) = forget_receipts(catalog) {
        tracing::warn!(site.tracker_id = site, %error, "cannot forget old receipts");
    }
    if let Err(error) = jobs::forget(catalog) {
        // There is always a next time.
        tracing::warn!(site.tracker_id = site, %error, "cannot forget ended jobs");
    }
}

/// Deletes what expired longer than `retention` ago and says how much that was. Gives up when the
/// site cannot write now: there is always a next time.
pub(super) fn purge(catalog: &Arc<Catalog>, retention: Duration) -> Result<usize, StoreError> {
    let retention_ms = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
    let now = catalog.clock.now().as_millis();
    let before = Timestamp::from_millis(now.saturating_sub(retention_ms));
    let mut purged = 0;
    while catalog
        .readers
        .with(|reader| heads::any_expired(reader, before))?
    {
        let (request, promise) = Request::task(move |group| group.purge(before, SLICE));
        if write::submit(catalog, request).is_err() {
            break;
        }
        match promise.blocking_recv() {
            Ok(Ok((deleted, _))) if deleted > 0 => purged += deleted,
            _ => break,
        }
    }
    Ok(purged)
}

/// Once an hour or so: what is a little older than it has to be costs nothing.
const RECEIPTS_EVERY_MS: i64 = 60 * 60 * 1000;

/// Deletes receipts that nobody can ask for any more, once some have been so for an hour.
pub(super) fn forget_receipts(catalog: &Arc<Catalog>) -> Result<(), StoreError> {
    let kept_from = catalog.clock.now().as_millis() - Receipt::KEPT_S * 1000;
    let second = |millis| StampedId::second_of(Timestamp::from_millis(millis));
    let (overdue, before) = (second(kept_from - RECEIPTS_EVERY_MS), second(kept_from));
    if !catalog
        .readers
        .with(|reader| receipts::any_before(reader, overdue))?
    {
        return Ok(());
    }
    loop {
        let (request, promise) =
            Request::task(move |group| receipts::delete_before(group.transaction(), before, SLICE));
        if write::submit(catalog, request).is_err() {
            return Ok(());
        }
        match promise.blocking_recv() {
            Ok(Ok((deleted, _))) if deleted == SLICE => {}
            _ => return Ok(()),
        }
    }
}
