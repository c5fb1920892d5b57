//! Answers too large to be held in memory, sent piece by piece. Invariant: one piece waits while
//! another is under way; the next is made when the client has taken the one before. An answer that
//! cannot be finished is cut off, so that nobody takes a part for the whole.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use tokio::sync::mpsc;

use crate::http::json::CONTENT_TYPE_JSON;

/// Why an answer was cut off; the log has the cause.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be finished")]
pub(super) struct CutOff;

/// Where the pieces of an answer go.
pub(super) struct Pieces(mpsc::Sender<Result<Bytes, CutOff>>);

/// The client is gone: there is nobody to make further pieces for.
pub(super) struct Gone;

impl Pieces {
    pub(super) async fn send(&self, piece: impl Into<Bytes>) -> Result<(), Gone> {
        self.0.send(Ok(piece.into())).await.map_err(|_| Gone)
    }

    pub(super) async fn cut_off(self) {
        // The client may be gone, which is as good.
        drop(self.0.send(Err(CutOff)).await);
    }
}

/// A JSON answer with status 200 whose pieces are still to be made.
pub(super) fn json() -> (Pieces, Response) {
    let (sender, receiver) = mpsc::channel(1);
    let mut response = Response::new(Body::new(Streamed(receiver)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, CONTENT_TYPE_JSON);
    (Pieces(sender), response)
}

struct Streamed(mpsc::Receiver<Result<Bytes, CutOff>>);

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let piece = self.0.poll_recv(context);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
