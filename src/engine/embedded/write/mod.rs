//! The thread that writes one site's store. It takes whatever waits as one write batch, makes it durable
//! in one transaction, answers, and hands it to the index.
//! Invariant: an answer that says applied is sent after the commit that made it so.
//!
//! | file | for |
//! |---|---|
//! | `prepare`, `memory` | edits made ready outside of the thread; what words came to before |
//! | `batch`, `heads` | executes what [`crate::engine::plan`] decides, and answers what that asks |
//! | `documents` | looks up keys of documents, reads back what was written, keeps receipts |
//! | `give_up` | gives up names that nobody has |

mod batch;
mod documents;
mod give_up;
mod heads;
pub(super) mod memory;
pub(super) mod prepare;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::catalog::Catalog;
use super::health::{Failure, unavailable};
use super::inbox::{Entry, Put, Refused, Room, Taken, start_attendant};
use super::store::{self, Severity, StoreError, log};
use super::task::{Done, Task, task};
use super::{damage, folder, indexing, names};
use crate::domain::Outcome;
use crate::engine::embedded::ids::Sequence;
use crate::engine::plan::Edit;
use crate::engine::{EngineError, WriteReport};
use batch::Committed;
pub(super) use batch::WriteBatch;

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

/// Seconds until a full queue is worth another try.
const QUEUE_RETRY_S: u32 = 1;

type Answer<T> = oneshot::Sender<Result<T, EngineError>>;
type Promise<T> = oneshot::Receiver<Result<T, EngineError>>;

/// Work for the writer, what came of it, and where to say so.
pub(super) enum Request {
    Edit {
        edits: Vec<Edit>,
        outcomes: Vec<Outcome>,
        answer: Answer<WriteReport>,
    },
    /// Whatever else is done in the transaction of a batch.
    Task { task: Box<dyn Task>, weight: Weight },
}

/// What a task means to the writer: the edits it makes, and about how much memory it takes while it
/// waits, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    edits: usize,
    bytes: usize,
}

/// What tasks are given to work on. It knows its own weight: nobody else says how much room a task takes.
pub(super) trait Input: Send + 'static {
    fn edits(&self) -> usize;

    /// About how much memory it takes while it waits.
    fn bytes(&self) -> usize;
}

/// In bytes.
impl Entry for Request {
    fn size(&self) -> usize {
        match self {
            Self::Edit { edits, .. } => edits.iter().map(prepare::bytes).sum(),
            Self::Task { weight, .. } => weight.bytes,
        }
    }
}

/// Queues a request, or says why not; then nothing of it was done.
pub(super) fn submit(catalog: &Arc<Catalog>, request: Request) -> Result<(), EngineError> {
    if catalog.health.read_only().is_some() {
        return Err(catalog.health.refusal());
    }
    match catalog.requests.put(request) {
        Ok(Put::Attended) => {}
        Ok(Put::Unattended) => start(catalog),
        Err(Refused::Full(_)) => return Err(overloaded()),
        Err(Refused::Closed(_)) => return Err(unavailable("shutting down")),
    }
    Ok(())
}

pub(super) fn overloaded() -> EngineError {
    EngineError::Overloaded {
        retry_after_s: QUEUE_RETRY_S,
    }
}

fn start(catalog: &Arc<Catalog>) {
    let name = format!("write {}", catalog.tracker_id);
    start_attendant(
        &name,
        catalog.clone(),
        |catalog| &catalog.requests,
        attend,
        // A panic. Dropping a request answers it with an error; nothing of it was committed.
        |_, requests| drop(requests),
    );
}

fn attend(catalog: &Arc<Catalog>) {
    let mut desk = Desk {
        catalog,
        writer: None,
        has_written: false,
    };
    let mut idle_since = Instant::now();
    loop {
        match catalog
            .requests
            .take(Some(Instant::now() + HOUSEKEEPING_EVERY))
        {
            Taken::Entry(request, room) => {
                desk.serve(request, room);
                idle_since = Instant::now();
            }
            Taken::Nothing => {
                let clean = desk.keep_house();
                let idle = idle_since.elapsed() >= LEAVE_AFTER;
                if clean && idle && catalog.requests.try_leave() {
                    return;
                }
            }
            Taken::Closed => {
                if catalog.requests.try_leave() {
                    return;
                }
            }
        }
    }
}

