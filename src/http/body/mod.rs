//! The whole body of a request, for handlers. Invariants: nothing is read once the declared length
//! is over the limit; what is held in memory is bounded per request and over all requests.

mod budget;
mod received;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use bytes::Bytes;
use tokio::task::JoinError;
use tracing::Instrument;

use super::encoding::{Coding, DecodeError};
use super::json::Weights;
pub use budget::BodyBudget;
pub(super) use budget::{Proof, RequestBudget};
use received::{Progress, Received};

/// Compressed bodies above this are decoded off the async threads. Deflate expands at most about
/// 1,000 times, so what stays on them is done in a few milliseconds.
const INLINE_DECODE_BYTES_MAX: usize = 4 * 1024;

/// How far into a body its own proof is looked for while it comes.
const PROOF_BYTES_MAX: usize = 64 * 1024;

/// Room for a body whose length is not declared; for more is looked when more comes.
const UNDECLARED_BYTES: usize = 256 * 1024;

/// How much larger a compressed body usually is. Room for more is looked for when it is needed: set
/// aside for all, it would let a few clients with small bodies keep out everybody else.
const USUAL_RATIO: usize = 10;

/// Bodies above this are weighed off the async threads, which takes about a nanosecond a byte.
const INLINE_WEIGHED_BYTES_MAX: usize = 256 * 1024;

/// Some editors and exports put it before JSON, where it says nothing.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bounds of one body, both inclusive (docs/reference/02-content.md §7).
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Of a body that is not compressed.
    pub plain_bytes_max: usize,
    /// Of a compressed one, after decompression and on the wire: one that decompression makes smaller is
    /// no reason to read more.
    pub decoded_bytes_max: usize,
    /// What is made of it.
    pub weights: &'static Weights,
}

impl BodyLimits {
    /// The same bound for bodies of either kind.
    pub const fn same(bytes_max: usize, weights: &'static Weights) -> Self {
        Self {
            plain_bytes_max: bytes_max,
            decoded_bytes_max: bytes_max,
            weights,
        }
    }

    /// What a body of so many bytes usually takes, with what is made of it.
    fn usually_held(self, bytes: usize) -> usize {
        bytes.saturating_mul(self.weights.usual_per_byte)
    }

    fn on_wire(self, coding: Coding) -> usize {
        match coding {
            Coding::Identity => self.plain_bytes_max,
            _ => self.decoded_bytes_max,
        }
    }
}

/// Which bound a body broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeLimit {
    Encoded,
    Decoded,
}

/// Why there is no body. Each dialect has its own words and status for these.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("body is over the {limit:?} limit of {bytes_max} bytes")]
    TooLarge { limit: SizeLimit, bytes_max: usize },
    #[error("content encoding is not supported")]
    UnsupportedEncoding,
    /// The compressed data is damaged; the detail is for the client.
    #[error("broken compressed data: {0}")]
    Broken(String),
    #[error("body did not arrive in time")]
    TimedOut,
    /// The connection ended or the framing broke; the answer may reach nobody.
    #[error("body ended early")]
    Disconnected,
    /// What is made of it takes more memory than there is for one body; another try ends like this one.
    #[error("body would take {bytes} bytes of memory, and there are {bytes_max} for one")]
    TooHeavy { bytes: usize, bytes_max: usize },
    /// Too many bytes of other bodies are in memory; worth another try.
    #[error("too many request bodies are being read")]
    Overloaded,
}

/// Refuses a body whose `Content-Length` is over the limit. Dialects call it before they look at a
/// signature (docs/reference/01-auth.md §5), so that nothing is read for an oversized request.
pub fn refuse_declared_length(headers: &HeaderMap, limits: BodyLimits) -> Result<(), BodyError> {
    // What is no coding is refused when the body is read.
    let coding = Coding::of(headers).unwrap_or(Coding::Identity);
    let bytes_max = limits.on_wire(coding);
    match declared_length(headers) {
        Some(length) if length > bytes_max as u64 => Err(too_large(SizeLimit::Encoded, bytes_max)),
        _ => Ok(()),
    }
}

