//! What visitors of a site did, counted (docs/reference/06-autocomplete-and-others.md §6): a file of its own beside
//! the catalog's store, one thread that writes it, and tables in memory of what is popular. Invariants: an event that
//! was answered is on the disk; nothing here is waited for by a write or a search; a client is known by a keyed
//! digest alone.
//!
//! | file | for |
//! |---|---|
//! | `settings` | what is kept, and for how long |
//! | `figures` | what happened, and how much is held |
//! | `file` | the SQLite file and its tables |
//! | `work`, `desk`, `batch` | what may wait, the open file, what waited done in one transaction |
//! | `counting`, `tally` | what one event counts for; all that a batch counts, written at once |
//! | `groups` | counters of A/B variants and contexts |
//! | `numbers`, `keys` | objects and queries by number, clients and events by digest |
//! | `sessions` | what clients were shown lately, in memory and in the file |
//! | `clients` | what is kept of each client, and how it is forgotten |
//! | `baskets`, `companions` | what was bought together, in weeks; what goes with what, made of it in the background |
//! | `learning` | the turns in which it is made |
//! | `live` | the last 30 days in memory: popular objects and queries, suggestions, what was chosen after a query |
//! | `housekeeping`, `names`, `slices` | what goes when its time is over, step by step: counters; queries and objects without any |
//! | `clearing`, `horizon` | the turns in which it goes; what time that is believed to be |
//! | `refreshing` | that the tables in memory are brought to today, once |
//! | `look`, `reading` | what is read of it for answers, and what is done when that fails |
//! | `room` | what the file may take, and what it leaves of the disk |
//! | `found` | queries among what a search finds |
//! | `copy`, `mark` | a copy of a log that is kept elsewhere, and how far it is |
//! | `check` | whether a file is whole; what a report says of it |

mod baskets;
mod batch;
pub(super) mod check;
mod clearing;
mod clients;
mod companions;
mod copy;
mod counting;
mod desk;
mod figures;
mod file;
pub(in crate::engine) mod found;
mod groups;
mod horizon;
mod housekeeping;
mod keys;
mod learning;
mod live;
mod look;
mod mark;
mod names;
mod numbers;
mod reading;
mod refreshing;
mod room;
mod sessions;
mod settings;
mod slices;
mod tally;
mod work;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use tokio::sync::futures::Notified;

use super::queue::{Load, WorkQueue};
use super::sqlite::{Severity, StoreError};
use crate::domain::Timestamp;
use desk::Desk;
use figures::{Counts, ModelFigures};
use horizon::Horizon;
use tally::Tally;

pub(in crate::engine) use copy::{CopyError, Deed, Entry, EventCopy, Shelf};
pub(super) use file::path;
pub(in crate::engine) use keys::{new_secret, pseudonym};
pub(in crate::engine) use live::{Live, ShownQuery};
pub(super) use look::{companions_of, history_of, read_live, searched_by};
pub(in crate::engine) use mark::Mark;
pub(super) use numbers::KnownObjects;
pub(super) use refreshing::Asked;
use refreshing::Refreshing;
pub use settings::EventSettings;
pub(super) use work::Work;
pub(in crate::engine) use work::size_of_events;

/// Requests that may wait; their size is bounded by a setting.
const QUEUE_ENTRIES: usize = 10_000;

const NO_DAY: i64 = i64::MIN;

/// The events of one site.
pub(super) struct EventLog {
    settings: EventSettings,
    pub(super) queue: WorkQueue<Work>,
    /// Opened with the first event, given up when nothing happens for long.
    desk: Mutex<Option<Desk>>,
    /// `None` until somebody needs it.
    live: RwLock<Option<Live>>,
    /// The day that `live` is of, for who waits for no lock; [`NO_DAY`] where there is none.
    live_day: AtomicI64,
    refreshing: Arc<Refreshing>,
    /// Whether a round of housekeeping goes on.
    has_to_clear: AtomicBool,
    horizon: Mutex<Horizon>,
    counts: Counts,
    model: ModelFigures,
    /// Why nothing was written last; gone when something is.
    trouble: Mutex<Option<Trouble>>,
    /// Why something could not be read last, and whether that stays so.
    unread: Mutex<Option<Trouble>>,
    /// Since it was opened to be written.
    file_bytes: AtomicU64,
    /// Whether somebody has looked through the file since the start.
    is_examined: AtomicBool,
}

/// What counting needs to know of the site it is done for.
pub(super) struct Surroundings<'s> {
    pub(super) folder: &'s Path,
    /// Which objects there are.
    pub(super) catalog: &'s dyn KnownObjects,
    pub(super) disk_reserve_bytes: u64,
    pub(super) now: Timestamp,
}