struct Desk<'c> {
    catalog: &'c Arc<Catalog>,
    /// Opened with the first request.
    writer: Option<store::Writer>,
    /// Since the write-ahead log was last emptied.
    has_written: bool,
}

impl<'c> Desk<'c> {
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
            self.hand_over(committed);
        }
        names::look_if_due(self.catalog);
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
        let mut batch = WriteBatch::begin(catalog, self.writer()?)?;
        work(&mut batch)?;
        batch.prune(catalog.prunable(), PRUNE_ROWS)?;
        let committed = batch.commit()?;
        self.has_written = true;
        damage::note_strays(catalog);
        catalog.schema.store(committed.schema.clone());
        catalog.receipts.note(&committed.receipts);
        catalog
            .misfits_kept
            .fetch_add(committed.misfits_kept, Ordering::Relaxed);
        if committed.has_lost {
            catalog.names.note_gone();
        }
        Ok(committed)
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
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(store::Writer::open(
                &self.catalog.folder,
                self.catalog.budget.page_cache_bytes / 2,
                self.catalog.budget.heads_known,
                #[cfg(test)]
                self.catalog.faults.clone(),
            )?)),
        }
    }

    fn hand_over(&self, committed: Committed) {
        if let Some(batch) = committed.for_index {
            indexing::hand_over(self.catalog, batch);
        }
    }

    /// Deletes versions nobody needs any more; whether nothing is left to delete.
    fn keep_house(&mut self) -> bool {
        if self.catalog.health.read_only().is_some() {
            return true;
        }
        names::look_if_due(self.catalog);
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
            let mut batch = WriteBatch::begin(self.catalog, self.writer()?)?;
            batch.prune(upto, PRUNE_ROWS)?;
            batch.commit()?;
        }
        log::is_empty(self.writer()?)
    }
}

impl Request {
    pub(super) fn edit(edits: Vec<Edit>) -> (Self, Promise<WriteReport>) {
        let (answer, promise) = oneshot::channel();
        let outcomes = Vec::with_capacity(edits.len());
        let request = Self::Edit {
            edits,
            outcomes,
            answer,
        };
        (request, promise)
    }

    /// Work that runs in the transaction of a batch, and needs nothing that takes memory.
    pub(super) fn task<T: Send + 'static>(
        work: impl FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Done<T>>) {
        let (task, promise) = task(work);
        let weight = Weight::default();
        (Self::Task { task, weight }, promise)
    }

    /// The same, on what was made ready for it.
    pub(super) fn task_on<I: Input, T: Send + 'static>(
        input: I,
        work: impl FnOnce(&mut WriteBatch<'_>, I) -> Result<T, StoreError> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Done<T>>) {
        let weight = Weight {
            edits: input.edits(),
            bytes: input.bytes(),
        };
        let (task, promise) = task(move |batch: &mut WriteBatch<'_>| work(batch, input));
        (Self::Task { task, weight }, promise)
    }

    /// How much of a batch it fills.
    fn weight(&self) -> usize {
        match self {
            Self::Edit { edits, .. } => edits.len(),
            Self::Task { weight, .. } => weight.edits,
        }
    }

    fn run(&mut self, batch: &mut WriteBatch<'_>) -> Result<(), StoreError> {
        match self {
            Self::Edit {
                edits, outcomes, ..
            } => {
                for edit in &*edits {
                    outcomes.push(batch.apply(edit)?);
                }
            }
            Self::Task { task, .. } => task.run(batch)?,
        }
        Ok(())
    }

    /// Answers. Whoever asked may have gone; what was done stays.
    fn finish(self, written: Result<Sequence, EngineError>) {
        match self {
            Self::Edit {
                outcomes, answer, ..
            } => drop(answer.send(written.map(|sequence| WriteReport {
                outcomes,
                visibility: sequence.into(),
            }))),
            Self::Task { task, .. } => task.finish(written),
        }
    }
}
