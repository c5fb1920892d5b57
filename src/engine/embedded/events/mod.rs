//! What visitors of a site did, counted (docs/reference/06-autocomplete-and-others.md §6): a file of its own beside
//! the catalog's store, one thread that writes it, and tables in memory of what is popular. Invariants: an event that
//! was answered is on the disk; nothing here is waited for by a write or a search; a client is known by a keyed
//! digest alone.
//!
//! | file | for |
//! |---|---|
//! | `settings`, `figures` | what is kept and for how long; what happened |
//! | `file` | the SQLite file and its tables |
//! | `work`, `desk` | the queue, and the thread that takes what waits as one transaction |
//! | `counting`, `tally` | what one event counts for; all that a batch counts, written at once |
//! | `numbers`, `keys` | objects and queries by number, clients and events by digest |
//! | `sessions` | what clients were shown lately, in memory and in the file |
//! | `clients` | what is kept of each client, and how it is forgotten |
//! | `live` | the last 30 days in memory: popular objects and queries, suggestions |
//! | `housekeeping` | what goes when its time is over |
//! | `door` | the trait |
//! | `check` | whether a file is whole; what a report says of it |

pub mod check;
mod clients;
mod counting;
mod desk;
mod door;
mod figures;
mod file;
mod housekeeping;
mod keys;
mod live;
mod numbers;
mod sessions;
mod settings;
mod tally;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests;
mod work;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

pub use settings::EventSettings;

use super::inbox::{Inbox, Load};
use desk::Desk;
use figures::Counts;
use live::Live;
use work::Work;

pub(super) use work::look;

/// Requests that may wait; their size is bounded by a setting.
const QUEUE_ENTRIES: usize = 10_000;

/// The events of one site.
pub(super) struct EventLog {
    settings: EventSettings,
    queue: Inbox<Work>,
    /// Opened with the first event, given up when nothing happens for long.
    desk: Mutex<Option<Desk>>,
    /// `None` until somebody needs it.
    live: RwLock<Option<Live>>,
    counts: Counts,
    /// Why nothing was written last; gone when something is.
    trouble: Mutex<Option<Trouble>>,
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
            queue: Inbox::new(Load {
                entries: QUEUE_ENTRIES,
                size: settings.queue_bytes,
            }),
            desk: Mutex::default(),
            live: RwLock::default(),
            counts: Counts::default(),
            trouble: Mutex::default(),
        }
    }

    /// What keeps events from being counted.
    pub(super) fn problem(&self) -> Option<String> {
        let trouble = lock(&self.trouble);
        let reason = &trouble.as_ref()?.reason;
        Some(format!("events are not counted: {reason}"))
    }

    /// Lets nothing more in, counts what is in, and ends the thread.
    pub(super) fn close(&self, deadline: Instant) {
        self.queue.close();
        if self.queue.wait_unattended(deadline) {
            *lock(&self.desk) = None;
        }
    }

    fn live(&self) -> RwLockReadGuard<'_, Option<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the tables, where they are there.
    fn with_live(&self, change: impl FnOnce(&mut Option<Live>)) {
        change(&mut self.live.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether a site has counted anything yet.
fn has_file(site_folder: &Path) -> bool {
    file::path(site_folder).is_file()
}

/// What is behind these locks is whole whatever a thread with one of them died of: a desk that failed is given up.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