struct Trouble {
    reason: String,
    /// Nobody can say any more what is on the disk: nothing is counted until the next start.
    is_final: bool,
}

impl EventLog {
    pub(super) fn new(settings: EventSettings) -> Self {
        Self {
            settings,
            queue: WorkQueue::new(Load {
                entries: QUEUE_ENTRIES,
                size: settings.queue_bytes,
            }),
            desk: Mutex::default(),
            live: RwLock::default(),
            live_day: AtomicI64::new(NO_DAY),
            refreshing: Arc::default(),
            has_to_clear: AtomicBool::default(),
            horizon: Mutex::default(),
            counts: Counts::default(),
            model: ModelFigures::default(),
            trouble: Mutex::default(),
            unread: Mutex::default(),
            file_bytes: AtomicU64::default(),
            is_examined: AtomicBool::default(),
        }
    }

    /// What keeps events from being counted, or what was counted from being read.
    pub(super) fn problem(&self) -> Option<String> {
        let trouble = lock(&self.trouble).as_ref().map(|it| it.reason.clone());
        let trouble = trouble.or_else(|| self.full().map(|full| full.to_string()));
        if let Some(reason) = trouble {
            return Some(format!("events are not counted: {reason}"));
        }
        let unread = lock(&self.unread);
        let unread = unread.as_ref().filter(|unread| unread.is_final)?;
        Some(format!("events cannot be read: {}", unread.reason))
    }

    /// Lets nothing more in, counts what is in, and ends the thread.
    pub(super) fn close(&self, deadline: Instant) {
        self.queue.close();
        if self.queue.wait_without_worker(deadline) {
            *lock(&self.desk) = None;
        }
    }

    /// Closes the file and lets go of the tables: the file says it all. Its worker is gone.
    pub(super) fn fall_asleep(&self) {
        if let Ok(mut desk) = self.desk.try_lock() {
            *desk = None;
        }
        self.model
            .note_reported(self.live().as_ref().map(Live::reported));
        self.live_day.store(NO_DAY, Ordering::Release);
        let mut place = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let old = place.take();
        drop(place);
        drop(old);
    }

    /// Held for looking at memory and no longer: who counts waits for it, and everybody waits behind who counts. So
    /// nothing is read of a disk meanwhile, and no async thread takes it.
    pub(super) fn live(&self) -> RwLockReadGuard<'_, Option<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something while nobody else has the open file.
    #[cfg(test)]
    pub(super) fn holding_file<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        let _held = lock(&self.desk);
        meanwhile()
    }

    /// As after a start.
    #[cfg(test)]
    pub(super) fn forget_live(&self) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.live_day.store(NO_DAY, Ordering::Release);
    }

    /// Does something while nobody else has the tables, as who counts does.
    #[cfg(test)]
    pub(super) fn holding_live<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        let _held = self.live.write().unwrap_or_else(PoisonError::into_inner);
        meanwhile()
    }

    /// What has the tables brought to today; `None` where that is under way.
    pub(super) fn ask_refresh(&self) -> Option<Asked> {
        Refreshing::ask(&self.refreshing)
    }

    /// Since when it is, if it is.
    pub(super) fn refreshing_since(&self) -> Option<Instant> {
        self.refreshing.since()
    }

    /// The end of what is under way.
    pub(super) fn refreshed(&self) -> Notified<'_> {
        self.refreshing.ended()
    }

    /// The day that the tables are of, where they are there. Waits for nobody.
    pub(super) fn live_day(&self) -> Option<i64> {
        let day = self.live_day.load(Ordering::Acquire);
        (day != NO_DAY).then_some(day)
    }

    /// Adds to the tables what a batch counted, where they are there.
    fn add_to_live(&self, tally: &Tally) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = live.as_mut() {
            live.apply(tally);
        }
    }

    /// Puts others in the place of the tables.
    fn set_live(&self, live: Live) {
        let day = live.today;
        let mut place = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let old = place.replace(live);
        drop(place);
        self.live_day.store(day, Ordering::Release);
        // Many small pieces, which nobody waits for.
        drop(old);
    }
}

/// Whether a site has counted anything yet. What is there and cannot be opened, as on a disk that is not there, may
/// be what it counted.
fn has_file(site_folder: &Path) -> bool {
    let found = file::path(site_folder).symlink_metadata();
    !found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Whether an error puts in doubt what the file holds. So does a column of another type than its table has.
fn is_final(error: &StoreError) -> bool {
    let is_of_a_type = matches!(
        error,
        StoreError::Sqlite(
            rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        )
    );
    is_of_a_type || error.severity() == Severity::Final
}

/// What is behind these locks is whole whatever a thread with one of them died of: a desk that failed is given up.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
