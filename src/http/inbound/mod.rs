//! The body of a request as it comes in. Invariants: it ends or fails within its time, and comes
//! no more slowly than it must; and what a
//! handler left unread is either taken off the connection, so that the next request on it can be
//! served, or the connection is closed after the answer. (HTTP/2 needs neither: there the client is
//! told to stop sending this one body.)

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::Version;
use axum::http::header::EXPECT;
use axum::http::request::Parts;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep};

/// An unread rest up to this size is read and thrown away. Above the default body limits, compressed or
/// not, so that a batch with a stale signature, or one byte too large, costs the client no new connection.
pub(super) const DRAIN_BYTES_MAX: u64 = 12 << 20;

/// How long throwing away may take; then the connection is closed.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The body did not end within its time.
#[derive(Debug, thiserror::Error)]
#[error("body did not arrive in time")]
pub(super) struct TimedOut;

/// Whether the connection can serve another request after this one. Shared between the body, which
/// finds out, and the answer, which says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Reuse(Arc<AtomicBool>);

impl Reuse {
    pub(super) fn must_close(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How slowly a body may come.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyPace {
    /// From when it is first asked for to its end.
    pub(super) timeout: Duration,
    pub(super) bytes_per_s_min: usize,
}

/// How long a body may come more slowly than it must.
const SLOW_MAX: Duration = Duration::from_secs(5);

/// Wraps the body of one request. `B` is hyper's body everywhere but in tests.
pub(super) struct InboundBody<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    /// Taken when the rest is thrown away.
    inner: Option<B>,
    progress: Progress,
    pace: BodyPace,
    /// Bytes that came.
    came: usize,
    /// Time that was spent waiting for the client, and since when it is being spent.
    waited: Duration,
    waiting_since: Option<Instant>,
    /// When the body must have come whole, set when it is first asked for.
    end: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    /// The client waits for `100 Continue` before it sends anything.
    expects_continue: bool,
    /// Other requests on the connection do not wait behind this body.
    is_alone: bool,
    reuse: Reuse,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Untouched,
    Reading,
    Ended,
    Failed,
}

impl<B> InboundBody<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    pub(super) fn new(inner: B, head: &Parts, pace: BodyPace) -> (Self, Reuse) {
        let reuse = Reuse::default();
        let expects_continue = head
            .headers
            .get(EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        let body = Self {
            inner: Some(inner),
            progress: Progress::Untouched,
            pace,
            came: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            end: None,
            alarm: None,
            expects_continue,
            is_alone: head.version == Version::HTTP_2,
            reuse: reuse.clone(),
        };
        (body, reuse)
    }

    /// The client sent something, or ended.
    fn is_served(&mut self, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
        self.came += bytes;
    }

    /// Nothing comes at the moment: ready when nothing more is waited for.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeout = self.pace.timeout;
        let end = *self.end.get_or_insert_with(|| Instant::now() + timeout);
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let for_bytes = self.came as f64 / self.pace.bytes_per_s_min.max(1) as f64;
        let may_wait = SLOW_MAX + Duration::from_secs_f64(for_bytes);
        let too_slow = since + may_wait.saturating_sub(self.waited);
        let deadline = end.min(too_slow);
        let alarm = self
            .alarm
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(cx)
    }
}

impl<B> Body for InboundBody<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        if this.progress == Progress::Untouched {
            this.progress = Progress::Reading;
        }
        match Pin::new(inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.is_served(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                this.progress = Progress::Failed;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                this.progress = Progress::Ended;
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(this.poll_deadline(cx));
                this.progress = Progress::Failed;
                Poll::Ready(Some(Err(TimedOut.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl<B> Drop for InboundBody<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    fn drop(&mut self) {
        let Some(rest) = self.inner.take() else {
            return;
        };
        if self.is_alone || self.progress == Progress::Ended || rest.is_end_stream() {
            return;
        }
        // Asking a client that waits for `100 Continue` for the rest would make it send one.
        let never_invited = self.expects_continue && self.progress == Progress::Untouched;
        let too_much = rest.size_hint().lower() > DRAIN_BYTES_MAX;
        let runtime = tokio::runtime::Handle::try_current();
        match runtime {
            Ok(runtime) if self.progress != Progress::Failed && !never_invited && !too_much => {
                // Beside the answer, not before it: a client that sent the head alone gets its
                // answer at once. When it fails, dropping the rest closes the connection.
                runtime.spawn(tokio::time::timeout(DRAIN_TIMEOUT, throw_away(rest)));
            }
            _ => self.reuse.close(),
        }
    }
}

async fn throw_away<B: Body<Data = Bytes> + Unpin>(mut rest: B) {
    let mut thrown_away: u64 = 0;
    while let Some(Ok(frame)) = rest.frame().await {
        thrown_away += frame.data_ref().map_or(0, |data| data.len() as u64);
        if thrown_away > DRAIN_BYTES_MAX {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
