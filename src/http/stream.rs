//! The socket of a connection, under its deadlines. Invariant: waiting for a client that sends or
//! takes nothing always ends.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::pace::Pace;

/// How long a connection is kept open to take in what a client still sends after an answer that
/// refused its body: closing with unread bytes resets it, and the answer may be lost on the way.
const LINGER: Duration = Duration::from_secs(2);

/// How much is taken in meanwhile.
const LINGER_BYTES_MAX: usize = 64 << 20;

/// The socket of one connection, which ends when the client is too slow.
pub(super) struct PacedStream {
    stream: TcpStream,
    pace: Arc<Pace>,
    alarm: Pin<Box<Sleep>>,
    /// When the client must have taken some of what is being written to it.
    write_deadline: Option<Instant>,
    lingering: Option<Lingering>,
}

struct Lingering {
    until: Instant,
    bytes: usize,
}

impl PacedStream {
    pub(super) fn new(stream: TcpStream, pace: Arc<Pace>) -> Self {
        Self {
            stream,
            pace,
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            write_deadline: None,
            lingering: None,
        }
    }

    fn poll_alarm(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.alarm.deadline() != at {
            self.alarm.as_mut().reset(at);
        }
        self.alarm.as_mut().poll(cx)
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 16 * 1024];
        loop {
            let progress = self.lingering.get_or_insert_with(|| Lingering {
                until: Instant::now() + LINGER,
                bytes: 0,
            });
            let until = progress.until;
            if progress.bytes > LINGER_BYTES_MAX {
                return Poll::Ready(Ok(()));
            }
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    progress.bytes += buf.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return self.poll_alarm(until, cx).map(Ok),
            }
        }
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled_before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(outcome) => {
                if buf.filled().len() > filled_before {
                    self.pace.bytes_came();
                }
                Poll::Ready(outcome)
            }
            Poll::Pending => {
                let Some(deadline) = self.pace.read_deadline() else {
                    return Poll::Pending;
                };
                // As if the client had closed: nobody is there to be told more.
                self.poll_alarm(deadline, cx).map(Ok)
            }
        }
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(outcome) = Pin::new(&mut self.stream).poll_write(cx, buf) {
            self.write_deadline = None;
            return Poll::Ready(outcome);
        }
        let patience = self.pace.write_patience();
        let deadline = *self
            .write_deadline
            .get_or_insert_with(|| Instant::now() + patience);
        ready!(self.poll_alarm(deadline, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if !self.pace.lingers() {
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_linger(cx)
    }
}
