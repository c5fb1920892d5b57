//! Where a connection is in its life, and how long it may stay there. Invariant: a connection on
//! which the client owes bytes always has a deadline; one on which we owe the answer has none here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::listen::ConnectionSettings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accepted, nothing came yet.
    Fresh,
    /// Some bytes of a request head came.
    Head,
    /// Requests are being answered; their bodies have deadlines of their own.
    Busy,
    /// Between two requests.
    Idle,
}

/// How requests share a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sharing {
    /// HTTP/1: one after the other.
    #[default]
    InTurn,
    /// HTTP/2: side by side, among frames that are no part of any request.
    SideBySide,
}

/// How long a client may be slower than the rate before it loses its connection. Progress shows in
/// steps: the system's own buffer takes in a lot before it asks for more.
const SLOW_MAX: Duration = Duration::from_secs(20);

/// What a client has left of the time that it may be slow.
#[derive(Clone, Copy, Debug)]
struct Credit {
    left: Duration,
    /// Since when it has been waited for.
    waiting_since: Option<Instant>,
}

impl Credit {
    const FULL: Self = Self {
        left: SLOW_MAX,
        waiting_since: None,
    };

    /// Nothing is taken; when that must be over.
    fn waits(&mut self) -> Instant {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        since + self.left
    }

    fn took(&mut self, bytes: usize, bytes_per_s_min: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let earned = Duration::from_secs_f64(bytes as f64 / bytes_per_s_min.max(1) as f64);
        self.left = SLOW_MAX.min(self.left.saturating_add(earned));
    }
}

/// The phase of one connection, shared by its socket and the bodies that pass over it.
pub(super) struct Pace {
    settings: ConnectionSettings,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    phase: Phase,
    /// Of the phase.
    since: Instant,
    deadline: Option<Instant>,
    /// When the client must have taken some of what is being written to it.
    write_deadline: Option<Instant>,
    credit: Credit,
    /// Another connection has its place.
    gives_way: bool,
    lingers: bool,
    sharing: Sharing,
    /// Requests that are being answered.
    running: usize,
    /// Counts requests, to tell them apart.
    begun: u64,
    /// When the client must have taken more of an answer, by request. HTTP/2 lets it stop taking
    /// one answer without stopping the connection.
    take_deadlines: HashMap<u64, Taking>,
}

/// One answer that is offered to a client.
#[derive(Clone, Copy, Debug)]
struct Taking {
    deadline: Instant,
    credit: Credit,
    /// Of the piece that is offered.
    bytes: usize,
}

