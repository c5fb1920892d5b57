//! Load on a server. Two kinds of latency: *acknowledged*, until a batch is answered and so on disk; and
//! *visible*, until a search can find it, which `?wait_for=visible` answers. In a closed loop the latter
//! is asked by single objects beside the batches, so that the batches never wait for it; in an open loop
//! every other batch asks itself. Invariant: the number of requests under way is bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use super::sender::Sender;
use super::server::Server;
use crate::Result;

/// Between two single objects that ask for visibility.
const PROBE_EVERY: Duration = Duration::from_millis(50);
/// Single objects that may be unanswered at a time.
const PROBES_MAX: usize = 100;

pub(crate) struct Loaded {
    pub(crate) acknowledged_after: Duration,
    pub(crate) visible_after: Duration,
    pub(crate) acknowledgements: Latencies,
    pub(crate) visibilities: Latencies,
}

/// Sorted.
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    pub(crate) fn of_all(parts: Vec<Self>) -> Self {
        Self::new(parts.into_iter().flat_map(|part| part.0).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The latency that this share of all does not exceed; zero when there are none.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        let position = rank.saturating_sub(1);
        self.0.get(position).copied().unwrap_or_default()
    }
}

/// Each connection sends its next batch when the last one is answered.
pub(crate) async fn closed_loop(
    server: &Server,
    batches: Vec<Bytes>,
    connections: usize,
) -> Result<Loaded> {
    let batches = Arc::new(batches);
    let next = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let mut sending = JoinSet::new();
    for _ in 0..connections {
        let (batches, next) = (Arc::clone(&batches), Arc::clone(&next));
        sending.spawn(send_in_turn(server.sender(), batches, next));
    }
    let probing = tokio::spawn(probe(server.sender(), Arc::clone(&done)));
    let mut acknowledgements = Vec::new();
    while let Some(sent) = sending.join_next().await {
        acknowledgements.extend(sent??);
    }
    let acknowledged_after = started.elapsed();
    done.store(true, Ordering::Relaxed);
    server.sender().post(marker("end"), true).await?;
    let visible_after = started.elapsed();
    Ok(Loaded {
        acknowledged_after,
        visible_after,
        acknowledgements: Latencies::new(acknowledgements),
        visibilities: Latencies::new(probing.await??),
    })
}

/// A batch every so often, whether or not the server keeps up; latency counts from the moment a batch
/// was due. The number of batches bounds what can be under way.
pub(crate) async fn open_loop(
    server: &Server,
    batches: Vec<Bytes>,
    every: Duration,
) -> Result<Loaded> {
    let started = Instant::now();
    let (mut acknowledging, mut showing) = (JoinSet::new(), JoinSet::new());
    let mut due = started;
    for (number, batch) in batches.into_iter().enumerate() {
        tokio::time::sleep_until(due.into()).await;
        let asks_visible = number % 2 == 1;
        let sent = timed(server.sender(), batch, asks_visible, due);
        if asks_visible {
            showing.spawn(sent);
        } else {
            acknowledging.spawn(sent);
        }
        due += every;
    }
    let acknowledgements = all(acknowledging).await?;
    let acknowledged_after = started.elapsed();
    let visibilities = all(showing).await?;
    server.sender().post(marker("end"), true).await?;
    Ok(Loaded {
        acknowledged_after,
        visible_after: started.elapsed(),
        acknowledgements: Latencies::new(acknowledgements),
        visibilities: Latencies::new(visibilities),
    })
}

async fn send_in_turn(
    sender: Sender,
    batches: Arc<Vec<Bytes>>,
    next: Arc<AtomicUsize>,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
        latencies.push(timed(sender.clone(), batch.clone(), false, Instant::now()).await?);
    }
    Ok(latencies)
}

/// Single objects beside the load, until it is done.
async fn probe(sender: Sender, done: Arc<AtomicBool>) -> Result<Vec<Duration>> {
    let mut asked: JoinSet<Result<Duration>> = JoinSet::new();
    let mut latencies = Vec::new();
    let mut count = 0_usize;
    while !done.load(Ordering::Relaxed) {
        while let Some(answered) = asked.try_join_next() {
            latencies.push(answered??);
        }
        if asked.len() < PROBES_MAX {
            let body = marker(&count.to_string());
            asked.spawn(timed(sender.clone(), body, true, Instant::now()));
            count += 1;
        }
        tokio::time::sleep(PROBE_EVERY).await;
    }
    latencies.extend(all(asked).await?);
    Ok(latencies)
}

async fn timed(
    sender: Sender,
    body: Bytes,
    asks_visible: bool,
    since: Instant,
) -> Result<Duration> {
    sender.post(body, asks_visible).await?;
    Ok(since.elapsed())
}

async fn all(mut running: JoinSet<Result<Duration>>) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while let Some(ended) = running.join_next().await {
        latencies.push(ended??);
    }
    Ok(latencies)
}

/// A batch of one object that nothing else has the name of.
fn marker(name: &str) -> Bytes {
    let title = format!("marker {name}");
    let object =
        serde_json::json!({"identity": title, "type": "marker", "fields": {"title": title}});
    Bytes::from(serde_json::json!({"objects": [object]}).to_string())
}
