//! The load of a shop on a server of its own, over HTTP with signed requests, one figure a line:
//!
//! `cargo bench --bench load -- --catalog FILE.ndjson[.gz]... [--objects N] [PART]...`
//!
//! The catalogs are grown to N objects (200,000) by copies of their objects, each with another word in its title,
//! another price, other codes, and sent in batches of 100. Then the parts, all of them where none is named:
//! `searches`, `landing`, `keys`, `events`, `nightly`, `mixed`, `update`, `commit`, `start`. What comes at a rate comes at
//! fixed moments, and its latency counts from the moment it was due. Figures have their unit in their name; CPU
//! is that of the server's process, searches and writes of a part together. Another program than that of this
//! build is measured where `VETRINA_BENCH_PROGRAM` names it. A cluster is measured where the environment names one
//! (`VETRINA_BACKEND=opensearch`, `VETRINA_OPENSEARCH__NODES='["http://127.0.0.1:9200"]'`); its own CPU is in no figure.

mod measure;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use measure::catalog::{Catalog, Marking};
use measure::figures::{megabytes, tell, tell_cpu, tell_latencies, tell_seconds};
use measure::load;
use measure::server::Server;
use measure::writes::{BATCH_OBJECTS, CONNECTIONS};
use measure::{events, reads, writes};

const OBJECTS: usize = 200_000;
/// Of a feed, what its end is compared with.
const FIRST_OBJECTS: usize = 100_000;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct Wanted {
    files: Vec<PathBuf>,
    objects: usize,
    parts: Vec<String>,
}

impl Wanted {
    fn read() -> Result<Self> {
        let mut wanted = Self {
            files: Vec::new(),
            objects: OBJECTS,
            parts: Vec::new(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--catalog" => wanted.files.extend(arguments.next().map(PathBuf::from)),
                "--objects" => wanted.objects = arguments.next().ok_or("how many?")?.parse()?,
                // Cargo adds `--bench`.
                flag if flag.starts_with("--") => {}
                part => wanted.parts.push(part.to_owned()),
            }
        }
        wanted.files.retain(|file| file.is_file());
        Ok(wanted)
    }

    fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let wanted = Wanted::read()?;
    let catalogs = wanted.files.iter().map(|file| Catalog::read(file));
    let mut catalogs = catalogs.collect::<Result<Vec<_>>>()?;
    if catalogs.is_empty() {
        catalogs.push(Catalog::demo());
    }
    let catalog = Catalog::grown(&catalogs, wanted.objects)?.half_with("campaign", "spring")?;
    tell("objects", catalog.len());
    tell("json, MB", megabytes(catalog.bytes()));
    let mut server = Arc::new(Server::start().await?);
    fill(&server, &catalog).await?;
    if wanted.has("searches") {
        reads::searches(&server, &catalog).await?;
    }
    if wanted.has("landing") {
        reads::landing(&server, &catalog).await?;
    }
    if wanted.has("keys") {
        reads::keys(&server, &catalogs).await?;
    }
    if wanted.has("events") {
        events::events(&server, &catalog).await?;
    }
    if wanted.has("nightly") {
        writes::nightly(&server, &catalog).await?;
    }
    if wanted.has("mixed") {
        writes::mixed(&server, &catalog).await?;
    }
    if wanted.has("update") {
        writes::update(&server).await?;
    }
    if wanted.has("start") {
        let alone = Arc::get_mut(&mut server).ok_or("the server is still asked")?;
        tell_seconds("start, s", alone.end_and_restart().await?);
        tell_seconds("start after kill -9, s", alone.kill_and_restart().await?);
        tell("start memory, MB", megabytes(alone.memory()?));
    }
    if wanted.has("commit") {
        writes::commit(&server, &catalog).await?;
    }
    tell("memory peak, MB", megabytes(server.memory_peak()?));
    Ok(())
}

/// The first import.
async fn fill(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let mut batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    let (all, last) = (batches.len(), batches.len() / 10);
    let first = (FIRST_OBJECTS / BATCH_OBJECTS).min(all - last);
    let end = batches.split_off(all - last);
    let middle = batches.split_off(first);
    let (cpu, started) = (server.cpu()?, Instant::now());
    for (name, part) in [("first", batches), ("middle", middle), ("last tenth", end)] {
        let objects = part.len() * BATCH_OBJECTS;
        if objects == 0 {
            continue;
        }
        let (cpu, started) = (server.cpu()?, Instant::now());
        let loaded = load::closed_loop(server, part, CONNECTIONS).await?;
        let (cpu, took) = (server.cpu()?.saturating_sub(cpu), started.elapsed());
        tell_cpu(
            &format!("ingest {name} cpu an object, µs"),
            cpu,
            objects,
            1e6,
        );
        let rate = objects as f64 / took.as_secs_f64();
        tell(&format!("ingest {name}, objects/s"), rate.round());
        tell_latencies(
            &format!("ingest {name} acknowledged"),
            &loaded.acknowledgements,
        );
        tell_latencies(&format!("ingest {name} visible"), &loaded.visibilities);
    }
    let took = started.elapsed();
    server.wait_until_at_rest().await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    tell_cpu("ingest cpu an object, µs", cpu, catalog.len(), 1e6);
    let rate = catalog.len() as f64 / took.as_secs_f64();
    tell("ingest, objects/s", rate.round());
    // With another backend it is somewhere else.
    if server.has_catalog_on_disk() {
        let (store, index) = server.disk()?;
        tell("disk store, MB", megabytes(store));
        tell("disk index, MB", megabytes(index));
        let share = (store + index) as f64 / catalog.bytes() as f64;
        tell("disk, times the json", format!("{share:.2}"));
    }
    tell("ingest memory peak, MB", megabytes(server.memory_peak()?));
    Ok(())
}
