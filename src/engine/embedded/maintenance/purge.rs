//! Deletes objects some time after their `active_to` (docs/reference/02-content.md §2), and what is known of
//! jobs some time after their end (docs/reference/03-update-by-query-and-generations.md §2), and old receipts
//! (docs/reference/10-swiftype.md §5). One thread looks at every site once a minute; the writer of the site
//! deletes, a slice at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::domain::{Receipt, Timestamp, TrackerId};
use crate::engine::embedded::catalog::{Catalog, Request, submit};
use crate::engine::embedded::sites::{Served, keep_spare};
use crate::engine::embedded::store::{StoreError, expiry, heads, receipts, versions};
use crate::engine::embedded::write::free_names;
use crate::engine::embedded::{jobs, record};
use crate::engine::plan::expiry::{self as horizon, Share};

const EVERY: Duration = Duration::from_secs(60);
/// A site that is asleep is looked at so seldom: it has to be opened for it.
const ASLEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// Objects of one request, so that writes in between do not wait long.
const SLICE: usize = 500;

/// How far the horizon of a site may move before it is written down: what a crash forgets is waited for again.
const HORIZON_KEPT_MS: i64 = 60 * 60 * 1000;

/// The thread that purges; it ends when this is dropped.
pub(in crate::engine::embedded) struct Purger {
    _stop: Sender<()>,
}

impl Purger {
    pub(in crate::engine::embedded) fn start(
        served: Arc<Served>,
        retention: Duration,
    ) -> Result<Self, std::io::Error> {
        let (stop, stopped) = mpsc::channel();
        let mut looks: HashMap<TrackerId, Looks> = HashMap::new();
        thread::Builder::new()
            .name("purge".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    let catalogs = served.catalogs();
                    let is_served =
                        |site: &TrackerId| catalogs.iter().any(|one| one.tracker_id == *site);
                    looks.retain(|site, _| is_served(site));
                    for catalog in catalogs {
                        let looks = looks.entry(catalog.tracker_id.clone()).or_default();
                        purge_logged(&catalog, retention, looks);
                    }
                }
            })?;
        Ok(Self { _stop: stop })
    }
}

/// What is remembered of a site between two looks at it.
#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Looks {
    last: Option<Instant>,
    horizon: Option<Timestamp>,
    /// The horizon that is on the disk.
    kept: Option<Timestamp>,
}

impl Looks {
    /// Time that has really passed since the last look.
    fn passed(&mut self) -> Duration {
        let now = Instant::now();
        let last = self.last.replace(now);
        last.map_or(Duration::ZERO, |last| now - last)
    }
}

fn purge_logged(catalog: &Arc<Catalog>, retention: Duration, looks: &mut Looks) {
    let site = catalog.tracker_id.as_str();
    keep_spare(catalog);
    let is_awake = catalog.presence.is_awake();
    if !is_awake && looks.last.is_some_and(|last| last.elapsed() < ASLEEP_EVERY) {
        return;
    }
    let passed = looks.passed();
    match purge(catalog, retention, looks, passed) {
        Ok(0) => {}
        Ok(purged) => tracing::info!(site.tracker_id = site, purged, "expired objects deleted"),
        Err(error) => {
            tracing::warn!(site.tracker_id = site, %error, "cannot look for expired objects");
        }
    }
    if let Err(error) = forget_receipts(catalog) {
        tracing::warn!(site.tracker_id = site, %error, "cannot forget old receipts");
    }
    if is_awake {
        free_names::look_if_due(catalog);
    }
    record::look(catalog);
    if let Err(error) = jobs::forget(catalog) {
        // There is always a next time.
        tracing::warn!(site.tracker_id = site, %error, "cannot forget ended jobs");
    }
}

/// Deletes what expired longer than `retention` ago, by the wall clock and by the time that has `passed` since the
/// last look, and says how much that was. Gives up when the site cannot write now: there is always a
/// next time.
pub(in crate::engine::embedded) fn purge(
    catalog: &Arc<Catalog>,
    retention: Duration,
    looks: &mut Looks,
    passed: Duration,
) -> Result<usize, StoreError> {
    let wanted = horizon::earlier(catalog.clock.now(), retention);
    let found = catalog.readers.with(|reader| {
        if !heads::any_with_end(reader)? {
            return Ok::<_, StoreError>(None);
        }
        if looks.horizon.is_none() {
            looks.kept = expiry::horizon(reader)?;
            looks.horizon = match (looks.kept, versions::last_write(reader)?) {
                (None, Some(last)) => {
                    Some(horizon::begin(wanted, horizon::earlier(last, retention)))
                }
                (kept, _) => kept,
            };
        }
        let Some(known) = looks.horizon else {
            return Ok(None);
        };
        let reached = horizon::advance(known, wanted, passed);
        looks.horizon = Some(reached);
        let before = horizon::limit(reached, wanted, false);
        let expired = heads::count_expired(reader, before)?;
        let share = Share {
            expired,
            // Counting everything is worth it only where much is to go.
            all: if expired < Share::LARGE_MIN {
                u64::MAX
            } else {
                heads::count(reader)?
            },
        };
        Ok(Some((reached, before, share)))
    })?;
    let Some((reached, mut before, share)) = found else {
        return Ok(0);
    };
    if share.is_large() {
        before = horizon::limit(reached, wanted, true);
        tracing::warn!(
            site.tracker_id = catalog.tracker_id.as_str(),
            expired = share.expired,
            objects = share.all,
            "more than half of the objects expired: they are deleted a day later than others"
        );
    }
    let mut purged = 0;
    while catalog
        .readers
        .with(|reader| heads::any_expired(reader, before))?
    {
        let (request, promise) = Request::task(move |batch| {
            expiry::set_horizon(batch.transaction(), reached)?;
            batch.purge(before, SLICE)
        });
        if submit(catalog, request).is_err() {
            return Ok(purged);
        }
        match promise.blocking_recv() {
            Ok(Ok((deleted, _))) if deleted > 0 => purged += deleted,
            _ => return Ok(purged),
        }
        looks.kept = Some(reached);
    }
    let is_kept = |kept: Timestamp| reached.as_millis() - kept.as_millis() < HORIZON_KEPT_MS;
    if !looks.kept.is_some_and(is_kept) {
        let (request, promise) =
            Request::task(move |batch| expiry::set_horizon(batch.transaction(), reached));
        if submit(catalog, request).is_ok() && matches!(promise.blocking_recv(), Ok(Ok(_))) {
            looks.kept = Some(reached);
        }
    }
    Ok(purged)
}

/// Once an hour or so: what is a little older than it has to be costs nothing.
const RECEIPTS_EVERY_MS: i64 = 60 * 60 * 1000;

/// Deletes receipts that nobody can ask for any more, once some have been so for an hour.
pub(in crate::engine::embedded) fn forget_receipts(
    catalog: &Arc<Catalog>,
) -> Result<(), StoreError> {
    let kept_from = catalog.clock.now().as_millis() - Receipt::KEPT_S * 1000;
    let second = |millis: i64| millis.div_euclid(1000);
    let (overdue, before) = (second(kept_from - RECEIPTS_EVERY_MS), second(kept_from));
    if !catalog
        .readers
        .with(|reader| receipts::any_before(reader, overdue))?
    {
        return Ok(());
    }
    loop {
        let (request, promise) =
            Request::task(move |batch| receipts::delete_before(batch.transaction(), before, SLICE));
        if submit(catalog, request).is_err() {
            return Ok(());
        }
        match promise.blocking_recv() {
            Ok(Ok((deleted, _))) if deleted == SLICE => {}
            _ => return Ok(()),
        }
    }
}
