//! Several questions at the same time. Invariant: answers come in the order of the questions.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// All results, or the first error that comes.
pub(super) async fn all_of<T, E, F: Future<Output = Result<T, E>>>(
    futures: Vec<F>,
) -> Result<Vec<T>, E> {
    let mut waiting: Vec<Option<Pin<Box<F>>>> =
        futures.into_iter().map(Box::pin).map(Some).collect();
    let mut results: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, result) in waiting.iter_mut().zip(&mut results) {
            let Some(waiting) = future else {
                continue;
            };
            match waiting.as_mut().poll(context) {
                Poll::Ready(Ok(done)) => (*result, *future) = (Some(done), None),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        if waiting.iter().all(Option::is_none) {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    })
    .await?;
    Ok(results.into_iter().flatten().collect())
}
