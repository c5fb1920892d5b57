//! A panic while answering one request ends that request only. Its words are logged by the panic
//! hook (`telemetry`), inside the request's span.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// The future ended with a panic.
#[derive(Debug, PartialEq, Eq)]
pub struct Panicked;

/// Runs the future; a panic in it is a value.
pub async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = pin!(future);
    std::future::poll_fn(move |cx| {
        // Unwind safe in effect: after a panic the future is never polled again, and what requests
        // share is behind locks and queues that say so when they are broken.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_value() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        let failed = caught(async { panic!("expected in this test") }).await;
        assert_eq!(failed, Err::<(), _>(Panicked));
    }
}
