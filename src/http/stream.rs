//! The socket of a connection. Invariants: its [`Pace`] hears of every byte; and a client whose body
//! was refused unread gets to see the answer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::line_ends::LineEnds;
use super::pace::Pace;

/// How long a connection is kept open to take in what a client still sends after an answer that
/// refused its body: closing with unread bytes resets it, and the answer may be lost on the way.
const LINGER: Duration = Duration::from_secs(2);

/// How much is taken in meanwhile.
const LINGER_BYTES_MAX: usize = 64 << 20;

/// The socket of one connection.
pub(super) struct PacedStream {
    stream: TcpStream,
    pace: Arc<Pace>,
    line_ends: LineEnds,
    /// What ends a head that was refused.
    head_end: &'static [u8],
    lingering: Option<Lingering>,
}

struct Lingering {
    end: Pin<Box<Sleep>>,
    bytes: usize,
}

impl PacedStream {
    pub(super) fn new(stream: TcpStream, pace: Arc<Pace>) -> Self {
        Self {
            stream,
            pace,
            line_ends: LineEnds::new(),
            head_end: b"\r\n\r\n",
            lingering: None,
        }
    }
}

impl Lingering {
    fn begin() -> Self {
        Self {
            end: Box::pin(tokio::time::sleep(LINGER)),
            bytes: 0,
        }
    }

    /// Takes in what comes until the client closes, or enough is enough.
    fn poll(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 16 * 1024];
        while self.bytes <= LINGER_BYTES_MAX {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => self.bytes += buf.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.end.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.line_ends.has_refused() {
            // The library waits for the end of a head before it refuses it; then there is no more.
            let now = self.head_end.len().min(buf.remaining());
            let (end, left) = self.head_end.split_at(now);
            buf.put_slice(end);
            self.head_end = left;
            return Poll::Ready(Ok(()));
        }
        let filled_before = buf.filled().len();
        let outcome = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if buf.filled().len() > filled_before {
            self.line_ends.check(&mut buf.filled_mut()[filled_before..]);
            self.pace.bytes_came();
        }
        Poll::Ready(outcome)
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        match &outcome {
            Poll::Ready(went) => self.pace.bytes_went(*went.as_ref().unwrap_or(&0)),
            Poll::Pending => self.pace.write_stalled(),
        }
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            if !this.pace.lingers() {
                return Poll::Ready(Ok(()));
            }
        }
        let lingering = this.lingering.get_or_insert_with(Lingering::begin);
        lingering.poll(&mut this.stream, cx).map(Ok)
    }
}