/// Reads and decodes the body of the request that `head` belongs to, within the memory that bodies may
/// take together; a request without a budget among its extensions is not bounded so. A byte order mark
/// before the text is no part of it.
pub async fn read_body(head: &Parts, body: Body, limits: BodyLimits) -> Result<Bytes, BodyError> {
    read(head, body, limits, None::<fn(&[u8]) -> bool>).await
}

/// The same for a body that may hold its own proof. `is_proof` looks at its beginning, as far as that
/// has come; from when it finds one, the body is one of those who have proven who they are. Without one,
/// the body has room for itself and not for what is made of it: see [`prove_body`].
pub async fn read_body_with_proof(
    head: &Parts,
    body: Body,
    limits: BodyLimits,
    is_proof: impl FnMut(&[u8]) -> bool,
) -> Result<Bytes, BodyError> {
    read(head, body, limits, Some(is_proof)).await
}

/// The request has proven who sent it: its body is read, from here on, within the memory for those.
pub fn prove(head: &Parts) {
    if let Some(budget) = head.extensions.get::<RequestBudget>() {
        budget.prove();
    }
}

/// The same once its body was read whole: takes room for what will be made of it.
pub async fn prove_body(
    head: &Parts,
    body: &Bytes,
    weights: &'static Weights,
) -> Result<(), BodyError> {
    let Some(budget) = head.extensions.get::<RequestBudget>() else {
        return Ok(());
    };
    let needed = held(body, weights).await?;
    budget.prove_what_was_read(needed).await
}

/// What a request has taken for its body: held by whoever works on what was made of it, for as long as that
/// takes, whether or not the client still waits.
#[derive(Clone, Debug, Default)]
pub struct BodyRoom(Option<RequestBudget>);

impl BodyRoom {
    pub fn of(head: &Parts) -> Self {
        Self(head.extensions.get().cloned())
    }

    /// Does the work to its end, also when nobody waits for it any more.
    pub async fn through<T: Send + 'static>(
        self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        let Self(held) = self;
        let work = async move {
            let done = work.await;
            drop(held);
            done
        };
        tokio::spawn(work.in_current_span()).await
    }
}

/// What a body takes with what is made of it.
async fn held(body: &Bytes, weights: &'static Weights) -> Result<usize, BodyError> {
    let made = if body.len() <= INLINE_WEIGHED_BYTES_MAX {
        weights.of(body)
    } else {
        let body = body.clone();
        let weighed = tokio::task::spawn_blocking(move || weights.of(&body));
        // The task is only cancelled when the server stops.
        weighed.await.map_err(|_| BodyError::Disconnected)?
    };
    Ok(made.saturating_add(body.len()))
}

