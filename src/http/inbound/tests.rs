//! Bodies that stall, and what happens to bodies nobody reads.

use std::sync::Mutex;

use axum::http::{HeaderMap, HeaderValue, Request};

use super::*;

const SHORT: BodyPace = BodyPace {
    timeout: Duration::from_millis(5),
    bytes_per_s_min: 1,
};

/// A body of which `sent` bytes come, in pieces, out of `declared`; then it stalls or ends.
struct FromClient {
    sent: u64,
    declared: u64,
    taken: Arc<Mutex<u64>>,
}

const PIECE: u64 = 64 * 1024;

impl Body for FromClient {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = PIECE.min(self.sent);
        if piece == 0 {
            return match self.declared {
                0 => Poll::Ready(None),
                _ => Poll::Pending,
            };
        }
        self.sent -= piece;
        self.declared -= piece;
        *self.taken.lock().expect("not poisoned") += piece;
        let data = vec![0; usize::try_from(piece).expect("a small piece")];
        Poll::Ready(Some(Ok(Frame::data(data.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.declared == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.declared)
    }
}

struct Case {
    body: InboundBody<FromClient>,
    reuse: Reuse,
    taken: Arc<Mutex<u64>>,
}

fn body(sent: u64, declared: u64, headers: &HeaderMap) -> Case {
    let taken = Arc::new(Mutex::new(0));
    let inner = FromClient {
        sent,
        declared,
        taken: Arc::clone(&taken),
    };
    let mut request = Request::new(());
    request.headers_mut().clone_from(headers);
    let (head, ()) = request.into_parts();
    let (body, reuse) = InboundBody::new(inner, &head, SHORT);
    Case { body, reuse, taken }
}

/// Lets spawned tasks go on; nothing in these tests waits for anything else.
async fn settle() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_that_stalls_times_out_and_closes_the_connection() {
    let Case {
        body: mut stalled,
        reuse,
        ..
    } = body(10, 20, &HeaderMap::new());
    assert!(stalled.frame().await.is_some_and(|frame| frame.is_ok()));
    let failed = stalled
        .frame()
        .await
        .and_then(Result::err)
        .expect("a failure");
    assert!(failed.is::<TimedOut>());
    drop(stalled);
    assert!(reuse.must_close());
}

#[tokio::test]
async fn an_unread_body_is_thrown_away_and_the_connection_kept() {
    let size = 5 << 20;
    let case = body(size, size, &HeaderMap::new());
    drop(case.body);
    assert!(!case.reuse.must_close());
    settle().await;
    assert_eq!(*case.taken.lock().expect("not poisoned"), size);
}

#[tokio::test]
async fn an_unread_body_too_large_to_throw_away_closes_the_connection() {
    let size = DRAIN_BYTES_MAX + 1;
    let case = body(size, size, &HeaderMap::new());
    drop(case.body);
    assert!(case.reuse.must_close());
    settle().await;
    assert_eq!(*case.taken.lock().expect("not poisoned"), 0);
}

#[tokio::test]
async fn a_client_waiting_to_be_asked_for_its_body_is_not_asked_after_a_refusal() {
    let mut headers = HeaderMap::new();
    headers.insert(EXPECT, HeaderValue::from_static("100-Continue"));
    let case = body(10, 10, &headers);
    drop(case.body);
    assert!(case.reuse.must_close());
    settle().await;
    assert_eq!(*case.taken.lock().expect("not poisoned"), 0);
}

#[tokio::test]
async fn a_body_read_to_its_end_keeps_the_connection() {
    let Case {
        body: mut whole,
        reuse,
        ..
    } = body(10, 10, &HeaderMap::new());
    while let Some(frame) = whole.frame().await {
        assert!(frame.is_ok());
    }
    drop(whole);
    assert!(!reuse.must_close());
}
