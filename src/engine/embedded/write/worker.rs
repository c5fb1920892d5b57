//! The thread that writes one site's store. It takes whatever waits as one write batch, makes it durable
//! in one transaction, answers, and hands it to the index.
//! Invariant: an answer that says applied is sent after the commit that made it so.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::free_names;
use crate::engine::embedded::batch::{Committed, FileWork, Given, WriteBatch};
use crate::engine::embedded::catalog::{Catalog, Failure, Request, Share, hand_over};
use crate::engine::embedded::follow::damage;
use crate::engine::embedded::share::Part;
use crate::engine::embedded::store::{self, Severity, StoreError, log};
use crate::engine::folder;
use crate::engine::queue::{Left, Room, Taken, start_worker};

/// A write batch takes at least one request, then more up to either of these, without waiting for any.
const BATCH_REQUESTS: usize = 16;
const BATCH_EDITS: usize = 400;

/// Rows deleted beside a batch, or in one transaction when nothing else is to do. As many as a full
/// batch can supersede, or the deletions would fall behind.
const PRUNE_ROWS: usize = 2_000;

/// How often an idle writer looks whether old versions can go.
const HOUSEKEEPING_EVERY: Duration = Duration::from_secs(1);
/// An idle writer with nothing left to delete goes after this long, and its page cache with it.
const LEAVE_AFTER: Duration = Duration::from_secs(10);

/// A worker whose place is wanted by others goes after this long, and comes again in its turn.
const TURN: Duration = Duration::from_millis(200);

/// Starts the worker of a site.
pub(in crate::engine::embedded) fn start(catalog: &Arc<Catalog>) {
    start_worker(
        &catalog.budget.shared.writing,
        catalog.clone(),
        |catalog| &catalog.requests,
        work,
        // A panic. Dropping a request answers it with an error; nothing of it was committed.
        |_, requests| drop(requests),
    );
}

fn work(catalog: &Arc<Catalog>) -> Left {
    let places = &catalog.budget.shared.writing;
    let began = Instant::now();
    let mut worker = Worker {
        catalog,
        writer: None,
        has_written: false,
    };
    let mut idle_since = Instant::now();
    loop {
        let is_wanted = || places.is_wanted() || catalog.presence.is_sent_to_sleep();
        let patience = if is_wanted() {
            Duration::ZERO
        } else {
            HOUSEKEEPING_EVERY
        };
        match catalog.requests.take(Some(Instant::now() + patience)) {
            Taken::Entry(request, room) => {
                worker.serve(request, room);
                idle_since = Instant::now();
                if places.is_wanted() && began.elapsed() >= TURN {
                    return Left::Again;
                }
            }
            // What is left to delete, the next writer deletes along.
            Taken::Nothing if is_wanted() => {
                // Nobody is told of more refused objects while some wait.
                worker.keep_refused(true);
                if catalog.requests.try_leave() {
                    return Left::Done;
                }
            }
            Taken::Nothing => {
                let clean = worker.keep_house();
                let idle = idle_since.elapsed() >= LEAVE_AFTER && !catalog.refused.any();
                if clean && idle && catalog.requests.try_leave() {
                    return Left::Done;
                }
            }
            Taken::Closed => {
                worker.keep_refused(true);
                if catalog.requests.try_leave() {
                    return Left::Done;
                }
            }
        }
    }
}

struct Worker<'c> {
    catalog: &'c Arc<Catalog>,
    /// Opened with the first request.
    writer: Option<(store::Writer, Part)>,
    /// Since the write-ahead log was last emptied.
    has_written: bool,
}

impl<'c> Worker<'c> {
    /// The request and what waits behind it, as far as that fits, in one transaction. One larger than a batch is a
    /// batch of its own: whatever fails, all of a request was done or nothing. Its size is that of a body.
    fn serve(&mut self, first: Request, room: Room<'c, Request>) {
        let mut edits = first.weight();
        let mut requests = vec![first];
        let mut rooms = vec![room];
        while requests.len() < BATCH_REQUESTS {
            let fits = |next: &Request| edits + next.weight() <= BATCH_EDITS;
            let Some((next, room)) = self.catalog.requests.take_if(fits) else {
                break;
            };
            edits += next.weight();
            requests.push(next);
            rooms.push(room);
        }
        let share = self.wait_for_indexes(edits);
        let written = self.write(|batch| {
            requests
                .iter_mut()
                .try_for_each(|request| request.run(batch))
        });
        for request in requests {
            let answer = match &written {
                Ok(committed) => Ok(committed.sequence),
                Err(failure) => Err(self.catalog.health.answer(*failure)),
            };
            request.finish(answer);
        }
        // Before the index is waited for: these requests are answered.
        drop(rooms);
        if let Ok(committed) = written {
            self.hand_over(committed, share);
        }
        self.keep_refused(false);
        free_names::look_if_due(self.catalog);
    }

    /// Waits while the indexes of all sites are behind: who is answered is found soon. Other sites are written meanwhile, if
    /// there is room for them.
    fn wait_for_indexes(&self, edits: usize) -> Option<Share> {
        if edits == 0 {
            return None;
        }
        let shared = &self.catalog.budget.shared;
        let share = shared.backlog.try_enter(edits);
        Some(share.unwrap_or_else(|| shared.writing.resting(|| shared.backlog.enter(edits))))
    }

