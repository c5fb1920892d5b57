//! A bounded queue in front of a thread that exists only while there is work.
//! Invariants: a queue has at most one worker, and nothing lies in a queue without one. An entry
//! takes the room it says it needs, and gives it back by being dropped: no caller says how much.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How much a queue holds: entries, and their sizes in whatever unit the owner counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Load {
    pub(in crate::engine) entries: usize,
    pub(in crate::engine) size: usize,
}

/// What can lie in a queue: it knows what room it takes, which is asked once, when it is put in.
pub(in crate::engine) trait Queued {
    /// In whatever unit the owner counts in.
    fn size(&self) -> usize;
}

pub(in crate::engine) struct WorkQueue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// With the sizes they had when they were put in.
    waiting: VecDeque<(T, usize)>,
    /// What waits, and what was taken and holds on to its [`Room`].
    held: Load,
    limit: Load,
    /// Callers of [`WorkQueue::put_waiting`] that wait for room.
    pressing: usize,
    /// Entries turned away because there was no room.
    refused: u64,
    has_worker: bool,
    /// The worker is to look up from waiting.
    is_nudged: bool,
    closed: bool,
}

/// What became of a put.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) enum Put {
    /// Somebody is there to take it.
    HasWorker,
    /// The caller must start the thread that takes it.
    NeedsWorker,
}

/// Why an entry was handed back.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) enum Refused<T> {
    Full(T),
    Closed(T),
}

#[derive(Debug)]
pub(in crate::engine) enum Taken<'i, T> {
    Entry(T, Room<'i, T>),
    /// Nothing came before the deadline, or nothing can come before room is made.
    Nothing,
    /// Closed, and everything was taken.
    Closed,
}

/// The room of an entry that was taken: what is being worked on counts until this is dropped.
#[must_use = "dropped, it gives its room back"]
pub(in crate::engine) struct Room<'i, T> {
    queue: &'i WorkQueue<T>,
    size: usize,
}

impl<T> Drop for Room<'_, T> {
    fn drop(&mut self) {
        self.queue.lock().held.give_back(self.size);
        self.queue.changed.notify_all();
    }
}

impl<T> fmt::Debug for Room<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Room").field(&self.size).finish()
    }
}

impl<T> WorkQueue<T> {
    pub(in crate::engine) fn new(limit: Load) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                held: Load {
                    entries: 0,
                    size: 0,
                },
                limit,
                pressing: 0,
                refused: 0,
                has_worker: false,
                is_nudged: false,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Whether an entry of this size would be taken now. Who is told no counts as turned away.
    pub(in crate::engine) fn would_take(&self, size: usize) -> bool {
        let mut state = self.lock();
        let has_room = state.has_room(size);
        state.refused += u64::from(!has_room);
        has_room
    }

