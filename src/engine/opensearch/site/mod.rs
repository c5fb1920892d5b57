//! One site: its queue, and the task that writes. Invariant: writes of a site are done one batch after the other, in the order
//! in which they were taken into the queue, which is bounded in requests and bytes.
//!
//! | file | for |
//! |---|---|
//! | `writer` | takes what waits, and tells everybody how it ended |
//! | `batch` | edits and steps of jobs planned over what is there, and executed |
//! | `there` | what is there, as plans ask for it |
//! | `attributes`, `types` | what the schema learns, for all processes |
//! | `mapped` | fields that its indices have |
//! | `usable` | whether they are there, and take writes |
//! | `visible` | when searches see what was written |
//! | `by_id` | objects by the ids of documents |
//! | `commit`, `sources` | the end of an upload, and of a full read of a source |
//! | `leased`, `leaving` | who writes it; work that another process goes on with |
//! | `sweep` | deletes at last what a commit deleted |

mod attributes;
mod batch;
mod by_id;
mod commit;
mod leased;
mod leaving;
mod mapped;
mod sources;
mod sweep;
mod there;
mod types;
mod usable;
mod visible;
mod writer;

pub(super) use batch::{
    DocumentStep, DocumentWork, FileStep, FileWork, JobStep, JobWork, KeptWork, RebuildStep,
    RebuildWork, WriteDocuments, bookmark_id,
};

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as AsyncMutex, OnceCell, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::cluster::Cluster;
use super::control::{Control, Rebuild};
use super::events::SiteEvents;
use super::files::share::Sharing;
use super::kept_documents::KnownSchema;
use super::layout::made::Made;
use super::layout::mapping;
use super::lease::Seen;
use super::search::memory::SearchMemory;
use crate::domain::{
    Clock, CommitOutcome, GenerationCommit, Identity, Outcome, RefusedUpload, RowOutcome, Site,
    SourceCommit, SourceCommitOutcome, Timestamp, TrackerId,
};
use crate::engine::plan::{Edit, ReadyRows};
use crate::engine::refused_notes::RefusedNotes;
use crate::engine::unseen_texts::UnseenTexts;
use crate::engine::{EngineCard, EngineError, Visibility};
use leaving::Leaving;
use mapped::Mapped;

/// Requests that wait for the writer of a site.
const REQUESTS_MAX: usize = 1_000;
/// Memory of those, in units of [`ROOM_UNIT`].
const ROOM_MAX: usize = 64 << 10;
const ROOM_UNIT: usize = 1 << 10;
/// Seconds after which a client may come again when the queue is full.
const COME_AGAIN_S: u32 = 1;
/// The same where this server is an old one.
const NEWER_COME_AGAIN_S: u32 = 60;

pub(super) struct OpenSite {
    pub(super) cluster: Arc<Cluster>,
    pub(super) id: TrackerId,
    /// What its catalog is read and written by.
    pub(super) alias: String,
    site: RwLock<Arc<Site>>,
    clock: Clock,
    /// How long another process may stand still while it writes this site.
    patience: Duration,
    /// The version of its index, when it was looked at first.
    is_made: OnceCell<u64>,
    room: Arc<Semaphore>,
    writer: Mutex<Option<Writer>>,
    /// The last number that was acknowledged here, and the last that searches see for certain.
    written: AtomicU64,
    refreshed: AtomicU64,
    /// When the cluster was asked last to let searches see what is there.
    refreshing: AsyncMutex<Option<Instant>>,
    is_swept: AtomicBool,
    pub(super) memory: SearchMemory,
    is_closed: AtomicBool,
    pub(super) leaving: Leaving,
    lease_seen: Arc<Seen>,
    /// Attributes, as far as somebody has asked for them.
    schema: AsyncMutex<KnownSchema>,
    mapped: Mutex<Mapped>,
    pub(super) at_work: JobsAtWork,
    pub(super) is_rebuilt: AtomicBool,
    /// Its index is what its settings say, or somebody sees to it.
    pub(super) is_followed: AtomicBool,
    /// Whether it is kept somewhere else, when it was looked at last.
    pub(super) is_frozen: AtomicBool,
    /// Whether its index can be searched, when it was looked at last.
    pub(super) is_searchable: AtomicBool,
    /// One that another process makes, as it was seen first.
    pub(super) rebuild_seen: Mutex<Option<(Rebuild, Instant)>>,
    /// What was refused and is not kept yet.
    pub(super) refused: RefusedNotes,
    pub(super) counts: Counts,
    /// What it says of itself as an engine of documents, once somebody has asked.
    pub(super) card: OnceCell<EngineCard>,
    /// `None` where they are not counted.
    pub(super) events: Option<SiteEvents>,
    pub(super) sharing: Arc<Sharing>,
    pub(super) unseen_texts: UnseenTexts<u64>,
    /// Changes of files that searches see for certain.
    pub(super) files_seen: AtomicU64,
}