    /// Keeps what was refused, in a transaction of its own: nobody waits for it, and no write fails with it.
    fn keep_refused(&mut self, at_once: bool) {
        let refused = self.catalog.refused.take_due(at_once);
        if refused.is_empty() || self.catalog.health.read_only().is_some() {
            return;
        }
        let now = self.catalog.clock.now();
        let kept = self.require_disk_space().and_then(|()| {
            let transaction = self.writer()?.begin()?;
            store::refused::keep(&transaction, &refused, now)?;
            transaction.commit()
        });
        match kept {
            Ok(()) => self.has_written = true,
            Err(StoreError::DiskReserve { .. }) => {}
            Err(error) => {
                let site = self.catalog.tracker_id.as_str();
                self.catalog.health.store_failed(site, &error);
                self.writer = None;
            }
        }
    }

    /// Runs the work in one transaction. Everything it did is durable when this returns, or nothing of it
    /// happened; only a disk that fails in between leaves that in doubt.
    fn write(
        &mut self,
        work: impl FnOnce(&mut WriteBatch<'_>) -> Result<(), StoreError>,
    ) -> Result<Committed, Failure> {
        if self.catalog.health.read_only().is_some() {
            return Err(Failure::NotDone);
        }
        let result = self.require_disk_space().and_then(|()| self.transact(work));
        match result {
            Ok(committed) => {
                self.catalog.health.store_works();
                Ok(committed)
            }
            Err(error) => {
                let site = self.catalog.tracker_id.as_str();
                let severity = self.catalog.health.store_failed(site, &error);
                if severity != Severity::DiskFull {
                    // Whatever state the connection is in: the next one starts afresh.
                    self.writer = None;
                }
                Err(match severity {
                    Severity::Final => Failure::InDoubt,
                    Severity::DiskFull | Severity::Passing => Failure::NotDone,
                })
            }
        }
    }

    fn transact(
        &mut self,
        work: impl FnOnce(&mut WriteBatch<'_>) -> Result<(), StoreError>,
    ) -> Result<Committed, StoreError> {
        let catalog = self.catalog;
        let mut batch = self.begin()?;
        work(&mut batch)?;
        batch.prune(catalog.prunable(), PRUNE_ROWS)?;
        let committed = batch.commit()?;
        self.has_written = true;
        catalog.forget_store_stats();
        damage::note_strays(catalog);
        catalog.schema.store(committed.schema.clone());
        catalog.receipts.note(&committed.receipts);
        if let FileWork::Next(due) = committed.files {
            catalog.files.set(due);
        }
        catalog
            .misfits_kept
            .fetch_add(committed.misfits_kept, Ordering::Relaxed);
        if committed.has_lost {
            catalog.names.note_gone();
        }
        Ok(committed)
    }

    /// Beside what requests brought, a batch takes as much memory as may wait to be written.
    fn begin(&mut self) -> Result<WriteBatch<'_>, StoreError> {
        let catalog = self.catalog;
        if let Some((writer, pages)) = &mut self.writer {
            writer.fit(pages.size(), catalog.budget.shared.heads_known())?;
        }
        let given = Given {
            schema: catalog.schema.load_full(),
            conflicts: catalog.site.load().type_conflicts,
            damaged: Arc::clone(catalog.readers.damaged()),
            bytes_max: catalog.budget.write_queue.size,
            fetches_files: catalog.budget.fetch_files,
            now: catalog.clock.now(),
        };
        WriteBatch::begin(self.writer()?, given)
    }

    /// Below the reserve nothing is written: what is left is for the index and for `SQLite` itself.
    fn require_disk_space(&self) -> Result<(), StoreError> {
        let free = folder::free_bytes(&self.catalog.folder)?;
        let reserve = self.catalog.budget.disk_reserve_bytes;
        if free < reserve {
            return Err(StoreError::DiskReserve { free, reserve });
        }
        Ok(())
    }

    fn writer(&mut self) -> Result<&mut store::Writer, StoreError> {
        let shared = &self.catalog.budget.shared;
        match &mut self.writer {
            Some((writer, _)) => Ok(writer),
            none => {
                let pages = shared.writer_pages.take();
                let writer = store::Writer::open(
                    &self.catalog.folder,
                    pages.size(),
                    shared.heads_known(),
                    #[cfg(test)]
                    self.catalog.faults.clone(),
                )?;
                let (writer, _) = none.insert((writer, pages));
                Ok(writer)
            }
        }
    }

    fn hand_over(&self, committed: Committed, share: Option<Share>) {
        let Some(batch) = committed.for_index else {
            return;
        };
        if self.catalog.groups.would_press(batch.operations()) {
            // Other sites are written while this one waits for its index.
            let places = &self.catalog.budget.shared.writing;
            places.resting(|| hand_over(self.catalog, batch, share));
        } else {
            hand_over(self.catalog, batch, share);
        }
    }

    /// Deletes versions nobody needs any more; whether nothing is left to delete.
    fn keep_house(&mut self) -> bool {
        if self.catalog.health.read_only().is_some() {
            return true;
        }
        self.keep_refused(false);
        free_names::look_if_due(self.catalog);
        match self.prune().and_then(|clean| self.shrink().map(|()| clean)) {
            Ok(clean) => clean,
            Err(error) => {
                let site = self.catalog.tracker_id.as_str();
                self.catalog.health.store_failed(site, &error);
                self.writer = None;
                // The next write deletes along, if it can.
                true
            }
        }
    }

    /// The write-ahead log of a busy site stays as large as it once was; an idle one needs none.
    fn shrink(&mut self) -> Result<(), StoreError> {
        if self.has_written {
            self.has_written = !self.writer()?.empty_log_file()?;
        }
        Ok(())
    }

    fn prune(&mut self) -> Result<bool, StoreError> {
        let upto = self.catalog.prunable();
        if log::any_upto(self.writer()?, upto)? {
            self.has_written = true;
            let mut batch = self.begin()?;
            batch.prune(upto, PRUNE_ROWS)?;
            batch.commit()?;
        }
        log::is_empty(self.writer()?)
    }
}
