//! What a shop writes beside its visitors, as figures: batches under searches, the feed of a night, an update by
//! query, the commit of a generation. Invariant: what is counted is what the server says it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use super::catalog::{Catalog, Marking};
use super::figures::{tell, tell_cpu, tell_latencies, tell_seconds};
use super::load::{self, Latencies};
use super::queries::{self, Query};
use super::schedule;
use super::server::Server;
use crate::Result;

/// As a shop's integration sends them.
pub(crate) const BATCH_OBJECTS: usize = 100;
pub(crate) const CONNECTIONS: usize = 4;
/// Different queries.
const QUERIES: usize = 2_000;
/// Searches a second beside writes, and for how long.
const MIXED_RATE: f64 = 500.0;
const MIXED_FOR: Duration = Duration::from_secs(20);
/// A batch of them so often: a thousand objects a second.
const BATCH_EVERY: Duration = Duration::from_millis(100);
const PROBES_ALONE: usize = 40;
/// Of a nightly feed, one object in so many has changed.
const CHANGED_ONE_IN: usize = 100;
/// Searches a second beside a job.
const BESIDE_RATE: f64 = 50.0;
const AT_REST_FOR: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Longest wait for a job.
const PATIENCE: Duration = Duration::from_secs(600);

/// Searches at a rate; beside them first batches at a rate, too, as a shop sends them all day, and then batches on some
/// connections as fast as they are acknowledged, which takes whatever the searches leave.
pub(crate) async fn mixed(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let mut alone = Vec::new();
    for number in 0..PROBES_ALONE {
        let began = Instant::now();
        server.sender().post(marker(number), true).await?;
        alone.push(began.elapsed());
        tokio::time::sleep(LOOK_EVERY).await;
    }
    tell_latencies("visible, idle", &Latencies::new(alone));
    let queries: Arc<[Query]> = queries::of(catalog, QUERIES)?.into();
    let rewritten = catalog
        .repriced()?
        .batches(BATCH_OBJECTS, &Marking::AsSent)?;
    let at_most = MIXED_FOR.div_duration_f64(BATCH_EVERY) as usize;
    let some = rewritten.iter().take(at_most).cloned().collect();
    let at_a_rate = {
        let server = Arc::clone(server);
        async move { load::open_loop(&server, some, BATCH_EVERY).await }
    };
    beside_searches("mixed", server, &queries, at_a_rate).await?;
    server.wait_until_idle().await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let full = write(Arc::clone(server), rewritten, Arc::clone(&is_over));
    let searching = async {
        tokio::time::sleep(MIXED_FOR).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let both = beside_searches("mixed full", server, &queries, full);
    let (loaded, ()) = tokio::join!(both, searching);
    let loaded = loaded?;
    let objects = loaded.acknowledgements.len() * BATCH_OBJECTS;
    let rate = objects as f64 / loaded.acknowledged_after.as_secs_f64();
    tell("mixed full written, objects/s", rate.round());
    Ok(())
}

/// What is written is told with its searches, which go on for a while.
async fn beside_searches(
    name: &str,
    server: &Arc<Server>,
    queries: &Arc<[Query]>,
    writing: impl Future<Output = Result<load::Loaded>> + Send + 'static,
) -> Result<load::Loaded> {
    let (cpu, began) = (server.cpu()?, Instant::now());
    let writing = tokio::spawn(writing);
    let searched = schedule::at_rate(MIXED_RATE, MIXED_FOR, |number| {
        let (server, queries) = (Arc::clone(server), Arc::clone(queries));
        async move {
            let query = &queries[number % queries.len()];
            server.answer(&query.parameters).await.map(drop)
        }
    });
    let searched = searched.await?;
    let took = began.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    let loaded = writing.await??;
    tell_latencies(&format!("{name} search"), &searched);
    tell_latencies(&format!("{name} acknowledged"), &loaded.acknowledgements);
    tell_latencies(&format!("{name} visible"), &loaded.visibilities);
    let cores = cpu.as_secs_f64() / took.as_secs_f64();
    tell(&format!("{name} cpu, cores"), format!("{cores:.2}"));
    Ok(loaded)
}

/// Batches until it is over.
async fn write(
    server: Arc<Server>,
    mut batches: Vec<Bytes>,
    is_over: Arc<AtomicBool>,
) -> Result<load::Loaded> {
    /// Batches sent between two looks at whether it is over.
    const TOGETHER: usize = 20;
    let started = Instant::now();
    let mut all: Option<(Vec<Latencies>, Vec<Latencies>)> = None;
    while !is_over.load(Ordering::Relaxed) && !batches.is_empty() {
        let some = batches.drain(..TOGETHER.min(batches.len())).collect();
        let loaded = load::closed_loop(&server, some, CONNECTIONS).await?;
        let (acknowledged, visible) = all.get_or_insert_default();
        acknowledged.push(loaded.acknowledgements);
        visible.push(loaded.visibilities);
    }
    let (acknowledged, visible) = all.unwrap_or_default();
    Ok(load::Loaded {
        acknowledged_after: started.elapsed(),
        visible_after: started.elapsed(),
        acknowledgements: Latencies::of_all(acknowledged),
        visibilities: Latencies::of_all(visible),
    })
}

/// All objects once more under a generation, a few of them changed.
pub(crate) async fn nightly(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let (mut unchanged, mut lines) = (0, Vec::with_capacity(catalog.len()));
    for (number, line) in catalog.lines().enumerate() {
        let mut object: Value = serde_json::from_str(line)?;
        if number % CHANGED_ONE_IN == 0 {
            object["fields"]["title"] = format!("changed {number}").into();
        } else {
            unchanged += 1;
        }
        object["generation"] = "night".into();
        lines.push(object.to_string());
    }
    let feed = Catalog::of_lines("night".to_owned(), lines);
    let batches = feed.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    let (cpu, began) = (server.cpu()?, Instant::now());
    load::closed_loop(server, batches, CONNECTIONS).await?;
    let took = began.elapsed();
    server.wait_until_idle().await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    tell("nightly unchanged, objects", unchanged);
    tell_cpu("nightly cpu an object, µs", cpu, catalog.len(), 1e6);
    let rate = catalog.len() as f64 / took.as_secs_f64();
    tell("nightly, objects/s", rate.round());
    Ok(())
}

/// Every object of the campaign gets another one; searches beside it.
pub(crate) async fn update(server: &Arc<Server>) -> Result<()> {
    const PATH: &str = "/v1/update_by_query";
    let search = |number: usize| {
        const WORDS: [&str; 6] = ["watch", "shoes", "blue", "memory", "women", "light"];
        let server = Arc::clone(server);
        async move {
            let word = WORDS[number % WORDS.len()];
            server.answer(&format!("q={word}&size=20")).await.map(drop)
        }
    };
    let rest = schedule::at_rate(BESIDE_RATE, AT_REST_FOR, search).await?;
    tell_latencies("update, search at rest", &rest);
    let body = json!({
        "search": {"types": ["product"], "partial": {"fields": {"campaign": "spring"}}},
        "update": {"fields": {"campaign": "autumn"}},
    });
    let sender = server.sender();
    let (cpu, began) = (server.cpu()?, Instant::now());
    let answer = sender
        .call("PATCH", PATH, "", Bytes::from(body.to_string()))
        .await?;
    let queued: Value = serde_json::from_slice(&answer)?;
    let url = queued["status_url"].as_str().ok_or("no status url")?;
    let status = url
        .strip_prefix(PATH)
        .ok_or("an odd status url")?
        .to_owned();
    let mut beside = Vec::new();
    let state = loop {
        beside.push(schedule::at_rate(BESIDE_RATE, Duration::from_secs(1), search).await?);
        let state = sender.call("GET", PATH, &status, Bytes::new()).await?;
        let state: Value = serde_json::from_slice(&state)?;
        if state["status"] != "in progress" || began.elapsed() > PATIENCE {
            break state;
        }
    };
    let took = began.elapsed();
    server.wait_until_idle().await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    let updates = state["updates_count"].as_u64().ok_or("no count")? as usize;
    tell("update, objects", updates);
    tell(
        "update, objects/s",
        (updates as f64 / took.as_secs_f64()).round(),
    );
    tell_cpu("update cpu an object, µs", cpu, updates.max(1), 1e6);
    tell_latencies("update, search beside", &Latencies::of_all(beside));
    Ok(())
}

/// Half of the objects under a new generation, and all others go with its commit.
pub(crate) async fn commit(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let half = catalog.lines().step_by(2).map(str::to_owned).collect();
    let half = Catalog::of_lines("half".to_owned(), half);
    let batches = half.batches(BATCH_OBJECTS, &Marking::Generation("half"))?;
    load::closed_loop(server, batches, CONNECTIONS).await?;
    server.wait_until_idle().await?;
    let before = server.count("f[]=type:product").await?;
    let counts = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(watch(
        Arc::clone(server),
        before,
        half.len() as u64,
        Arc::clone(&counts),
        Arc::clone(&is_over),
    ));
    let (cpu, began) = (server.cpu()?, Instant::now());
    let query = "?type=product&generation=half";
    let sender = server.sender();
    sender
        .call("POST", "/v1/content/commit", query, Bytes::new())
        .await?;
    tell_seconds("commit answered, s", began.elapsed());
    while server.count("f[]=type:product").await? == before && began.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    tell_seconds("commit visible, s", began.elapsed());
    is_over.store(true, Ordering::Relaxed);
    let latencies = watching.await??;
    server.wait_until_idle().await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    let after = server.count("f[]=type:product").await?;
    tell("commit deleted, objects", before.saturating_sub(after));
    tell("commit cpu, s", format!("{:.2}", cpu.as_secs_f64()));
    tell_latencies("commit, search beside", &latencies);
    tell(
        "commit, searches that saw a mix",
        counts.load(Ordering::Relaxed),
    );
    Ok(())
}

/// Counts until it is over; every count is that of before or that of after.
async fn watch(
    server: Arc<Server>,
    before: u64,
    after: u64,
    mixes: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
) -> Result<Latencies> {
    let mut latencies = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let count = server.count("f[]=type:product").await?;
        latencies.push(began.elapsed());
        if count != before && count > after {
            mixes.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Latencies::new(latencies))
}

/// A batch of one object that nothing else has the name of.
fn marker(number: usize) -> Bytes {
    let title = format!("sign {number}");
    let object = json!({"identity": title, "type": "sign", "fields": {"title": title}});
    Bytes::from(json!({"objects": [object]}).to_string())
}
