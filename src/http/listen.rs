//! Connections: accepted, capped, timed, and let go on shutdown. Our own loop, because `axum::serve`
//! has neither a cap nor timeouts. Invariant: a bad connection ends alone.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::pace::Pace;
use super::paced_body::{PacedBody, PacedIncoming};
use super::seats::{Seat, ShareTaken};
use super::stream::PacedStream;
use super::transport::{OfConnection, Transport};

/// Most bytes of a request head (431 above), and of a body held by the connection itself. Twice what
/// the longest URL of the reference takes (docs/reference/07-http-principles.md §7: 32 KiB), and room for headers.
const HEAD_BYTES_MAX: usize = 128 * 1024;

/// What one HTTP/2 connection may do; clients use as many connections as they like, up to the cap.
mod http2 {
    use std::time::Duration;

    /// Requests that are answered at a time; further ones wait at the client.
    pub(super) const STREAMS_MAX: u32 = 16;

    /// Unread bytes of request bodies that we hold, in each request and in all of a connection.
    pub(super) const WINDOW_BYTES: u32 = 256 * 1024;

    /// Bytes of one answer that wait to be sent.
    pub(super) const SEND_BYTES_MAX: usize = 64 * 1024;

    /// Requests that were called off before we came to them. More at a time is no change of mind
    /// but an attack ("rapid reset"), and ends the connection.
    pub(super) const PENDING_RESETS_MAX: usize = 20;

    /// Requests that we had to call off because of what the client did wrong in them. Then the
    /// connection ends.
    pub(super) const ERROR_RESETS_MAX: usize = 100;

    /// Between two questions whether the client is still there.
    pub(super) const PING_INTERVAL: Duration = Duration::from_secs(20);

    /// For the client to say so.
    pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(20);
}

/// Bytes of answers that the system holds for a connection; it sets aside twice as much.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// Pause after the system refused a connection, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How slow a connection may be.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionSettings {
    /// From accepting to the first byte.
    pub first_byte_timeout: Duration,
    /// From the first byte of a request head to its last.
    pub header_timeout: Duration,
    /// Between two requests; also how long a client may take nothing of an answer.
    pub idle_timeout: Duration,
    /// A client that takes its answers more slowly, for longer than a while, is cut off.
    pub answer_bytes_per_s_min: usize,
}

/// Serves connections until `shutdown` completes, then lets running requests finish, for at most
/// `drain_timeout`. Idle connections are closed at once.
pub async fn listen(
    listener: TcpListener,
    settings: ConnectionSettings,
    transport: Arc<Transport>,
    shutdown: impl Future<Output = ()>,
    drain_timeout: Duration,
) {
    let graceful = GracefulShutdown::new();
    let (close, closing) = watch::channel(false);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer, pace, seat) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, settings, &transport) => accepted,
        };
        let connection = Connection {
            stream,
            peer,
            pace,
            transport: Arc::clone(&transport),
            closing: closing.clone(),
        };
        tokio::spawn(connection.serve(seat, graceful.watcher()));
    }
    drop(listener);
    close.send_replace(true);
    let drained = tokio::time::timeout(drain_timeout, graceful.shutdown()).await;
    if drained.is_err() {
        tracing::warn!("some requests did not finish before the shutdown");
    }
}

/// The next connection that has a place.
async fn accept(
    listener: &TcpListener,
    settings: ConnectionSettings,
    transport: &Transport,
) -> (TcpStream, SocketAddr, Arc<Pace>, Seat) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let pace = Pace::new(settings);
                match transport.seat(peer.ip(), &pace).await {
                    Ok(seat) => return (stream, peer, pace, seat),
                    Err(ShareTaken) => {
                        tracing::debug!(%peer, "connection closed: its address has its share");
                    }
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    pace: Arc<Pace>,
    transport: Arc<Transport>,
    closing: watch::Receiver<bool>,
}

impl Connection {
    async fn serve(self, seat: Seat, watcher: Watcher) {
        // Answers are written whole; waiting to fill a packet only delays them.
        if let Err(error) = self.stream.set_nodelay(true) {
            tracing::debug!(peer = %self.peer, %error, "cannot set TCP_NODELAY");
        }
        // What the system holds of answers is bounded, too, and shows soon whether they are taken.
        if let Err(error) = set_socket_send_buffer_size(&self.stream, SEND_BUFFER_BYTES) {
            tracing::debug!(peer = %self.peer, %error, "cannot set SO_SNDBUF");
        }
        let pace = self.pace;
        let stream = PacedStream::new(self.stream, Arc::clone(&pace));
        let transport = self.transport;
        let service = service_fn({
            let pace = Arc::clone(&pace);
            let from = transport.connection(self.peer.ip());
            move |request| {
                answer(
                    Arc::clone(&transport),
                    Arc::clone(&pace),
                    from.clone(),
                    request,
                )
            }
        });
        let builder = protocols();
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            ended = watcher.watch(connection) => if let Err(error) = ended {
                tracing::debug!(peer = %self.peer, %error, "connection ended early");
            },
            () = pace.expired(self.closing) => {
                tracing::debug!(peer = %self.peer, "connection was too slow, or gave way");
            }
        }
        drop(seat);
    }
}

/// HTTP/1, or HTTP/2 when the connection begins with its preface.
fn protocols() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // One timeout for the wait and the head is not enough: see `pace`.
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(http2::STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .initial_stream_window_size(http2::WINDOW_BYTES)
        .initial_connection_window_size(http2::WINDOW_BYTES)
        .max_send_buf_size(http2::SEND_BYTES_MAX)
        .max_pending_accept_reset_streams(http2::PENDING_RESETS_MAX)
        .max_local_error_reset_streams(http2::ERROR_RESETS_MAX)
        .keep_alive_interval(http2::PING_INTERVAL)
        .keep_alive_timeout(http2::PING_TIMEOUT);
    builder
}

async fn answer(
    transport: Arc<Transport>,
    pace: Arc<Pace>,
    from: OfConnection,
    request: Request<Incoming>,
) -> Result<Response<PacedBody>, Infallible> {
    let exchange = pace.request_began(request.version() == Version::HTTP_2);
    let request = request.map(|body| PacedIncoming::new(body, Arc::clone(&pace)));
    let answer = transport.answer(&from, request).await;
    if answer.must_close {
        pace.linger();
    }
    let forwarded = answer.forwarded;
    let paced = |body| PacedBody::new(body, exchange, forwarded);
    Ok(answer.response.map(paced))
}
