//! Searches beside other work. Invariant: they come at fixed moments and count from the moment they were due, so a
//! server that falls behind is measured as such.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::catalog::{Catalog, Marking};
use super::load::{self, Latencies};
use super::server::Server;
use super::table::row;
use crate::Result;

pub(crate) const BATCH_OBJECTS: usize = 100;
const CONNECTIONS: usize = 4;
/// How long searches on a server at rest are measured.
const AT_REST_FOR: Duration = Duration::from_secs(5);
/// Between two searches.
const SEARCH_EVERY: Duration = Duration::from_millis(20);
/// Searches that may be unanswered at a time; a server this far behind is measured as such.
const SEARCHES_MAX: usize = 200;
const QUERIES: [&str; 6] = ["tent", "shoes", "blue", "jacket", "wool", "light"];

/// Searches at fixed moments until the work is done.
pub(crate) async fn searches_during<T>(
    server: &Arc<Server>,
    work: impl Future<Output = T>,
) -> Result<(T, Latencies)> {
    let done = Arc::new(AtomicBool::new(false));
    let searching = tokio::spawn(search_until(Arc::clone(server), Arc::clone(&done)));
    let result = work.await;
    done.store(true, Ordering::Relaxed);
    Ok((result, Latencies::new(searching.await??)))
}

/// The same on a server that has nothing else to do.
pub(crate) async fn searches_at_rest(server: &Arc<Server>) -> Result<()> {
    let ((), latencies) = searches_during(server, tokio::time::sleep(AT_REST_FOR)).await?;
    row("searches at rest", &[described(&latencies)]);
    Ok(())
}

/// Has a server take a catalog, and come to rest.
pub(crate) async fn fill(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    load::closed_loop(server, batches, CONNECTIONS).await?;
    server.wait_until_idle().await
}

async fn search_until(server: Arc<Server>, done: Arc<AtomicBool>) -> Result<Vec<Duration>> {
    let mut under_way: JoinSet<Result<Duration>> = JoinSet::new();
    let mut latencies = Vec::new();
    let mut due = Instant::now();
    for query in QUERIES.iter().cycle() {
        if done.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let server = Arc::clone(&server);
        let began = due;
        under_way.spawn(async move {
            server.search(query, 20).await?;
            Ok(began.elapsed())
        });
        due += SEARCH_EVERY;
        if under_way.len() >= SEARCHES_MAX
            && let Some(searched) = under_way.join_next().await
        {
            latencies.push(searched??);
        }
        while let Some(searched) = under_way.try_join_next() {
            latencies.push(searched??);
        }
    }
    while let Some(searched) = under_way.join_next().await {
        latencies.push(searched??);
    }
    Ok(latencies)
}

pub(crate) fn described(latencies: &Latencies) -> String {
    let millis = |share: f64| latencies.percentile(share).as_secs_f64() * 1e3;
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms, of {}",
        millis(0.5),
        millis(0.99),
        millis(1.0),
        latencies.len()
    )
}
