//! Looks at the stores of all sites whether they are what was written: at the start, and every day. One thread, one
//! site at a time, and it rests as long as it works. Invariant: what it finds is told until it is mended; where the
//! pages of a file do not fit together nothing more is written to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::domain::TrackerId;
use crate::engine::embedded::catalog::{Catalog, Request, submit};
use crate::engine::embedded::sites::Served;
use crate::engine::embedded::store::{self, StoreError, head_row};

/// Between two looks at a store.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Between two looks whether there is a site that was never looked at, and whether to end.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Rows that are given their checksums in one transaction.
const SLICE: usize = 500;

/// The thread; it ends when this is dropped.
pub(in crate::engine::embedded) struct Examiner {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Examiner {
    pub(in crate::engine::embedded) fn start(served: Arc<Served>) -> Result<Self, std::io::Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("examine".to_owned())
            .spawn(move || {
                let mut looked: HashMap<TrackerId, Instant> = HashMap::new();
                while !stopped.load(Ordering::Relaxed) {
                    let catalogs = served.catalogs();
                    looked.retain(|site, _| catalogs.iter().any(|one| one.tracker_id == *site));
                    for catalog in catalogs {
                        if stopped.load(Ordering::Relaxed) {
                            break;
                        }
                        let last = looked.get(&catalog.tracker_id);
                        if last.is_none_or(|last| last.elapsed() >= EVERY) {
                            examine_logged(&catalog, &stopped);
                            looked.insert(catalog.tracker_id.clone(), Instant::now());
                        }
                    }
                    thread::park_timeout(LOOK_EVERY);
                }
            })?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Examiner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // One that panicked has told so.
            drop(thread.join());
        }
    }
}

fn examine_logged(catalog: &Arc<Catalog>, stop: &Arc<AtomicBool>) {
    let site = catalog.tracker_id.as_str();
    match examine(catalog, stop) {
        Ok(()) => {
            catalog.examinations.fetch_add(1, Ordering::Relaxed);
        }
        Err(_) if stop.load(Ordering::Relaxed) => {}
        Err(error) => {
            // A page that cannot be read is damage like any other.
            tracing::error!(site.tracker_id = site, %error, "the store could not be examined");
            catalog.health.store_failed(site, &error);
            catalog.examinations.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Compares the pages of the store with each other, and its heads with their checksums.
pub(in crate::engine::embedded) fn examine(
    catalog: &Arc<Catalog>,
    stop: &Arc<AtomicBool>,
) -> Result<(), StoreError> {
    let site = catalog.tracker_id.as_str();
    let stopped = Arc::clone(stop);
    let examined = store::examine(&catalog.folder, move || stopped.load(Ordering::Relaxed))?;
    for finding in &examined.of_rows {
        tracing::error!(
            site.tracker_id = site,
            finding,
            "a row of the store is damaged"
        );
    }
    if let Some(finding) = examined.of_pages.first() {
        for finding in &examined.of_pages {
            tracing::error!(site.tracker_id = site, finding, "the store is damaged");
        }
        let error = StoreError::Damaged(finding.clone());
        catalog.health.store_failed(site, &error);
    }
    catalog
        .readers
        .with(|reader| head_row::note_unfit(reader, &examined.unfit_heads, reader.damaged()))?;
    if examined.of_pages.is_empty() {
        add_sums(catalog, stop)?;
    }
    Ok(())
}

/// Gives heads of before there were checksums theirs.
fn add_sums(catalog: &Arc<Catalog>, stop: &AtomicBool) -> Result<(), StoreError> {
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let places = catalog
            .readers
            .with(|reader| head_row::without_sum(reader, SLICE))?;
        if places.is_empty() {
            return Ok(());
        }
        let (request, promise) =
            Request::task(move |batch| head_row::add_sums(batch.transaction(), &places));
        let is_done =
            submit(catalog, request).is_ok() && matches!(promise.blocking_recv(), Ok(Ok(_)));
        if !is_done {
            // Another day.
            return Ok(());
        }
        thread::sleep(began.elapsed());
    }
    Ok(())
}
