//! Where a connection is in its life, and how long it may stay there. Invariant: a connection on
//! which the client owes bytes always has a deadline; one on which we owe the answer has none here.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::listen::ConnectionSettings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accepted, nothing came yet.
    Fresh,
    /// Some bytes of a request head came.
    Head,
    /// A request is being answered; its body has a deadline of its own.
    Busy,
    /// Between two requests.
    Idle,
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

    pub(super) fn request_began(&self) {
        self.enter(Phase::Busy, None);
    }

    /// Take in what the client still sends before the connection is closed.
    pub(super) fn linger(&self) {
        self.lock().lingers = true;
    }

    pub(super) fn lingers(&self) -> bool {
        self.lock().lingers
    }

    pub(super) fn bytes_came(&self) {
        let is_new_head = matches!(self.lock().phase, Phase::Fresh | Phase::Idle);
        if is_new_head {
            self.enter(Phase::Head, Some(self.settings.header_timeout));
        }
    }

    /// The client took something of an answer, of which the last part may be on its way.
    pub(super) fn bytes_went(&self) {
        self.lock().write_deadline = None;
        let is_tail_of_answer = self.lock().phase == Phase::Idle;
        if is_tail_of_answer {
            self.answer_ended();
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

    fn answer_ended(&self) {
        self.enter(Phase::Idle, Some(self.settings.idle_timeout));
    }

    /// A body that is thrown away after its answer looks like the head of the next request.
    fn request_body_ended(&self) {
        let was_taken_for_head = self.lock().phase == Phase::Head;
        if was_taken_for_head {
            self.answer_ended();
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
        let deadlines = [state.deadline, state.write_deadline];
        (state.phase, deadlines.into_iter().flatten().min())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Plain values: nothing is half done if another holder panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of an answer; when it is gone, the connection waits for the next request.
pub(super) struct PacedBody {
    body: Body,
    pace: Arc<Pace>,
}

impl PacedBody {
    pub(super) fn new(body: Body, pace: Arc<Pace>) -> Self {
        Self { body, pace }
    }
}

impl http_body::Body for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for PacedBody {
    fn drop(&mut self) {
        self.pace.answer_ended();
    }
}

/// The body of a request as hyper gives it.
pub(super) struct PacedIncoming {
    body: Incoming,
    pace: Arc<Pace>,
}

impl PacedIncoming {
    pub(super) fn new(body: Incoming, pace: Arc<Pace>) -> Self {
        Self { body, pace }
    }
}

impl http_body::Body for PacedIncoming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for PacedIncoming {
    fn drop(&mut self) {
        self.pace.request_body_ended();
    }
}