    /// Puts the entry in or hands it back.
    pub(in crate::engine) fn put(&self, entry: T) -> Result<Put, Refused<T>>
    where
        T: Queued,
    {
        let size = entry.size();
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed(entry));
        }
        if !state.has_room(size) {
            state.refused += 1;
            return Err(Refused::Full(entry));
        }
        Ok(self.accept(state, entry, size))
    }

    /// Puts the entry in, waiting for room. A closed queue takes it at once: whoever closes waits
    /// for the rest, and a limit would only keep both waiting for each other.
    pub(in crate::engine) fn put_waiting(&self, entry: T) -> Put
    where
        T: Queued,
    {
        let size = entry.size();
        let mut state = self.lock();
        if !state.has_room(size) {
            state.pressing += 1;
            self.changed.notify_all();
            while !state.closed && state.has_worker && !state.has_room(size) {
                state = self.wait(state, None);
            }
            state.pressing -= 1;
        }
        self.accept(state, entry, size)
    }

    fn accept(&self, mut state: MutexGuard<'_, State<T>>, entry: T, size: usize) -> Put {
        state.waiting.push_back((entry, size));
        state.held.entries += 1;
        state.held.size += size;
        let put = if state.has_worker {
            Put::HasWorker
        } else {
            state.has_worker = true;
            Put::NeedsWorker
        };
        drop(state);
        self.changed.notify_all();
        put
    }

    /// The next entry, waiting for one until the deadline.
    pub(in crate::engine) fn take(&self, deadline: Option<Instant>) -> Taken<'_, T> {
        let mut state = self.lock();
        loop {
            if let Some((entry, size)) = state.waiting.pop_front() {
                return Taken::Entry(entry, Room { queue: self, size });
            }
            if state.closed {
                return Taken::Closed;
            }
            let is_late = deadline.is_some_and(|deadline| deadline <= Instant::now());
            let is_nudged = std::mem::take(&mut state.is_nudged);
            // Who presses comes in by itself once nothing is held.
            let must_make_room = state.pressing > 0 && state.held.entries > 0;
            if is_late || is_nudged || must_make_room {
                return Taken::Nothing;
            }
            state = self.wait(state, deadline);
        }
    }

    /// The next entry if it is already there and wanted.
    pub(in crate::engine) fn take_if(
        &self,
        wanted: impl FnOnce(&T) -> bool,
    ) -> Option<(T, Room<'_, T>)> {
        let mut state = self.lock();
        let (first, _) = state.waiting.front()?;
        if !wanted(first) {
            return None;
        }
        let (entry, size) = state.waiting.pop_front()?;
        Some((entry, Room { queue: self, size }))
    }

    /// Has a worker that waits for an entry look up: something else may be wanted of it.
    pub(in crate::engine) fn nudge(&self) {
        self.lock().is_nudged = true;
        self.changed.notify_all();
    }

    /// Whether something of this size would have to wait for room.
    pub(in crate::engine) fn would_press(&self, size: usize) -> bool {
        !self.lock().has_room(size)
    }

    /// Has a worker that waits for an entry look up; whether there is a worker.
    pub(in crate::engine) fn send_away(&self) -> bool {
        let has_worker = self.has_worker();
        if has_worker {
            self.nudge();
        }
        has_worker
    }

    pub(in crate::engine) fn has_worker(&self) -> bool {
        self.lock().has_worker
    }

    /// Whether somebody waits for room.
    pub(in crate::engine) fn is_pressed(&self) -> bool {
        self.lock().pressing > 0
    }

    /// What is held, and how many entries were turned away.
    pub(in crate::engine) fn load(&self) -> (Load, u64) {
        let state = self.lock();
        (state.held, state.refused)
    }

    pub(in crate::engine) fn size_limit(&self) -> usize {
        self.lock().limit.size
    }

    /// Changes how much size may be held from now on.
    pub(in crate::engine) fn set_size_limit(&self, size: usize) {
        self.lock().limit.size = size;
        self.changed.notify_all();
    }

    /// Takes the worker's place when nobody holds it, without an entry to take.
    pub(in crate::engine) fn claim(&self) -> Put {
        let mut state = self.lock();
        if state.has_worker {
            return Put::HasWorker;
        }
        state.has_worker = true;
        Put::NeedsWorker
    }

    /// The worker goes, unless something came in meanwhile.
    pub(in crate::engine) fn try_leave(&self) -> bool {
        let mut state = self.lock();
        if !state.waiting.is_empty() {
            return false;
        }
        state.has_worker = false;
        drop(state);
        self.changed.notify_all();
        true
    }

    /// The worker is gone, whatever the reason; what still waits is handed out.
    pub(in crate::engine) fn abandon(&self) -> Vec<T> {
        let mut state = self.lock();
        state.has_worker = false;
        // What was taken gives its room back by itself, wherever it is.
        let waiting: Vec<(T, usize)> = state.waiting.drain(..).collect();
        for (_, size) in &waiting {
            state.held.give_back(*size);
        }
        drop(state);
        self.changed.notify_all();
        waiting.into_iter().map(|(entry, _)| entry).collect()
    }

    pub(in crate::engine) fn is_open(&self) -> bool {
        !self.lock().closed
    }

    /// Lets nothing new in; what is in will be taken.
    pub(in crate::engine) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits until there is no worker, or the deadline; whether there is none.
    pub(in crate::engine) fn wait_without_worker(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.has_worker && Instant::now() < deadline {
            state = self.wait(state, Some(deadline));
        }
        !state.has_worker
    }

    /// Sleeps until the deadline; `false` as soon as the queue is closed.
    pub(in crate::engine) fn sleep_while_open(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while !state.closed && Instant::now() < deadline {
            state = self.wait(state, Some(deadline));
        }
        !state.closed
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State<T>>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, State<T>> {
        match deadline {
            None => self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner),
            Some(deadline) => {
                let time_left = deadline.saturating_duration_since(Instant::now());
                self.changed
                    .wait_timeout(state, time_left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under this lock, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Load {
    /// One entry less, of this size.
    fn give_back(&mut self, size: usize) {
        self.entries -= 1;
        self.size -= size;
    }
}

impl<T> State<T> {
    /// An empty queue takes an entry of any size: otherwise a large one could never be done.
    fn has_room(&self, size: usize) -> bool {
        self.held.entries == 0
            || (self.held.entries < self.limit.entries
                && self.held.size.saturating_add(size) <= self.limit.size)
    }
}
