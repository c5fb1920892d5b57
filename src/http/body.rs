//! The whole body of a request, for handlers. Invariants: nothing is read once the declared length
//! is over the limit; what is held in memory is bounded per request and over all requests.

mod budget;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;

use super::encoding::{Coding, DecodeError};
use super::inbound::TimedOut;
pub use budget::BodyBudget;
pub(super) use budget::RequestBudget;

/// Compressed bodies above this are decoded off the async threads. Deflate expands at most about
/// 1,000 times, so what stays on them is done in a few milliseconds.
const INLINE_DECODE_BYTES_MAX: usize = 4 * 1024;

/// Room for a body whose length is not declared; for more is looked when more comes.
const UNDECLARED_BYTES: usize = 256 * 1024;

/// How much larger a compressed body usually is. Room for more is looked for when it is needed: set
/// aside for all, it would let a few clients with small bodies keep out everybody else.
const USUAL_RATIO: usize = 10;

/// Some editors and exports put it before JSON, where it says nothing.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bounds of one body, both inclusive (contract 02 §7).
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Of a body that is not compressed.
    pub plain_bytes_max: usize,
    /// Of a compressed one, after decompression and on the wire: one that decompression makes smaller is
    /// no reason to read more.
    pub decoded_bytes_max: usize,
}

impl BodyLimits {
    /// The same bound for bodies of either kind.
    pub const fn same(bytes_max: usize) -> Self {
        Self {
            plain_bytes_max: bytes_max,
            decoded_bytes_max: bytes_max,
        }
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
    /// Too many bytes of other bodies are in memory; worth another try.
    #[error("too many request bodies are being read")]
    Overloaded,
}

/// Refuses a body whose `Content-Length` is over the limit. Dialects call it before they look at a
/// signature (contract 01 §5), so that nothing is read for an oversized request.
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
    let mut text = read_decoded(head, body, limits).await?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text = text.slice(BYTE_ORDER_MARK.len()..);
    }
    Ok(text)
}

async fn read_decoded(head: &Parts, body: Body, limits: BodyLimits) -> Result<Bytes, BodyError> {
    refuse_declared_length(&head.headers, limits)?;
    let coding = Coding::of(&head.headers).map_err(|_| BodyError::UnsupportedEncoding)?;
    let most = limits.on_wire(coding);
    let mut received = Received::new(body);

    let Some(budget) = head.extensions.get::<RequestBudget>() else {
        received.read_all(most).await?;
        return decode(coding, received.bytes(), limits.decoded_bytes_max).await;
    };
    let declared = declared_length(&head.headers).and_then(|length| usize::try_from(length).ok());
    let mut expected = declared.unwrap_or(UNDECLARED_BYTES).min(most);
    let is_plain = coding == Coding::Identity;
    // A plain body is decoded already.
    let on_wire = |encoded: usize| if is_plain { 0 } else { encoded };
    let guess = |encoded: usize| {
        limits
            .decoded_bytes_max
            .min(encoded.saturating_mul(USUAL_RATIO))
    };
    let usual = |encoded: usize| if is_plain { encoded } else { guess(encoded) };
    let mut room = budget.room(on_wire(expected), usual(expected)).await?;
    if received.read(expected).await? == Progress::TooLong {
        let more = usual(most) - usual(expected);
        room.grow(on_wire(most - expected), more).await?;
        expected = most;
        received.read_all(most).await?;
    }
    let encoded = received.bytes();

    let usual = usual(expected);
    let is_guess = !is_plain && usual < limits.decoded_bytes_max;
    let decoded = match decode(coding, encoded.clone(), usual).await {
        Err(BodyError::TooLarge { .. }) if is_guess => {
            room.grow(0, limits.decoded_bytes_max - usual).await?;
            decode(coding, encoded, limits.decoded_bytes_max).await?
        }
        decoded => decoded?,
    };
    Ok(room.keep(decoded))
}

/// A body as far as it has come.
struct Received {
    body: Body,
    first: Bytes,
    /// Used when there is a second piece: a body in one piece is not copied.
    all: BytesMut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Ended,
    /// More came than wanted; what came is kept.
    TooLong,
}

impl Received {
    fn new(body: Body) -> Self {
        Self {
            body,
            first: Bytes::new(),
            all: BytesMut::new(),
        }
    }

    async fn read_all(&mut self, bytes_max: usize) -> Result<(), BodyError> {
        match self.read(bytes_max).await? {
            Progress::Ended => Ok(()),
            Progress::TooLong => Err(too_large(SizeLimit::Encoded, bytes_max)),
        }
    }

    async fn read(&mut self, bytes_max: usize) -> Result<Progress, BodyError> {
        let declared = usize::try_from(self.body.size_hint().lower()).unwrap_or(usize::MAX);
        while self.first.len() + self.all.len() <= bytes_max {
            let Some(frame) = self.body.frame().await else {
                return Ok(Progress::Ended);
            };
            let frame = frame.map_err(|error| read_failure(&error))?;
            let Ok(data) = frame.into_data() else {
                continue; // trailers
            };
            if self.first.is_empty() && self.all.is_empty() {
                self.first = data;
                continue;
            }
            if self.all.is_empty() {
                self.all.reserve(declared.min(bytes_max));
                self.all.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.all.extend_from_slice(&data);
        }
        Ok(Progress::TooLong)
    }

    fn bytes(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
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

fn read_failure(error: &axum::Error) -> BodyError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<TimedOut>() {
            return BodyError::TimedOut;
        }
        cause = error.source();
    }
    BodyError::Disconnected
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: SizeLimit, bytes_max: usize) -> BodyError {
    BodyError::TooLarge { limit, bytes_max }
}

#[cfg(test)]
mod tests;
