//! What a process has of the events of a site. Invariant: what waits is bounded, in requests and in size.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::lock;
use crate::domain::{ClientId, Event, Identity, ObjectType, Recorded};
use crate::engine::EventSettings;
use crate::engine::events::{CopyError, EventCopy, Shelf};
use crate::engine::stats::EventStats;
use crate::engine::{EngineError, Telling};

/// The texts of the queries that a shop has sent, and when they were looked for.
pub(super) type OwnQueries = Option<(Instant, Arc<HashSet<String>>)>;

/// Size of those, in units of [`ROOM_UNIT`].
pub(super) const ROOM_UNIT: usize = 1 << 10;

/// What is kept of events, and where a process counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedEvents {
    pub settings: EventSettings,
    /// For files that can be made again; several processes may have the same.
    pub folder: PathBuf,
    pub disk_reserve_bytes: u64,
}

/// Where the sites of this process have their files, from the first of them on.
pub(in crate::engine::opensearch) struct Shelves {
    among: PathBuf,
    taken: Mutex<Option<Shelf>>,
}

impl Shelves {
    pub(in crate::engine::opensearch) fn new(among: PathBuf) -> Self {
        Self {
            among,
            taken: Mutex::default(),
        }
    }

    pub(super) fn of_site(&self, site: &str) -> Result<PathBuf, CopyError> {
        let mut taken = lock(&self.taken);
        if let Some(own) = &*taken {
            return Ok(own.of_site(site));
        }
        let own = Shelf::take(&self.among)?;
        let folder = own.of_site(site);
        *taken = Some(own);
        Ok(folder)
    }
}

/// The events of one site.
pub(in crate::engine::opensearch) struct SiteEvents {
    pub(super) settings: EventSettings,
    pub(super) shelves: Arc<Shelves>,
    /// What the log is read and written by.
    pub(super) alias: String,
    pub(super) copy: EventCopy,
    pub(super) room: Arc<Semaphore>,
    pub(super) follower: Mutex<Option<Follower>>,
    /// When all that was in the log was counted here last.
    pub(super) caught_up: Mutex<Option<Instant>>,
    /// When somebody asked for something last.
    pub(super) asked: Mutex<Option<Instant>>,
    /// Stands for clients, once the head of the log was read.
    pub(super) secret: Mutex<Option<[u8; 32]>>,
    /// Types of objects, as far as somebody has looked for them.
    pub(super) types: Mutex<HashMap<Identity, ObjectType>>,
    /// What the shop has sent of queries, as it was seen last.
    pub(super) own: Mutex<OwnQueries>,
    /// When it was seen to it last that nothing is left undone.
    pub(super) looked_after: Mutex<Option<Instant>>,
    /// Why the log is not followed.
    pub(super) trouble: Mutex<Option<String>>,
    pub(super) is_closed: AtomicBool,
    /// Something is done for the log.
    pub(super) is_tending: AtomicBool,
}

pub(super) struct Follower {
    pub(super) queue: mpsc::Sender<Request>,
    pub(super) task: JoinHandle<()>,
}

/// What the follower is asked for.
pub(super) enum Request {
    Record {
        events: Vec<Event>,
        telling: Telling,
        answer: oneshot::Sender<Result<Vec<Recorded>, EngineError>>,
        room: OwnedSemaphorePermit,
    },
    Forget {
        client: ClientId,
        answer: oneshot::Sender<Result<(), EngineError>>,
    },
    /// Catches up, and says so.
    CatchUp(oneshot::Sender<()>),
}

impl SiteEvents {
    pub(in crate::engine::opensearch) fn new(
        counted: &CountedEvents,
        shelves: Arc<Shelves>,
        site: &str,
        alias: String,
    ) -> Self {
        let settings = counted.settings;
        Self {
            settings,
            shelves,
            alias,
            copy: EventCopy::new(settings, site, counted.disk_reserve_bytes),
            room: Arc::new(Semaphore::new(settings.queue_bytes / ROOM_UNIT + 1)),
            follower: Mutex::default(),
            caught_up: Mutex::default(),
            asked: Mutex::default(),
            secret: Mutex::default(),
            types: Mutex::default(),
            own: Mutex::default(),
            looked_after: Mutex::default(),
            trouble: Mutex::default(),
            is_closed: AtomicBool::new(false),
            is_tending: AtomicBool::new(false),
        }
    }

    /// What keeps events from being counted.
    pub(in crate::engine::opensearch) fn problem(&self) -> Option<String> {
        let trouble = lock(&self.trouble).clone();
        let told = trouble.map(|reason| format!("events are not counted: {reason}"));
        told.or_else(|| self.copy.problem())
    }

    pub(in crate::engine::opensearch) fn stats(&self) -> EventStats {
        let all = self.settings.queue_bytes / ROOM_UNIT + 1;
        let free = self.room.available_permits();
        let queue = lock(&self.follower);
        let waiting = queue.as_ref().map_or(0, |follower| {
            follower.queue.max_capacity() - follower.queue.capacity()
        });
        EventStats {
            queue_requests: waiting,
            queue_bytes: all.saturating_sub(free) * ROOM_UNIT,
            behind: lock(&self.caught_up).map(|at| at.elapsed()),
            ..self.copy.stats()
        }
    }

    pub(super) fn since_asked(&self) -> Option<Duration> {
        lock(&self.asked).map(|asked| asked.elapsed())
    }

    /// Takes requests again.
    #[cfg(test)]
    pub(in crate::engine::opensearch) fn begin_again(&self) {
        self.is_closed.store(false, Ordering::Release);
    }

    /// Lets go of its file, as after a while without events.
    #[cfg(test)]
    pub(in crate::engine::opensearch) fn close_file(&self) {
        self.copy.close();
    }

    /// Takes no more; what waits is still done.
    pub(in crate::engine::opensearch) fn end(&self) -> Option<JoinHandle<()>> {
        self.is_closed.store(true, Ordering::Release);
        let follower = lock(&self.follower).take();
        follower.map(|follower| follower.task)
    }
}
