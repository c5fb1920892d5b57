//! Memory of answers that clients have yet to take, all connections together. Invariant: every byte of
//! an answer that waits for a client is counted for as long as it is in memory, and what a stranger asks
//! for never grows beyond the budget.

mod source;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::body::Proof;
use super::json;
use super::retry_after::{ANSWER_RETRY_AFTER_S, to_be_retried};
pub use source::SourceRoom;

/// An answer is written in pieces of this many bytes, each of which is given back when it was taken.
const PIECE_BYTES: usize = 64 * 1024;

/// Answers up to this size have room that larger ones leave alone: a few that nobody takes do not keep
/// out the many that are ordinary.
const SMALL_BYTES_MAX: usize = 256 * 1024;

/// Part of the budget that is for small answers.
const SMALL_PART: usize = 4;

/// Memory that answers may take together.
#[derive(Clone, Debug)]
pub struct AnswerBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes_max: usize,
    connection_bytes_max: usize,
    /// Of everything below, too: what is taken changes at several places at once.
    taken: Mutex<usize>,
    /// Of what the answers are written from that those ask for who have proven who they are.
    proven_sources: Mutex<usize>,
}

/// What the answers on one connection have taken.
#[derive(Clone, Debug)]
pub(super) struct ConnectionAnswers {
    budget: AnswerBudget,
    taken: Arc<Mutex<usize>>,
}

/// Room for one answer. A request extension.
#[derive(Clone, Debug)]
pub struct AnswerRoom(Arc<OfAnswer>);

#[derive(Debug)]
struct OfAnswer {
    connection: ConnectionAnswers,
    /// Knows whether somebody is asking who has proven who they are.
    asking: Proof,
    taken: Mutex<OfOne>,
}

#[derive(Debug, Default)]
struct OfOne {
    now: usize,
    /// All that was ever taken: how large the answer is, as far as it is made.
    ever: usize,
    /// It is written from one object that is larger than the budget.
    is_oversized: bool,
}

/// Part of the budget, given back when it is dropped.
#[derive(Debug)]
struct Share {
    of: Arc<OfAnswer>,
    bytes: usize,
}

/// Too many answers wait for their clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many answers wait for their clients")]
pub struct NoRoom;

/// The same words in every dialect (docs/reference/07-http-principles.md §4).
impl IntoResponse for NoRoom {
    fn into_response(self) -> Response {
        let refused = json::error(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable");
        to_be_retried(refused, ANSWER_RETRY_AFTER_S)
    }
}

impl AnswerBudget {
    pub fn new(bytes_max: usize, connection_bytes_max: usize) -> Self {
        Self(Arc::new(Shared {
            bytes_max,
            connection_bytes_max,
            taken: Mutex::default(),
            proven_sources: Mutex::default(),
        }))
    }

    /// Bytes that are taken.
    pub fn bytes(&self) -> usize {
        *lock(&self.0.taken)
    }

    pub(super) fn of_connection(&self) -> ConnectionAnswers {
        ConnectionAnswers {
            budget: self.clone(),
            taken: Arc::default(),
        }
    }
}

impl ConnectionAnswers {
    pub(super) fn of_request(&self, asking: Proof) -> AnswerRoom {
        AnswerRoom(Arc::new(OfAnswer {
            connection: self.clone(),
            asking,
            taken: Mutex::default(),
        }))
    }
}

impl AnswerRoom {
    /// Begins an answer; a stranger that leaves no room for one is told so before any work is done.
    pub fn begin(&self) -> Result<PieceWriter, NoRoom> {
        Ok(PieceWriter {
            share: self.take(PIECE_BYTES)?,
            room: self.clone(),
            pieces: VecDeque::new(),
            piece: Vec::new(),
            source: self.source(),
        })
    }

