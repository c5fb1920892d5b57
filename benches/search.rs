//! How long searches take on a large catalog, at rest and while it is written to, asked over HTTP:
//!
//! `cargo bench --bench search -- --catalog FILE.ndjson[.gz]... [--objects N]`
//!
//! The catalogs are grown to N objects (200,000) by copies of their objects, each with another word in
//! its title, another price, other codes. Queries are one to three words of some title, 20 % with a typo,
//! all with facets on brand, category and price, half with a filter; first one at a time on a server at
//! rest, then on eight connections while 200 objects a second are written. CPU is that of the server, in
//! the second part with what the writes cost. `--slowest` lists the queries that took longest.

mod measure;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use measure::catalog::{Catalog, Marking};
use measure::load::{self, Latencies};
use measure::queries::{self, Kind, Query};
use measure::sender::Sender;
use measure::server::Server;
use measure::table::{bytes, per_second, row};

const OBJECTS: usize = 200_000;
const BATCH_OBJECTS: usize = 100;
const FILL_CONNECTIONS: usize = 4;
/// Queries of each part; the first ones of all only warm up.
const QUERIES: usize = 3_000;
const WARM_UP: usize = 200;
const CONNECTIONS: usize = 8;
/// What is written beside the searches: so many objects so often.
const WRITTEN_OBJECTS: usize = 50;
const WRITTEN_EVERY: Duration = Duration::from_millis(250);
const SLOWEST: usize = 30;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A query and how long it took.
type Timed = (Query, Duration);

#[tokio::main]
async fn main() -> Result<()> {
    let (mut files, mut objects, mut lists_slowest) = (Vec::new(), OBJECTS, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--catalog" => files.extend(arguments.next().map(PathBuf::from)),
            "--objects" => objects = arguments.next().ok_or("how many?")?.parse()?,
            "--slowest" => lists_slowest = true,
            // Cargo adds `--bench`.
            _ => {}
        }
    }
    files.retain(|file| {
        let is_there = file.is_file();
        if !is_there {
            println!("skipped: {} is not there", file.display());
        }
        is_there
    });
    if files.is_empty() {
        println!("skipped: no --catalog FILE was given that is there");
        return Ok(());
    }
    let catalogs = files.iter().map(|file| Catalog::read(file));
    let catalogs = catalogs.collect::<Result<Vec<_>>>()?;
    let catalog = Catalog::grown(&catalogs, objects)?;
    let size = bytes(catalog.bytes());
    println!("\n## {}, {} objects, {size}", catalog.name, catalog.len());
    let queries = queries::of(&catalog, WARM_UP + 2 * QUERIES)?;
    let (warm_up, queries) = queries.split_at(WARM_UP);
    let (alone, beside) = queries.split_at(QUERIES);

    let server = Arc::new(filled(&catalog).await?);
    in_turn(&server, warm_up.to_vec(), 1).await?;
    let timed = measured("one at a time", &server, alone, 1).await?;
    by_kind(&timed);
    if lists_slowest {
        slowest(&timed);
    }

    let rewritten = catalog.repriced()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let batches = rewritten.batches(WRITTEN_OBJECTS, &Marking::AsSent)?;
    let writing = tokio::spawn(write(server.sender(), batches, Arc::clone(&is_over)));
    let name = format!("{CONNECTIONS} connections, writes");
    let timed = measured(&name, &server, beside, CONNECTIONS).await?;
    is_over.store(true, Ordering::Relaxed);
    let written = writing.await??;
    by_kind(&timed);
    row("  written beside", &[format!("{written} objects")]);
    row("memory, peak", &[bytes(server.memory_peak()?)]);
    Ok(())
}

async fn filled(catalog: &Catalog) -> Result<Server> {
    let server = Server::start().await?;
    let batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    let loaded = load::closed_loop(&server, batches, FILL_CONNECTIONS).await?;
    row("filled", &[per_second(catalog.len(), loaded.visible_after)]);
    server.wait_until_at_rest().await?;
    Ok(server)
}

async fn measured(
    name: &str,
    server: &Arc<Server>,
    queries: &[Query],
    connections: usize,
) -> Result<Vec<Timed>> {
    let (cpu, started) = (server.cpu()?, Instant::now());
    let timed = in_turn(server, queries.to_vec(), connections).await?;
    let (cpu, took) = (server.cpu()?.saturating_sub(cpu), started.elapsed());
    let latencies = timed.iter().map(|(_, took)| *took).collect();
    row(
        name,
        &[
            described(&Latencies::new(latencies)),
            format!("{:.0} a second", timed.len() as f64 / took.as_secs_f64()),
            format!(
                "{:.2} ms CPU a query",
                cpu.as_secs_f64() * 1e3 / timed.len() as f64
            ),
        ],
    );
    Ok(timed)
}

/// Each connection asks the next query when its last one is answered.
async fn in_turn(
    server: &Arc<Server>,
    queries: Vec<Query>,
    connections: usize,
) -> Result<Vec<Timed>> {
    let (queries, next) = (Arc::new(queries), Arc::new(AtomicUsize::new(0)));
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let (server, queries, next) = (Arc::clone(server), Arc::clone(&queries), Arc::clone(&next));
        asking.spawn(async move {
            let mut timed = Vec::new();
            while let Some(query) = queries.get(next.fetch_add(1, Ordering::Relaxed)) {
                let began = Instant::now();
                server.answer(&query.parameters).await?;
                timed.push((query.clone(), began.elapsed()));
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(timed)
        });
    }
    let mut all = Vec::new();
    while let Some(timed) = asking.join_next().await {
        all.extend(timed??);
    }
    Ok(all)
}

/// A batch every so often until it is over; how many objects that were.
async fn write(sender: Sender, batches: Vec<Bytes>, is_over: Arc<AtomicBool>) -> Result<usize> {
    let mut due = Instant::now();
    let mut written = 0;
    for batch in batches {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        sender.post(batch, false).await?;
        written += WRITTEN_OBJECTS;
        due += WRITTEN_EVERY;
    }
    Ok(written)
}

fn by_kind(timed: &[Timed]) {
    let mut kinds: Vec<Kind> = Vec::new();
    for (query, _) in timed {
        if !kinds.contains(&query.kind) {
            kinds.push(query.kind);
        }
    }
    kinds.sort_by_key(ToString::to_string);
    for kind in kinds {
        let of_kind = timed.iter().filter(|(query, _)| query.kind == kind);
        let latencies = Latencies::new(of_kind.map(|(_, took)| *took).collect());
        row(&format!("  {kind}"), &[described(&latencies)]);
    }
}

fn slowest(timed: &[Timed]) {
    let mut slowest: Vec<&Timed> = timed.iter().collect();
    slowest.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
    for (query, took) in slowest.into_iter().take(SLOWEST) {
        println!("  {:.1} ms {}", took.as_secs_f64() * 1e3, query.parameters);
    }
}

fn described(latencies: &Latencies) -> String {
    let millis = |share: f64| latencies.percentile(share).as_secs_f64() * 1e3;
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms, of {}",
        millis(0.5),
        millis(0.99),
        millis(1.0),
        latencies.len()
    )
}
