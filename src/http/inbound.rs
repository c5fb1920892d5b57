//! The body of a request as it comes in. Invariants: it ends or fails within its time; and what a
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
use tokio::time::Sleep;

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

    fn close(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Wraps the body of one request. `B` is hyper's body everywhere but in tests.
pub(super) struct InboundBody<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    /// Taken when the rest is thrown away.
    inner: Option<B>,
    progress: Progress,
    timeout: Duration,
    /// Set when the body is first asked for.
    deadline: Option<Pin<Box<Sleep>>>,
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
    pub(super) fn new(inner: B, head: &Parts, timeout: Duration) -> (Self, Reuse) {
        let reuse = Reuse::default();
        let expects_continue = head
            .headers
            .get(EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        let body = Self {
            inner: Some(inner),
            progress: Progress::Untouched,
            timeout,
            deadline: None,
            expects_continue,
            is_alone: head.version == Version::HTTP_2,
            reuse: reuse.clone(),
        };
        (body, reuse)
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeout = self.timeout;
        self.deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)))
            .as_mut()
            .poll(cx)
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
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
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
