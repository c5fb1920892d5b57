//! Requests at fixed moments, whether or not the server keeps up. Invariants: a latency counts from the moment a
//! request was due, so that a server that stands still is seen by all that came meanwhile, not by the one
//! that waited; the number of requests under way is bounded.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::load::Latencies;
use crate::Result;

/// Requests that may be unanswered at a time; beyond that the next one waits, its latency does not. Fewer than the
/// connections that a server takes from one address.
const UNDER_WAY_MAX: usize = 100;

/// Sends `rate` requests a second for so long; `request` makes each from its number.
pub(crate) async fn at_rate<R>(
    rate: f64,
    lasting: Duration,
    mut request: impl FnMut(usize) -> R,
) -> Result<Latencies>
where
    R: Future<Output = Result<()>> + Send + 'static,
{
    let started = Instant::now();
    let mut under_way: JoinSet<Result<Duration>> = JoinSet::new();
    let mut latencies = Vec::new();
    for number in 0..(rate * lasting.as_secs_f64()) as usize {
        let due = started + Duration::from_secs_f64(number as f64 / rate);
        tokio::time::sleep_until(due.into()).await;
        if under_way.len() >= UNDER_WAY_MAX
            && let Some(answered) = under_way.join_next().await
        {
            latencies.push(answered??);
        }
        let answered = request(number);
        under_way.spawn(async move {
            answered.await?;
            Ok(due.elapsed())
        });
        while let Some(answered) = under_way.try_join_next() {
            latencies.push(answered??);
        }
    }
    while let Some(answered) = under_way.join_next().await {
        latencies.push(answered??);
    }
    Ok(Latencies::new(latencies))
}
