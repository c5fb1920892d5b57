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

/// The phase of one connection, shared by its socket and the bodies that pass over it.
pub(super) struct Pace {
    settings: ConnectionSettings,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    phase: Phase,
    deadline: Option<Instant>,
    /// When the client must have taken some of what is being written to it.
    write_deadline: Option<Instant>,
    lingers: bool,
    sharing: Sharing,
    /// Requests that are being answered.
    running: usize,
    /// Counts requests, to tell them apart.
    begun: u64,
    /// When the client must have taken more of an answer, by request. HTTP/2 lets it stop taking
    /// one answer without stopping the connection.
    take_deadlines: HashMap<u64, Instant>,
}

impl Pace {
    pub(super) fn new(settings: ConnectionSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(State {
                phase: Phase::Fresh,
                deadline: Some(Instant::now() + settings.first_byte_timeout),
                write_deadline: None,
                lingers: false,
                sharing: Sharing::default(),
                running: 0,
                begun: 0,
                take_deadlines: HashMap::new(),
            }),
            changed: Notify::new(),
        })
    }

    /// Completes when the client was too slow, or, once the server is closing, when the client has
    /// not sent a whole request head. (Idle connections are hyper's to close: an answer may still be
    /// on its way out.)
    pub(super) async fn expired(&self, mut closing: watch::Receiver<bool>) {
        loop {
            let is_closing = *closing.borrow_and_update();
            let (phase, deadline) = self.phase_and_deadline();
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
    pub(super) fn bytes_went(&self) {
        let is_tail_of_answer = {
            let mut state = self.lock();
            state.write_deadline = None;
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
            state.write_deadline = Some(Instant::now() + self.settings.idle_timeout);
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
        state.deadline = time.map(|time| Instant::now() + time);
        drop(state);
        self.changed.notify_one();
    }

    fn phase_and_deadline(&self) -> (Phase, Option<Instant>) {
        let state = self.lock();
        let of_connection = [state.deadline, state.write_deadline].into_iter().flatten();
        let of_answers = state.take_deadlines.values().copied();
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

    /// Part of the answer is ready for the client, or taken: the next part must be taken in time.
    pub(super) fn is_offered(&self) {
        if self.is_http2 {
            let deadline = Instant::now() + self.pace.settings.idle_timeout;
            let mut state = self.pace.lock();
            let is_first = state.take_deadlines.insert(self.number, deadline).is_none();
            drop(state);
            if is_first {
                self.pace.changed.notify_one();
            }
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