async fn read(
    head: &Parts,
    body: Body,
    limits: BodyLimits,
    is_proof: Option<impl FnMut(&[u8]) -> bool>,
) -> Result<Bytes, BodyError> {
    let text = read_decoded(head, body, limits, is_proof).await?;
    Ok(text.slice_ref(without_mark(&text)))
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

async fn read_decoded(
    head: &Parts,
    body: Body,
    limits: BodyLimits,
    mut is_proof: Option<impl FnMut(&[u8]) -> bool>,
) -> Result<Bytes, BodyError> {
    refuse_declared_length(&head.headers, limits)?;
    let coding = Coding::of(&head.headers).map_err(|_| BodyError::UnsupportedEncoding)?;
    let most = limits.on_wire(coding);
    let mut received = Received::new(body);

    let Some(budget) = head.extensions.get::<RequestBudget>() else {
        received.read_all(most).await?;
        return decode(coding, received.bytes(), limits.decoded_bytes_max).await;
    };
    let needs = Needs { coding, limits };
    let declared = declared_length(&head.headers);
    let declared = declared.and_then(|length| usize::try_from(length).ok());
    let mut room = budget.room(declared);
    // Of a stranger room is taken as bytes come.
    let mut looked_at = 0;
    while !budget.is_proven() {
        if received.read_more().await? == Progress::Ended {
            break;
        }
        if received.len() > most {
            return Err(too_large(SizeLimit::Encoded, most));
        }
        let beginning = without_mark(received.beginning(PROOF_BYTES_MAX));
        // Each look takes in twice as much as the last: bytes that drip buy no work.
        if needs.is_plain() && beginning.len() >= 2 * looked_at && looked_at < PROOF_BYTES_MAX {
            looked_at = beginning.len();
            if is_proof
                .as_mut()
                .is_some_and(|is_proof| is_proof(beginning))
            {
                budget.prove();
                break;
            }
        }
        room.hold(received.len()).await?;
    }
    if budget.is_proven() {
        let expected = declared.unwrap_or(UNDECLARED_BYTES).max(received.len());
        let expected = expected.min(most);
        room.hold(needs.of(expected)).await?;
        if received.read(expected).await? == Progress::More {
            room.hold(needs.of(most)).await?;
            received.read_all(most).await?;
        }
    }

    let encoded = received.bytes();
    let on_wire = needs.on_wire(encoded.len());
    let usual = needs.usual(encoded.len());
    room.hold(on_wire + usual).await?;
    let is_guess = !needs.is_plain() && usual < limits.decoded_bytes_max;
    let decoded = match decode(coding, encoded.clone(), usual).await {
        Err(BodyError::TooLarge { .. }) if is_guess => {
            room.hold(on_wire + limits.decoded_bytes_max).await?;
            decode(coding, encoded, limits.decoded_bytes_max).await?
        }
        decoded => {
            drop(encoded);
            decoded?
        }
    };
    // Nothing is made of a body that still has to prove something.
    let needed = if is_proof.is_some() && !budget.is_proven() {
        decoded.len()
    } else {
        let needed = held(&decoded, limits.weights).await?;
        room.hold_all(needed).await?;
        needed
    };
    Ok(room.keep(decoded, needed))
}

/// How much memory a body takes, as far as it can be told from its length.
#[derive(Clone, Copy)]
struct Needs {
    coding: Coding,
    limits: BodyLimits,
}

impl Needs {
    fn is_plain(self) -> bool {
        self.coding == Coding::Identity
    }

    /// Beside what it is decoded to; a plain body is decoded already.
    fn on_wire(self, encoded: usize) -> usize {
        if self.is_plain() { 0 } else { encoded }
    }

    fn usual(self, encoded: usize) -> usize {
        if self.is_plain() {
            return encoded;
        }
        let guess = encoded.saturating_mul(USUAL_RATIO);
        guess.min(self.limits.decoded_bytes_max)
    }

    /// All of it, and what is made of it.
    fn of(self, encoded: usize) -> usize {
        self.on_wire(encoded)
            .saturating_add(self.limits.usually_held(self.usual(encoded)))
    }
}

async fn decode(coding: Coding, encoded: Bytes, bytes_max: usize) -> Result<Bytes, BodyError> {
    if coding == Coding::Identity {
        return Ok(encoded);
    }
    let decoded = if encoded.len() <= INLINE_DECODE_BYTES_MAX {
        coding.decode(&encoded, bytes_max)
    } else {
        let task = tokio::task::spawn_blocking(move || coding.decode(&encoded, bytes_max));
        // The task is only cancelled when the server stops.
        task.await.map_err(|_| BodyError::Disconnected)?
    };
    match decoded {
        Ok(bytes) => Ok(bytes.into()),
        Err(DecodeError::TooLarge) => Err(too_large(SizeLimit::Decoded, bytes_max)),
        Err(DecodeError::Broken(detail)) => Err(BodyError::Broken(detail)),
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: SizeLimit, bytes_max: usize) -> BodyError {
    BodyError::TooLarge { limit, bytes_max }
}

#[cfg(test)]
mod tests;
