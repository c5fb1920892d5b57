//! The bodies that pass over a connection. Invariant: its [`Pace`] hears when each begins to wait for
//! the client, and when it is gone.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::pace::{Exchange, Pace};
use super::seats::Forwarded;

/// Longest piece of an answer given to HTTP/2 at a time. It asks for the next one when the client
/// has taken the last, so that a client is seen to take an answer, or not.
const HTTP2_PIECE_BYTES: usize = 16 * 1024;

/// The same for HTTP/1, which copies what it is given and asks for more while it holds less than twice
/// this much.
const HTTP1_PIECE_BYTES: usize = 64 * 1024;

/// The body of an answer; when it is gone, its request is done with.
pub(super) struct PacedBody {
    body: Body,
    /// Of the last frame, what was not given out yet.
    rest: Bytes,
    exchange: Exchange,
    /// The place of its request, where a proxy asks for its client.
    _forwarded: Option<Forwarded>,
}

impl PacedBody {
    pub(super) fn new(body: Body, exchange: Exchange, forwarded: Option<Forwarded>) -> Self {
        exchange.is_offered(0);
        Self {
            body,
            rest: Bytes::new(),
            exchange,
            _forwarded: forwarded,
        }
    }

    /// At most one piece of the data, the rest kept for the next time.
    fn piece_of(&mut self, mut data: Bytes) -> Bytes {
        let most = if self.exchange.is_http2() {
            HTTP2_PIECE_BYTES
        } else {
            HTTP1_PIECE_BYTES
        };
        if data.len() > most {
            self.rest = data.split_off(most);
        }
        self.exchange.is_offered(data.len());
        data
    }
}

impl http_body::Body for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if !this.rest.is_empty() {
            let rest = std::mem::take(&mut this.rest);
            return Poll::Ready(Some(Ok(Frame::data(this.piece_of(rest)))));
        }
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Pending => {
                this.exchange.is_awaited();
                Poll::Pending
            }
            Poll::Ready(frame) => {
                let frame = frame.map(|frame| {
                    frame.map(|frame| match frame.into_data() {
                        Ok(data) => Frame::data(this.piece_of(data)),
                        Err(trailers) => {
                            this.exchange.is_offered(0);
                            trailers
                        }
                    })
                });
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + rest);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
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