impl Pace {
    pub(super) fn new(settings: ConnectionSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(State {
                phase: Phase::Fresh,
                since: Instant::now(),
                deadline: Some(Instant::now() + settings.first_byte_timeout),
                write_deadline: None,
                credit: Credit::FULL,
                gives_way: false,
                lingers: false,
                sharing: Sharing::default(),
                running: 0,
                begun: 0,
                take_deadlines: HashMap::new(),
            }),
            changed: Notify::new(),
        })
    }

    /// Since when nothing has happened that is worth waiting for; `None` while a request is answered, or
    /// its answer is on the way.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.lock();
        let is_idle = state.phase != Phase::Busy && state.write_deadline.is_none();
        is_idle.then_some(state.since)
    }

    /// Ends the connection for the sake of another one.
    pub(super) fn give_way(&self) {
        self.lock().gives_way = true;
        self.changed.notify_one();
    }

    #[cfg(test)]
    pub(super) fn gave_way(&self) -> bool {
        self.lock().gives_way
    }

    /// Completes when the client was too slow or gives way, or, once the server is closing, when the client has
    /// not sent a whole request head. (Idle connections are hyper's to close: an answer may still be
    /// on its way out.)
    pub(super) async fn expired(&self, mut closing: watch::Receiver<bool>) {
        loop {
            let is_closing = *closing.borrow_and_update();
            let (phase, deadline) = self.phase_and_deadline();
            if self.lock().gives_way {
                return;
            }
            if is_closing && matches!(phase, Phase::Fresh | Phase::Head) {
                return;
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return;
            }
            // Deadlines that moved on are seen at the next turn.
            let due = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.changed.notified() => {}
                Ok(()) = closing.changed() => {}
            }
        }
    }

    /// Busy until the last such mark is dropped.
    pub(super) fn request_began(self: &Arc<Self>, is_http2: bool) -> Exchange {
        let mut state = self.lock();
        state.running += 1;
        state.begun += 1;
        if is_http2 {
            state.sharing = Sharing::SideBySide;
        }
        let number = state.begun;
        drop(state);
        self.enter(Phase::Busy, None);
        Exchange {
            pace: Arc::clone(self),
            number,
            is_http2,
        }
    }

    /// Take in what the client still sends before the connection is closed.
    pub(super) fn linger(&self) {
        self.lock().lingers = true;
    }

    pub(super) fn lingers(&self) -> bool {
        self.lock().lingers
    }

    pub(super) fn bytes_came(&self) {
        let is_new_head = {
            let state = self.lock();
            match state.sharing {
                Sharing::InTurn => matches!(state.phase, Phase::Fresh | Phase::Idle),
                // It may be a ping: the idle deadline holds until a whole head has come.
                Sharing::SideBySide => false,
            }
        };
        if is_new_head {
            self.enter(Phase::Head, Some(self.settings.header_timeout));
        }
    }

    /// The client took something of an answer, of which the last part may be on its way.
    pub(super) fn bytes_went(&self, count: usize) {
        let is_tail_of_answer = {
            let mut state = self.lock();
            state.write_deadline = None;
            let rate = self.settings.answer_bytes_per_s_min;
            state.credit.took(count, rate);
            state.phase == Phase::Idle && state.sharing == Sharing::InTurn
        };
        if is_tail_of_answer {
            self.rest();
        }
    }

    /// The client takes nothing at the moment.
    pub(super) fn write_stalled(&self) {
        let mut state = self.lock();
        if state.write_deadline.is_none() {
            let nothing_at_all = Instant::now() + self.settings.idle_timeout;
            let too_slow = state.credit.waits();
            state.write_deadline = Some(nothing_at_all.min(too_slow));
            self.changed.notify_one();
        }
    }

    /// Waits for the next request.
    fn rest(&self) {
        self.enter(Phase::Idle, Some(self.settings.idle_timeout));
    }

    /// A body that is thrown away after its answer looks like the head of the next request.
    pub(super) fn request_body_ended(&self) {
        let was_taken_for_head = self.lock().phase == Phase::Head;
        if was_taken_for_head {
            self.rest();
        }
    }

    fn enter(&self, phase: Phase, time: Option<Duration>) {
        let mut state = self.lock();
        state.phase = phase;
        state.since = Instant::now();
        state.deadline = time.map(|time| Instant::now() + time);
        drop(state);
        self.changed.notify_one();
    }

    fn phase_and_deadline(&self) -> (Phase, Option<Instant>) {
        let state = self.lock();
        let of_connection = [state.deadline, state.write_deadline].into_iter().flatten();
        let of_answers = state.take_deadlines.values().map(|taking| taking.deadline);
        (state.phase, of_connection.chain(of_answers).min())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Plain values: nothing is half done if another holder panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, from its head to the end of its answer or of the client's interest in it.
pub(super) struct Exchange {
    pace: Arc<Pace>,
    number: u64,
    is_http2: bool,
}

impl Exchange {
    pub(super) fn is_http2(&self) -> bool {
        self.is_http2
    }

    /// A piece of the answer is offered to the client, which has taken the one before: this one must be
    /// taken in time.
    pub(super) fn is_offered(&self, bytes: usize) {
        if !self.is_http2 {
            return;
        }
        let settings = &self.pace.settings;
        let nothing_at_all = Instant::now() + settings.idle_timeout;
        let mut state = self.pace.lock();
        let before = state.take_deadlines.get(&self.number).copied();
        let mut credit = before.map_or(Credit::FULL, |before| before.credit);
        if let Some(before) = before {
            credit.took(before.bytes, settings.answer_bytes_per_s_min);
        }
        let deadline = nothing_at_all.min(credit.waits());
        let taking = Taking {
            deadline,
            credit,
            bytes,
        };
        state.take_deadlines.insert(self.number, taking);
        drop(state);
        // A deadline that only moved on is seen when the one before is due.
        if before.is_none_or(|before| deadline < before.deadline) {
            self.pace.changed.notify_one();
        }
    }

    /// The client waits for us.
    pub(super) fn is_awaited(&self) {
        if self.is_http2 {
            self.pace.lock().take_deadlines.remove(&self.number);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.is_awaited();
        let was_last = {
            let mut state = self.pace.lock();
            state.running = state.running.saturating_sub(1);
            state.running == 0
        };
        if was_last {
            self.pace.rest();
        }
    }
}
