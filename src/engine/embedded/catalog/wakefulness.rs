//! How many sites are awake: have their index, connections to their files and tables in memory. Invariant: who falls
//! asleep was counted as awake, once.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::engine::embedded::index::Learnt;
use crate::engine::stats::IndexStats;

/// So long somebody who wants to open an index waits for others to fall asleep; then all of them are in use.
const ROOM_WAIT: Duration = Duration::from_millis(250);

/// Of all sites.
pub(in crate::engine::embedded) struct Wakefulness {
    max: usize,
    awake: AtomicUsize,
    wakings: AtomicU64,
    /// Puts sites to sleep.
    keeper: Mutex<Option<Thread>>,
    slept: Condvar,
    began: Instant,
}

impl Wakefulness {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max: max.max(1),
            awake: AtomicUsize::new(0),
            wakings: AtomicU64::new(0),
            keeper: Mutex::default(),
            slept: Condvar::new(),
            began: Instant::now(),
        }
    }

    /// Who is to be told when too many are awake.
    pub(in crate::engine::embedded) fn set_keeper(&self, keeper: Thread) {
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
    }

    pub(in crate::engine::embedded) fn awake(&self) -> usize {
        self.awake.load(Ordering::SeqCst)
    }

    /// How often one of them woke up.
    pub(in crate::engine::embedded) fn wakings(&self) -> u64 {
        self.wakings.load(Ordering::Relaxed)
    }

    /// How many there are too many.
    pub(in crate::engine::embedded) fn too_many(&self) -> usize {
        self.awake().saturating_sub(self.max)
    }

    pub(in crate::engine::embedded) fn are_twice_too_many(&self) -> bool {
        self.too_many() > self.max
    }

    /// Waits, for a while, until there are not too many.
    pub(in crate::engine::embedded) fn wait_for_room(&self) {
        let deadline = Instant::now() + ROOM_WAIT;
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        while self.too_many() > 0 && keeper.is_some() && Instant::now() < deadline {
            if let Some(keeper) = &*keeper {
                keeper.unpark();
            }
            let time_left = deadline.saturating_duration_since(Instant::now());
            let waited = self.slept.wait_timeout(keeper, time_left);
            keeper = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn note_waking(&self) {
        self.wakings.fetch_add(1, Ordering::Relaxed);
        if self.too_many() > 0
            && let Some(keeper) = &*self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
        {
            keeper.unpark();
        }
    }

    fn note_asleep(&self) {
        self.awake.fetch_sub(1, Ordering::SeqCst);
        let _keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        self.slept.notify_all();
    }

    fn millis(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }
}

/// Of an index that is closed.
pub(in crate::engine::embedded) struct Asleep {
    pub(in crate::engine::embedded) stats: IndexStats,
    /// `None` of one that was not open since the start.
    pub(in crate::engine::embedded) learnt: Option<Learnt>,
}

/// Of one site.
#[derive(Debug, Default)]
pub(in crate::engine::embedded) struct Presence {
    is_awake: AtomicBool,
    /// Workers that wait for work are to leave.
    is_sent_to_sleep: AtomicBool,
    used_millis: AtomicU64,
}

impl Presence {
    pub(in crate::engine::embedded) fn is_awake(&self) -> bool {
        self.is_awake.load(Ordering::SeqCst)
    }

    /// Takes note that somebody uses the site; whether it was asleep.
    pub(super) fn note_use(&self, all: &Wakefulness) -> bool {
        self.used_millis.store(all.millis(), Ordering::Relaxed);
        self.is_sent_to_sleep.store(false, Ordering::Relaxed);
        // Looked at first: every request comes by here.
        if self.is_awake() {
            return false;
        }
        // Counted before it can fall asleep again.
        all.awake.fetch_add(1, Ordering::SeqCst);
        if self.is_awake.swap(true, Ordering::SeqCst) {
            all.awake.fetch_sub(1, Ordering::SeqCst);
            return false;
        }
        all.note_waking();
        true
    }

    pub(in crate::engine::embedded) fn fall_asleep(&self, all: &Wakefulness) {
        if self.is_awake.swap(false, Ordering::SeqCst) {
            all.note_asleep();
        }
    }

    /// When somebody last used it: a number that grows.
    pub(in crate::engine::embedded) fn last_used(&self) -> u64 {
        self.used_millis.load(Ordering::Relaxed)
    }

    /// For how long nobody has.
    pub(in crate::engine::embedded) fn unused_for(&self, all: &Wakefulness) -> Duration {
        Duration::from_millis(all.millis().saturating_sub(self.last_used()))
    }

    pub(in crate::engine::embedded) fn send_to_sleep(&self) {
        self.is_sent_to_sleep.store(true, Ordering::Relaxed);
    }

    pub(in crate::engine::embedded) fn is_sent_to_sleep(&self) -> bool {
        self.is_sent_to_sleep.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn who_is_used_and_falls_asleep_at_once_is_counted_right() {
        let all = Arc::new(Wakefulness::new(1));
        let site = Arc::new(Presence::default());
        let others: Vec<_> = (0..4)
            .map(|_| {
                let (all, site) = (Arc::clone(&all), Arc::clone(&site));
                std::thread::spawn(move || {
                    let mut woken = 0;
                    for _ in 0..1_000 {
                        woken += u64::from(site.note_use(&all));
                        site.fall_asleep(&all);
                    }
                    woken
                })
            })
            .collect();
        let woken: u64 = { others.into_iter() }
            .map(|other| other.join().unwrap())
            .sum();
        assert_eq!((all.awake(), all.wakings()), (0, woken));
        assert!(woken > 0 && !site.is_awake());
    }

    #[test]
    fn nobody_waits_for_room_where_there_is_some_or_nobody_makes_any() {
        let all = Wakefulness::new(1);
        let sites = [Presence::default(), Presence::default()];
        assert!(sites[0].note_use(&all));
        assert!(!sites[0].note_use(&all), "it was awake");
        all.wait_for_room();
        assert!(sites[1].note_use(&all));
        assert_eq!(all.too_many(), 1);
        all.wait_for_room();
        sites[0].fall_asleep(&all);
        sites[0].fall_asleep(&all);
        assert_eq!((all.awake(), all.too_many()), (1, 0));
    }
}
