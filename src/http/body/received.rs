//! A body as it comes, piece by piece. Invariant: nothing is kept twice, and no memory is taken for bytes that are
//! merely announced before their room is.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;

use super::{BodyError, SizeLimit, too_large};
use crate::http::inbound::TimedOut;

/// A body as far as it has come.
pub(super) struct Received {
    body: Body,
    first: Bytes,
    /// Used when there is a second piece: a body in one piece is not copied.
    all: BytesMut,
    /// Bytes that are announced, and have room.
    to_come: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Ended,
    /// More came; what came is kept.
    More,
}

impl Received {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body,
            first: Bytes::new(),
            all: BytesMut::new(),
            to_come: 0,
        }
    }

    pub(super) async fn read_all(&mut self, bytes_max: usize) -> Result<(), BodyError> {
        match self.read(bytes_max).await? {
            Progress::Ended => Ok(()),
            Progress::More => Err(too_large(SizeLimit::Encoded, bytes_max)),
        }
    }

    pub(super) async fn read(&mut self, bytes_max: usize) -> Result<Progress, BodyError> {
        // Only now: what is set aside is not filled by bytes that a stranger merely announces.
        let left = usize::try_from(self.body.size_hint().lower()).unwrap_or(usize::MAX);
        self.to_come = left.min(bytes_max);
        while self.len() <= bytes_max {
            if self.read_more().await? == Progress::Ended {
                return Ok(Progress::Ended);
            }
        }
        Ok(Progress::More)
    }

    /// One more piece.
    pub(super) async fn read_more(&mut self) -> Result<Progress, BodyError> {
        loop {
            let Some(frame) = self.body.frame().await else {
                return Ok(Progress::Ended);
            };
            let frame = frame.map_err(|error| read_failure(&error))?;
            let Ok(data) = frame.into_data() else {
                continue; // trailers
            };
            if self.first.is_empty() && self.all.is_empty() {
                self.first = data;
                return Ok(Progress::More);
            }
            if self.all.is_empty() {
                self.all.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.all.reserve(std::mem::take(&mut self.to_come));
            self.all.extend_from_slice(&data);
            return Ok(Progress::More);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    /// What has come, up to so many bytes.
    pub(super) fn beginning(&self, bytes_max: usize) -> &[u8] {
        let so_far: &[u8] = if self.all.is_empty() {
            &self.first
        } else {
            &self.all
        };
        &so_far[..so_far.len().min(bytes_max)]
    }

    pub(super) fn bytes(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
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
