//! A bounded queue in front of a thread that exists only while there is work.
//! Invariants: at most one thread attends an inbox, and nothing lies in an inbox unattended. An entry
//! takes the room it says it needs, and gives it back by being dropped: no caller says how much.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How much an inbox holds: entries, and their sizes in whatever unit the owner counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) entries: usize,
    pub(super) size: usize,
}

/// What can lie in an inbox: it knows what room it takes, which is asked once, when it is put in.
pub(super) trait Entry {
    /// In whatever unit the owner counts in.
    fn size(&self) -> usize;
}

pub(super) struct Inbox<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// With the sizes they had when they were put in.
    waiting: VecDeque<(T, usize)>,
    /// What waits, and what was taken and holds on to its [`Room`].
    held: Load,
    limit: Load,
    /// Callers of [`Inbox::put_waiting`] that wait for room.
    pressing: usize,
    /// Entries turned away because there was no room.
    refused: u64,
    attended: bool,
    closed: bool,
}

/// What became of a put.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// Somebody is there to take it.
    Attended,
    /// The caller must start the thread that takes it.
    Unattended,
}

/// Why an entry was handed back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused<T> {
    Full(T),
    Closed(T),
}

#[derive(Debug)]
pub(super) enum Taken<'i, T> {
    Entry(T, Room<'i, T>),
    /// Nothing came before the deadline, or nothing can come before room is made.
    Nothing,
    /// Closed, and everything was taken.
    Closed,
}

/// The room of an entry that was taken: what is being worked on counts until this is dropped.
#[must_use = "dropped, it gives its room back"]
pub(super) struct Room<'i, T> {
    inbox: &'i Inbox<T>,
    size: usize,
}

impl<T> Drop for Room<'_, T> {
    fn drop(&mut self) {
        self.inbox.lock().held.give_back(self.size);
        self.inbox.changed.notify_all();
    }
}

impl<T> fmt::Debug for Room<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Room").field(&self.size).finish()
    }
}

