//! Puts sites to sleep: those that nobody has used for a while, and those used longest ago where too many are awake. One
//! thread. Invariant: who is used, or has work to do, stays awake.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::engine::embedded::catalog::{Catalog, Shared, Wakefulness};
use crate::engine::embedded::follow::awake;
use crate::engine::embedded::sites::Served;

/// Between two looks, unless somebody is in a hurry.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The same while too many are awake and those that could sleep are at work.
const PRESSED_EVERY: Duration = Duration::from_millis(20);

/// A site whose index has a worker and that was used so short a time ago is being written: sent to sleep between two
/// batches it would commit each of them alone, and fall behind.
const BETWEEN_BATCHES: Duration = Duration::from_secs(2);

/// Of those used longest ago, some may be at work: so many more are asked to sleep than have to.
const TRIES_MORE: usize = 4;

/// The thread; it ends when this is dropped.
pub(in crate::engine::embedded) struct Sleeper {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sleeper {
    pub(in crate::engine::embedded) fn start(
        served: Arc<Served>,
        shared: &Arc<Shared>,
    ) -> Result<Self, std::io::Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let unused_max = served.settings().sleep_after_s;
        let unused_max = (unused_max > 0).then(|| Duration::from_secs(unused_max));
        let keeps = Arc::clone(shared);
        let thread = thread::Builder::new()
            .name("sleep".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    look(&served.catalogs(), &keeps, unused_max);
                    let is_pressed = keeps.wakefulness.too_many() > 0;
                    thread::park_timeout(if is_pressed {
                        PRESSED_EVERY
                    } else {
                        LOOK_EVERY
                    });
                }
            })?;
        shared.wakefulness.set_keeper(thread.thread().clone());
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // One that panicked has told so.
            drop(thread.join());
        }
    }
}

/// Whether it may stay although too many are awake: while no more than twice as many are as should be.
fn is_held_back(catalog: &Catalog, all: &Wakefulness) -> bool {
    let is_being_written =
        || catalog.groups.has_worker() && catalog.presence.unused_for(all) < BETWEEN_BATCHES;
    !all.are_twice_too_many() && is_being_written()
}

fn look(catalogs: &[Arc<Catalog>], shared: &Shared, unused_max: Option<Duration>) {
    let all = &shared.wakefulness;
    let is_unused =
        |catalog: &Catalog| unused_max.is_some_and(|max| catalog.presence.unused_for(all) >= max);
    let mut awake: Vec<&Arc<Catalog>> = { catalogs.iter() }
        .filter(|catalog| catalog.presence.is_awake())
        .collect();
    // The one used longest ago last.
    awake.sort_by_cached_key(|catalog| Reverse(catalog.presence.last_used()));
    let mut tries = all.too_many() + TRIES_MORE;
    while let Some(catalog) = awake.pop() {
        let is_pressed = all.too_many() > 0 && tries > 0 && !is_held_back(catalog, all);
        tries = tries.saturating_sub(1);
        if !is_pressed && !is_unused(catalog) {
            continue;
        }
        if awake::fall_asleep(catalog) {
            tracing::debug!(site.tracker_id = catalog.tracker_id.as_str(), "asleep");
        }
    }
}
