//! What visitors did, counted by every process alike (docs/reference/06-autocomplete-and-others.md §6). The cluster keeps a log
//! of what was done; each process counts its entries in their order, in a file of its own that can be made again, with the
//! code that counts events everywhere (`engine::events`).
//!
//! Invariants: an entry is written under the next free number and nowhere else, by somebody who has counted all before it, so what
//! became of its events is known for certain and is the same for all; what was answered is in the log, or in a copy that
//! the cluster keeps of what was counted up to there.
//!
//! | file | for |
//! |---|---|
//! | `state` | what a process has of a site's events |
//! | `error` | why a log is not followed |
//! | `entry` | an entry as a document, and back |
//! | `event` | one event in it |
//! | `log` | the log in the cluster: its head, entries, copies |
//! | `copies` | what is counted, as the cluster keeps it |
//! | `following` | how the log is followed |
//! | `append`, `waiting` | how entries are written, and what waits to be |
//! | `upkeep` | when copies are made, and what goes then |
//! | `follower` | the task that does all of it |
//! | `found` | what of it searches take: what was chosen, and queries |
//! | `door` | the traits |

mod append;
mod copies;
mod door;
mod entry;
mod error;
mod event;
mod follower;
mod following;
mod found;
mod log;
mod state;
mod upkeep;
mod waiting;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

pub use self::state::CountedEvents;
pub(super) use self::state::{Shelves, SiteEvents};

use self::state::{Follower, Request};
use super::site::OpenSite;
use crate::engine::EngineError;

/// Requests that wait for the follower of a site.
const REQUESTS_MAX: usize = 10_000;
const COME_AGAIN_S: u32 = 1;
/// Between two times that each site is looked after, whoever asks for it.
const LOOK_AFTER_EVERY: Duration = Duration::from_secs(10 * 60);
/// Seconds after which events may come again that find the file full.
const FULL_COME_AGAIN_S: u32 = 60;

impl OpenSite {
    /// Has the log followed from now on, for a while.
    pub(super) fn follow_events(self: &Arc<Self>) {
        if let Some(events) = &self.events {
            *lock(&events.asked) = Some(Instant::now());
            drop(self.follower(events));
        }
    }

    /// Once in a while: does for the log what another process has left undone.
    pub(super) fn look_after_events(self: &Arc<Self>) {
        if let Some(events) = &self.events {
            let mut looked = lock(&events.looked_after);
            if looked.is_none_or(|looked| looked.elapsed() >= LOOK_AFTER_EVERY) {
                *looked = Some(Instant::now());
                drop(looked);
                drop(self.follower(events));
            }
        }
    }

    /// The queue of the follower, which is started where there is none.
    fn follower(self: &Arc<Self>, events: &SiteEvents) -> Option<mpsc::Sender<Request>> {
        let mut place = lock(&events.follower);
        if events.is_closed.load(Ordering::Acquire) {
            return None;
        }
        if let Some(follower) = &*place
            && !follower.queue.is_closed()
        {
            return Some(follower.queue.clone());
        }
        let (queue, requests) = mpsc::channel(REQUESTS_MAX);
        // One that has left is waited for by the next.
        let before = place.take().map(|follower| follower.task);
        *place = Some(Follower {
            queue: queue.clone(),
            task: tokio::spawn(follower::run(Arc::clone(self), requests, before)),
        });
        Some(queue)
    }
}

fn closed() -> EngineError {
    EngineError::Unavailable {
        reason: "the site was closed".to_owned(),
        retry_after_s: COME_AGAIN_S,
    }
}

/// What is behind these locks is whole whatever happens to who holds one.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