impl<T> Inbox<T> {
    pub(super) fn new(limit: Load) -> Self {
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
                attended: false,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Whether an entry of this size would be taken now. Who is told no counts as turned away.
    pub(super) fn would_take(&self, size: usize) -> bool {
        let mut state = self.lock();
        let has_room = state.has_room(size);
        state.refused += u64::from(!has_room);
        has_room
    }

    /// Puts the entry in or hands it back.
    pub(super) fn put(&self, entry: T) -> Result<Put, Refused<T>>
    where
        T: Entry,
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

    /// Puts the entry in, waiting for room. A closed inbox takes it at once: whoever closes waits
    /// for the rest, and a limit would only keep both waiting for each other.
    pub(super) fn put_waiting(&self, entry: T) -> Put
    where
        T: Entry,
    {
        let size = entry.size();
        let mut state = self.lock();
        if !state.has_room(size) {
            state.pressing += 1;
            self.changed.notify_all();
            while !state.closed && state.attended && !state.has_room(size) {
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
        let put = if state.attended {
            Put::Attended
        } else {
            state.attended = true;
            Put::Unattended
        };
        drop(state);
        self.changed.notify_all();
        put
    }

    /// The next entry, waiting for one until the deadline.
    pub(super) fn take(&self, deadline: Option<Instant>) -> Taken<'_, T> {
        let mut state = self.lock();
        loop {
            if let Some((entry, size)) = state.waiting.pop_front() {
                return Taken::Entry(entry, Room { inbox: self, size });
            }
            if state.closed {
                return Taken::Closed;
            }
            let is_late = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if is_late || state.pressing > 0 {
                return Taken::Nothing;
            }
            state = self.wait(state, deadline);
        }
    }

    /// The next entry if it is already there and wanted.
    pub(super) fn take_if(&self, wanted: impl FnOnce(&T) -> bool) -> Option<(T, Room<'_, T>)> {
        let mut state = self.lock();
        let (first, _) = state.waiting.front()?;
        if !wanted(first) {
            return None;
        }
        let (entry, size) = state.waiting.pop_front()?;
        Some((entry, Room { inbox: self, size }))
    }

    /// Whether somebody waits for room.
    pub(super) fn is_pressed(&self) -> bool {
        self.lock().pressing > 0
    }

    /// What is held, and how many entries were turned away.
    pub(super) fn load(&self) -> (Load, u64) {
        let state = self.lock();
        (state.held, state.refused)
    }

    pub(super) fn size_limit(&self) -> usize {
        self.lock().limit.size
    }

    /// Changes how much size may be held from now on.
    pub(super) fn set_size_limit(&self, size: usize) {
        self.lock().limit.size = size;
        self.changed.notify_all();
    }

    /// Takes the attendant's place when nobody holds it, without an entry to take.
    pub(super) fn attend(&self) -> Put {
        let mut state = self.lock();
        if state.attended {
            return Put::Attended;
        }
        state.attended = true;
        Put::Unattended
    }

    /// The attendant goes, unless something came in meanwhile.
    pub(super) fn try_leave(&self) -> bool {
        let mut state = self.lock();
        if !state.waiting.is_empty() {
            return false;
        }
        state.attended = false;
        drop(state);
        self.changed.notify_all();
        true
    }

    /// The attendant is gone, whatever the reason; what still waits is handed out.
    pub(super) fn abandon(&self) -> Vec<T> {
        let mut state = self.lock();
        state.attended = false;
        // What was taken gives its room back by itself, wherever it is.
        let waiting: Vec<(T, usize)> = state.waiting.drain(..).collect();
        for (_, size) in &waiting {
            state.held.give_back(*size);
        }
        drop(state);
        self.changed.notify_all();
        waiting.into_iter().map(|(entry, _)| entry).collect()
    }

    pub(super) fn is_open(&self) -> bool {
        !self.lock().closed
    }

    /// Lets nothing new in; what is in will be taken.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits until no thread attends, or the deadline; whether none does.
    pub(super) fn wait_unattended(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.attended && Instant::now() < deadline {
            state = self.wait(state, Some(deadline));
        }
        !state.attended
    }

    /// Sleeps until the deadline; `false` as soon as the inbox is closed.
    pub(super) fn sleep_while_open(&self, deadline: Instant) -> bool {
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
    /// An empty inbox takes an entry of any size: otherwise a large one could never be done.
    fn has_room(&self, size: usize) -> bool {
        self.held.entries == 0
            || (self.held.entries < self.limit.entries
                && self.held.size.saturating_add(size) <= self.limit.size)
    }
}

/// Starts the thread that attends an inbox. When the thread ends by a panic, or cannot start, what
/// waits goes to `leftover` and the next put starts another one.
pub(super) fn start_attendant<T, C>(
    name: &str,
    context: C,
    inbox: fn(&C) -> &Inbox<T>,
    attend: fn(&C),
    leftover: fn(&C, Vec<T>),
) where
    T: Send + 'static,
    C: Send + 'static,
{
    let attendant = Attendant {
        context,
        inbox,
        leftover,
        left_in_order: false,
    };
    let spawned = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || attendant.run(attend));
    if let Err(error) = spawned {
        tracing::error!(%error, thread = name, "cannot start a thread");
    }
}

struct Attendant<T, C> {
    context: C,
    inbox: fn(&C) -> &Inbox<T>,
    leftover: fn(&C, Vec<T>),
    left_in_order: bool,
}

impl<T, C> Attendant<T, C> {
    fn run(mut self, attend: fn(&C)) {
        attend(&self.context);
        self.left_in_order = true;
    }
}

impl<T, C> Drop for Attendant<T, C> {
    fn drop(&mut self) {
        if !self.left_in_order {
            let left = (self.inbox)(&self.context).abandon();
            (self.leftover)(&self.context, left);
        }
    }
}

#[cfg(test)]
mod tests;