    /// Counts an answer that is there already.
    pub(super) fn count(&self, response: Response) -> Result<Response, NoRoom> {
        if response.extensions().get::<Counted>().is_some() {
            return Ok(response);
        }
        let plain = response.extensions().get::<PlainBytes>();
        let exact = http_body::Body::size_hint(response.body()).exact();
        let bytes = plain.map(|plain| plain.0).or(exact);
        // What is made while it is sent is not in memory.
        let Some(bytes) = bytes.filter(|bytes| *bytes > 0) else {
            return Ok(response);
        };
        let share = self.take(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        let share = Arc::new(share);
        Ok(response.map(|body| Body::new(CountedBody { body, share })))
    }

    fn take(&self, bytes: usize) -> Result<Share, NoRoom> {
        let of = &self.0;
        let shared = &of.connection.budget.0;
        let mut all = lock(&shared.taken);
        let mut connection = lock(&of.connection.taken);
        let mut own = lock(&of.taken);
        let size = own.ever.saturating_add(bytes);
        let of_budget = if size > SMALL_BYTES_MAX {
            shared.bytes_max - shared.bytes_max / SMALL_PART
        } else {
            shared.bytes_max
        };
        let is_alone = *connection == own.now;
        let fits = all.saturating_add(bytes) <= of_budget
            && (is_alone || connection.saturating_add(bytes) <= shared.connection_bytes_max);
        // Who signed may have written something, and is told what became of it.
        if !fits && !of.asking.is_given() && !own.is_oversized {
            return Err(NoRoom);
        }
        *all = all.saturating_add(bytes);
        *connection = connection.saturating_add(bytes);
        own.now = own.now.saturating_add(bytes);
        own.ever = size;
        Ok(Share {
            of: Arc::clone(of),
            bytes,
        })
    }
}

impl Share {
    fn give_back(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        let mut all = lock(&self.of.connection.budget.0.taken);
        let mut connection = lock(&self.of.connection.taken);
        let mut own = lock(&self.of.taken);
        for taken in [&mut *all, &mut *connection, &mut own.now] {
            *taken = taken.saturating_sub(bytes);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

fn lock<T>(taken: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain numbers: nothing is half done if another holder panicked.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes down an answer, piece by piece, for as long as there is room.
pub struct PieceWriter {
    room: AnswerRoom,
    pieces: VecDeque<Bytes>,
    piece: Vec<u8>,
    /// Room of the piece that is being written.
    share: Share,
    /// Room of what the answer is written from, which is in memory as well until it is written.
    source: SourceRoom,
}

impl PieceWriter {
    /// Where room is taken for what the answer is written from.
    pub fn source(&self) -> SourceRoom {
        self.source.clone()
    }

    /// The answer's body, whose pieces are given back one by one.
    pub(super) fn into_body(mut self) -> Body {
        self.share.give_back(PIECE_BYTES - self.piece.len());
        let last = kept(self.piece, self.share);
        if self.pieces.is_empty() {
            return Body::from(last);
        }
        self.pieces.push_back(last);
        let left = self.pieces.iter().map(|piece| piece.len() as u64).sum();
        Body::new(Pieces {
            pieces: self.pieces,
            left,
        })
    }
}

impl io::Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE_BYTES {
            let share = self.room.take(PIECE_BYTES).map_err(io::Error::other)?;
            let full = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
            let its_share = std::mem::replace(&mut self.share, share);
            self.pieces.push_back(kept(full, its_share));
        }
        let count = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    // JSON is written a few bytes at a time: the loop of the provided method costs more than they do.
    #[inline]
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.len() <= PIECE_BYTES - self.piece.len() {
            self.piece.extend_from_slice(bytes);
            return Ok(());
        }
        while !bytes.is_empty() {
            let count = self.write(bytes)?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Marks an answer whose pieces are counted.
#[derive(Clone, Copy)]
pub(super) struct Counted;

/// How long an answer is in memory, where its body does not say so because it is compressed on the way.
#[derive(Clone, Copy)]
pub(super) struct PlainBytes(pub(super) u64);

/// The body of a counted answer.
struct Pieces {
    pieces: VecDeque<Bytes>,
    left: u64,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.pop_front();
        self.left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A body that was made as a whole; its share is held until the last of its bytes is gone.
struct CountedBody {
    body: Body,
    share: Arc<Share>,
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let share = &this.share;
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        frame.map(|frame| {
            frame.map(|frame| {
                frame.map(|frame| frame.map_data(|data| kept(data, Arc::clone(share))))
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes that hold on to their share.
fn kept<B, S>(bytes: B, share: S) -> Bytes
where
    B: AsRef<[u8]> + Send + 'static,
    S: Send + 'static,
{
    struct Kept<B, S> {
        bytes: B,
        _share: S,
    }

    impl<B: AsRef<[u8]>, S> AsRef<[u8]> for Kept<B, S> {
        fn as_ref(&self) -> &[u8] {
            self.bytes.as_ref()
        }
    }

    Bytes::from_owner(Kept {
        bytes,
        _share: share,
    })
}

#[cfg(test)]
mod tests;
