//! What indexing costs, from HTTP bytes to searchable, beside what its parts cost alone in this process: a tantivy
//! writer over the same documents and schema, reading the JSON, writing the bodies. One table a file:
//!
//! `cargo bench --bench indexing -- FILE.ndjson[.gz]… [--big]`
//!
//! Without a file it takes the demo catalog many times over. `--big` adds the file ten times over.
//! Everything is local and bounded: a file of 20,000 objects takes some two minutes, `--big` a few more.
//! CPU and memory are those of the server process, read from `/proc`.

mod measure;

use std::path::PathBuf;
use std::time::Duration;

use measure::catalog::{Catalog, Marking};
use measure::ceilings;
use measure::load::{self, Latencies};
use measure::server::Server;
use measure::table::{bytes, per_second, row};
use measure::writer;

/// As a shop's integration sends them.
const BATCH_OBJECTS: usize = 100;
const CONNECTIONS: usize = 4;
/// Objects a second of the open-loop run, and for how long.
const STEADY_RATE: usize = 2_000;
const STEADY_FOR: Duration = Duration::from_secs(10);
/// How many times over `--big` takes a file.
const BIG: usize = 10;
/// Objects the demo catalog is multiplied to.
const DEMO_OBJECTS: usize = 20_000;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut files = Vec::new();
    let mut with_big = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--big" => with_big = true,
            // Cargo adds its own.
            flag if flag.starts_with("--") => {}
            file => files.push(PathBuf::from(file)),
        }
    }
    let mut catalogs = Vec::new();
    for file in &files {
        catalogs.push(Catalog::read(file)?);
    }
    if catalogs.is_empty() {
        catalogs.push(Catalog::demo().multiplied_to(DEMO_OBJECTS)?);
    }
    for catalog in catalogs {
        println!(
            "\n## {}, {} objects, {}",
            catalog.name,
            catalog.len(),
            bytes(catalog.bytes())
        );
        whole_way(&catalog).await?;
        again(&catalog).await?;
        steady(&catalog).await?;
        if with_big {
            let big = catalog.multiplied_to(catalog.len() * BIG)?;
            println!(
                "\n## {}, {} objects, {}",
                big.name,
                big.len(),
                bytes(big.bytes())
            );
            fill(&big, None).await?;
        }
    }
    Ok(())
}

/// The first import, and what the same documents cost a bare writer.
async fn whole_way(catalog: &Catalog) -> Result<()> {
    let bare = writer::index(catalog)?;
    row(
        "bare writer",
        &[
            format!(
                "{:.1} µs CPU an object sent",
                bare.cpu.as_secs_f64() * 1e6 / catalog.len() as f64
            ),
            format!("{} documents", bare.documents),
            bytes(bare.index_bytes),
        ],
    );
    for (name, cpu) in [
        ("bare JSON", ceilings::json(catalog, BATCH_OBJECTS)?),
        ("bare store", ceilings::store(catalog, BATCH_OBJECTS)?),
    ] {
        let of_each = cpu.as_secs_f64() * 1e6 / catalog.len() as f64;
        row(name, &[format!("{of_each:.1} µs CPU an object sent")]);
    }
    fill(catalog, Some(bare.cpu)).await
}

/// Closed loop into an empty server; then size, memory, and the way back after `kill -9`.
async fn fill(catalog: &Catalog, bare: Option<Duration>) -> Result<()> {
    let mut server = Server::start().await?;
    let batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    let cpu_before = server.cpu()?;
    let loaded = load::closed_loop(&server, batches, CONNECTIONS).await?;
    server.wait_until_idle().await?;
    let cpu = server.cpu()?.saturating_sub(cpu_before);
    let objects = catalog.len();
    let per_object = cpu.as_secs_f64() * 1e6 / objects as f64;
    let ratio = bare.map(|bare| {
        format!(
            "{:.2} × the bare writer",
            cpu.as_secs_f64() / bare.as_secs_f64()
        )
    });
    row(
        "first import",
        &[
            format!("{per_object:.1} µs CPU an object"),
            ratio.unwrap_or_default(),
            format!(
                "{} acknowledged",
                per_second(objects, loaded.acknowledged_after)
            ),
            format!("{} visible", per_second(objects, loaded.visible_after)),
        ],
    );
    row("  acknowledged", &[described(&loaded.acknowledgements)]);
    row("  visible", &[described(&loaded.visibilities)]);
    let (store, index) = server.disk()?;
    let share = (store + index) as f64 / catalog.bytes() as f64;
    row(
        "  on disk",
        &[
            format!("store {}, index {}", bytes(store), bytes(index)),
            format!("{share:.2} × the JSON"),
        ],
    );
    row("  memory, peak", &[bytes(server.memory_peak()?)]);
    row(
        "ready after kill -9",
        &[format!(
            "{:.2} s",
            server.kill_and_restart().await?.as_secs_f64()
        )],
    );
    Ok(())
}

/// The same file again, and under another generation, one connection each.
async fn again(catalog: &Catalog) -> Result<()> {
    let server = Server::start().await?;
    let mut first = None;
    for (name, marking) in [
        ("one connection", Marking::AsSent),
        ("  unchanged", Marking::AsSent),
        ("  new generation", Marking::Generation("2")),
    ] {
        let batches = catalog.batches(BATCH_OBJECTS, &marking)?;
        let cpu_before = server.cpu()?;
        let loaded = load::closed_loop(&server, batches, 1).await?;
        server.wait_until_idle().await?;
        let cpu = server.cpu()?.saturating_sub(cpu_before);
        let took = loaded.visible_after;
        let first = *first.get_or_insert(took);
        row(
            name,
            &[
                per_second(catalog.len(), took),
                format!(
                    "{:.1} × the first",
                    first.as_secs_f64() / took.as_secs_f64()
                ),
                format!(
                    "{:.1} µs CPU an object",
                    cpu.as_secs_f64() * 1e6 / catalog.len() as f64
                ),
            ],
        );
    }
    Ok(())
}

/// Batches at fixed moments, whatever the server does: latency counts from the moment a batch was due.
async fn steady(catalog: &Catalog) -> Result<()> {
    let server = Server::start().await?;
    let every = Duration::from_secs_f64(BATCH_OBJECTS as f64 / STEADY_RATE as f64);
    let count = (STEADY_FOR.as_secs_f64() / every.as_secs_f64()) as usize;
    let mut batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    batches.truncate(count);
    let sent = batches.len() * BATCH_OBJECTS;
    let loaded = load::open_loop(&server, batches, every).await?;
    row(
        &format!("steady {STEADY_RATE}/s"),
        &[format!(
            "{sent} objects in {:.1} s",
            loaded.visible_after.as_secs_f64()
        )],
    );
    row("  acknowledged", &[described(&loaded.acknowledgements)]);
    row("  visible", &[described(&loaded.visibilities)]);
    Ok(())
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
