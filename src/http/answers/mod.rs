//! Memory of answers that clients have yet to take, all connections together. Invariant: every byte of
//! an answer that waits for a client is counted for as long as it is in memory, and what a stranger asks
//! for never grows beyond the budget.

mod body;
mod source;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::body::Proof;
use super::json;
use super::retry_after::{ANSWER_RETRY_AFTER_S, to_be_retried};
use body::{CountedBody, Pieces, kept};
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
    /// Part of it that those took who have proven who they are and only read: answers, and what they are written
    /// from. Neither do they keep out strangers, nor strangers them.
    proven_reads: Mutex<usize>,
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
    /// It tells of no write, so it may be refused.
    is_read: bool,
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
    /// Counted among what is read by those who have proven who they are.
    is_proven_read: bool,
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
            proven_reads: Mutex::default(),
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
    pub(super) fn of_request(&self, asking: Proof, method: &Method) -> AnswerRoom {
        AnswerRoom(Arc::new(OfAnswer {
            connection: self.clone(),
            asking,
            is_read: method.is_safe(),
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
        Ok(response.map(|body| Body::new(CountedBody::new(body, share))))
    }

    fn take(&self, bytes: usize) -> Result<Share, NoRoom> {
        let of = &self.0;
        let shared = &of.connection.budget.0;
        let mut all = lock(&shared.taken);
        let mut proven_reads = lock(&shared.proven_reads);
        let mut connection = lock(&of.connection.taken);
        let mut own = lock(&of.taken);
        let size = own.ever.saturating_add(bytes);
        let of_budget = shared.budget_of(size);
        let is_alone = *connection == own.now;
        let is_proven = of.asking.is_given();
        let is_proven_read = is_proven && of.is_read;
        let beside = if is_proven_read {
            *proven_reads
        } else {
            all.saturating_sub(*proven_reads)
        };
        // What others took of a connection of their own is their affair.
        let fits = beside.saturating_add(bytes) <= of_budget
            && (is_proven
                || is_alone
                || connection.saturating_add(bytes) <= shared.connection_bytes_max);
        // Who signed may have written something, and is told what became of it.
        let is_told = is_proven && !of.is_read;
        if !fits && !is_told && !own.is_oversized {
            return Err(NoRoom);
        }
        if is_proven_read {
            *proven_reads = proven_reads.saturating_add(bytes);
        }
        *all = all.saturating_add(bytes);
        *connection = connection.saturating_add(bytes);
        own.now = own.now.saturating_add(bytes);
        own.ever = size;
        Ok(Share {
            of: Arc::clone(of),
            bytes,
            is_proven_read,
        })
    }
}

impl Share {
    fn give_back(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        let shared = &self.of.connection.budget.0;
        let mut all = lock(&shared.taken);
        let mut proven_reads = lock(&shared.proven_reads);
        let mut connection = lock(&self.of.connection.taken);
        let mut own = lock(&self.of.taken);
        if self.is_proven_read {
            *proven_reads = proven_reads.saturating_sub(bytes);
        }
        for taken in [&mut *all, &mut *connection, &mut own.now] {
            *taken = taken.saturating_sub(bytes);
        }
    }
}

impl Shared {
    /// What is there for an answer that has become so large.
    fn budget_of(&self, size: usize) -> usize {
        if size > SMALL_BYTES_MAX {
            self.bytes_max - self.bytes_max / SMALL_PART
        } else {
            self.bytes_max
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
        Body::new(Pieces::new(self.pieces))
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

#[cfg(test)]
mod tests;