/// What a process knows of the jobs of a site.
#[derive(Default)]
pub(super) struct JobsAtWork {
    /// Those that were submitted here, or taken over.
    pub(super) own: Mutex<BTreeSet<u64>>,
    /// Whether somebody works, and whether there may be more since.
    pub(super) is_worked: AtomicBool,
    pub(super) is_rung: AtomicBool,
}

/// Since the site was opened.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) writes_refused: AtomicU64,
    pub(super) misfits_kept: AtomicU64,
    pub(super) receipts_complete: AtomicU64,
    pub(super) receipts_failed: AtomicU64,
}

struct Writer {
    queue: mpsc::Sender<Request>,
    task: JoinHandle<()>,
}

/// What the writer does for somebody who waits.
pub(super) enum Work {
    Edits(Vec<Edit>),
    NoteRefused(Vec<RefusedUpload>),
    Commit(GenerationCommit),
    Rows(ReadyRows),
    CommitSource(SourceCommit),
    /// What a commit deleted is there no more.
    Swept(super::control::Dead),
    Job(JobWork),
    Documents(DocumentWork),
    Rebuild(RebuildWork),
    Files(FileWork),
    /// What comes as another backend has kept it.
    Kept(KeptWork),
    /// Deletes those of these that ended before the instant.
    Expire {
        names: Vec<Identity>,
        before: Timestamp,
        /// How far it was looked.
        reached: Timestamp,
    },
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Done {
    Edits(Vec<Outcome>),
    Commit(CommitOutcome),
    /// Nothing where somebody else has read the source since.
    Rows(Option<Vec<RowOutcome>>),
    CommitSource(SourceCommitOutcome),
    Job(JobStep),
    Documents(DocumentStep),
    Rebuild(RebuildStep),
    Files(FileStep),
    /// So many.
    Expired(u64),
    Nothing,
}

/// It ended otherwise than what was asked for can end.
pub(super) fn mixed_up(done: &impl Debug) -> EngineError {
    EngineError::Internal {
        context: "the writer did something else",
        source: format!("{done:?}").into(),
    }
}

struct Request {
    work: Work,
    reply: oneshot::Sender<Result<(Done, Visibility), EngineError>>,
    room: OwnedSemaphorePermit,
}

impl OpenSite {
    pub(super) fn new(
        cluster: Arc<Cluster>,
        site: Site,
        clock: Clock,
        patience: Duration,
        events: Option<SiteEvents>,
        sharing: Arc<Sharing>,
    ) -> Self {
        Self {
            alias: cluster.names.catalog(&site.tracker_id),
            id: site.tracker_id.clone(),
            cluster,
            site: RwLock::new(Arc::new(site)),
            clock,
            patience,
            is_made: OnceCell::new(),
            room: Arc::new(Semaphore::new(ROOM_MAX)),
            writer: Mutex::default(),
            written: AtomicU64::new(0),
            refreshed: AtomicU64::new(0),
            refreshing: AsyncMutex::default(),
            is_swept: AtomicBool::new(false),
            memory: SearchMemory::default(),
            is_closed: AtomicBool::new(false),
            leaving: Leaving::default(),
            lease_seen: Arc::default(),
            schema: AsyncMutex::default(),
            mapped: Mutex::default(),
            at_work: JobsAtWork::default(),
            is_rebuilt: AtomicBool::new(false),
            is_followed: AtomicBool::new(false),
            is_frozen: AtomicBool::new(false),
            is_searchable: AtomicBool::new(true),
            rebuild_seen: Mutex::default(),
            refused: RefusedNotes::default(),
            counts: Counts::default(),
            card: OnceCell::new(),
            events,
            sharing,
            unseen_texts: UnseenTexts::default(),
            files_seen: AtomicU64::new(0),
        }
    }

    pub(super) fn tracker(&self) -> &TrackerId {
        &self.id
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Requests and bytes that wait for the writer.
    pub(super) fn waiting(&self) -> (usize, usize) {
        let units = ROOM_MAX.saturating_sub(self.room.available_permits());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = writer.as_ref().map(|writer| &writer.queue);
        let requests = queue.map_or(0, |queue| queue.max_capacity() - queue.capacity());
        (requests, units * ROOM_UNIT)
    }

    /// The last number that was acknowledged here, and the last that searches see for certain.
    pub(super) fn numbers(&self) -> (u64, u64) {
        let refreshed = self.refreshed.load(Ordering::Acquire);
        (self.written.load(Ordering::Acquire), refreshed)
    }

    pub(super) fn settings(&self) -> Arc<Site> {
        Arc::clone(&self.site.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves it with other settings from now on.
    pub(super) fn set(&self, site: Site) {
        *self.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(site);
        self.is_followed.store(false, Ordering::Release);
    }

    /// What the index is made with that serves.
    pub(super) fn made_with(&self, control: &Control) -> Made {
        control.made.clone().unwrap_or_else(|| Made {
            version: self.is_made.get().copied().unwrap_or(mapping::VERSION),
            ..Made::of(&self.settings())
        })
    }

    /// Has the writer do something; `bytes` is what it takes while it waits.
    pub(super) async fn write(
        self: &Arc<Self>,
        work: Work,
        bytes: usize,
    ) -> Result<(Done, Visibility), EngineError> {
        let full = || {
            self.counts.writes_refused.fetch_add(1, Ordering::Relaxed);
            EngineError::Overloaded {
                retry_after_s: COME_AGAIN_S,
            }
        };
        if self.is_closed() {
            return Err(closed());
        }
        self.made().await?;
        self.check_writable()?;
        let units = bytes.div_ceil(ROOM_UNIT).clamp(1, ROOM_MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(units as u32);
        let (reply, answer) = oneshot::channel();
        let request = Request {
            work,
            reply,
            room: room.map_err(|_| full())?,
        };
        self.queue().try_send(request).map_err(|_| full())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    fn queue(self: &Arc<Self>) -> mpsc::Sender<Request> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = writer.get_or_insert_with(|| {
            let (queue, requests) = mpsc::channel(REQUESTS_MAX);
            Writer {
                queue,
                task: tokio::spawn(writer::run(Arc::clone(self), requests)),
            }
        });
        writer.queue.clone()
    }

    /// Takes no more writes; what waits is still done.
    pub(super) fn end(&self) -> Option<JoinHandle<()>> {
        self.is_closed.store(true, Ordering::Release);
        if let Some(events) = &self.events {
            drop(events.end());
        }
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        writer.map(|writer| writer.task)
    }

    /// Returns when everything that waits is done, and others may go on with what is not.
    pub(super) async fn close(self: &Arc<Self>) {
        self.leave_work().await;
        let follower = self.events.as_ref().and_then(SiteEvents::end);
        if let Some(follower) = follower
            && let Err(error) = follower.await
        {
            tracing::error!(site.tracker_id = %self.id, %error, "the follower of the site failed");
        }
        if let Some(task) = self.end()
            && let Err(error) = task.await
        {
            tracing::error!(site.tracker_id = %self.id, %error, "the writer of the site failed");
        }
    }
}

/// Made by a server that knows more than this one.
fn of_newer(version: u64) -> EngineError {
    EngineError::Unavailable {
        reason: format!(
            "the index is of version {version}, and this server knows versions up to {}",
            mapping::VERSION
        ),
        retry_after_s: NEWER_COME_AGAIN_S,
    }
}

fn closed() -> EngineError {
    EngineError::Unavailable {
        reason: "the site was closed".to_owned(),
        retry_after_s: COME_AGAIN_S,
    }
}
