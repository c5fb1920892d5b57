//! How long suggestions take key by key, and how early what is wanted is among them, asked over HTTP:
//!
//! `cargo bench --bench autocomplete -- --catalog FILE.ndjson[.gz]... [--objects N] [--quality]`
//!
//! The catalogs are grown to N objects (200,000) by copies of their objects, each with another word in its
//! title. Five hundred titles and categories are typed letter by letter, one request a key, on one
//! connection. With `--quality` titles that are there once are typed, as they are and with a slip of the
//! finger: by which share of their letters they are among the first six; that takes the first catalog as
//! it is. `--slowest` lists the keys that took longest, `--missed` the titles not found by then. Another
//! program than that of this build is measured where `VETRINA_BENCH_PROGRAM` names it.

mod measure;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use measure::catalog::{Catalog, Marking};
use measure::keystrokes::{self, Curve, JUDGED_AT};
use measure::load::{self, Latencies};
use measure::server::Server;

const OBJECTS: usize = 200_000;
const BATCH_OBJECTS: usize = 100;
/// A server that is not built to be fast refuses more.
const FILL_CONNECTIONS: usize = 1;
/// Texts that are typed; the first ones only warm up, once more.
const TEXTS: usize = 500;
const WARM_UP: usize = 20;
const TITLES: usize = 300;
const LISTED: usize = 40;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Default)]
struct Wanted {
    files: Vec<PathBuf>,
    objects: Option<usize>,
    quality: bool,
    lists_slowest: bool,
    lists_missed: bool,
}

impl Wanted {
    fn read() -> Result<Self> {
        let mut wanted = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--catalog" => wanted.files.extend(arguments.next().map(PathBuf::from)),
                "--objects" => {
                    wanted.objects = Some(arguments.next().ok_or("how many?")?.parse()?);
                }
                "--quality" => wanted.quality = true,
                "--slowest" => wanted.lists_slowest = true,
                "--missed" => wanted.lists_missed = true,
                // Cargo adds `--bench`.
                _ => {}
            }
        }
        Ok(wanted)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let wanted = Wanted::read()?;
    let files = wanted.files.iter().filter(|file| file.is_file());
    let catalogs = files.map(|file| Catalog::read(file));
    let catalogs = catalogs.collect::<Result<Vec<_>>>()?;
    let Some(first) = catalogs.first() else {
        println!("skipped: no --catalog FILE was given that is there");
        return Ok(());
    };
    if wanted.quality {
        return quality(first, &wanted).await;
    }
    let objects = wanted.objects.unwrap_or(OBJECTS);
    keys(&Catalog::grown(&catalogs, objects)?, first, &wanted).await
}

async fn filled(catalog: &Catalog) -> Result<Server> {
    let server = Server::start().await?;
    let batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    load::closed_loop(&server, batches, FILL_CONNECTIONS).await?;
    server.wait_until_at_rest().await?;
    Ok(server)
}

/// Types what the original catalog has on a server with the grown one.
async fn keys(catalog: &Catalog, original: &Catalog, wanted: &Wanted) -> Result<()> {
    let texts = keystrokes::texts(original, TEXTS)?;
    let server = filled(catalog).await?;
    println!("objects: {}", catalog.len());
    for typed in keystrokes::beginnings(&texts[..WARM_UP.min(texts.len())]) {
        server.suggested(&keystrokes::parameters(&typed)).await?;
    }
    let cpu = server.cpu()?;
    let mut timed = Vec::new();
    for typed in keystrokes::beginnings(&texts) {
        let parameters = keystrokes::parameters(&typed);
        let began = Instant::now();
        server.suggested(&parameters).await?;
        timed.push((typed, began.elapsed()));
    }
    let cpu = server.cpu()?.saturating_sub(cpu);
    let all = |chars: &dyn Fn(usize) -> bool| {
        let some = timed
            .iter()
            .filter(|(typed, _)| chars(typed.chars().count()));
        Latencies::new(some.map(|(_, took)| *took).collect())
    };
    tell("autocomplete", &all(&|_| true));
    tell("autocomplete, 1 or 2 letters", &all(&|chars| chars <= 2));
    tell(
        "autocomplete, 3 to 5 letters",
        &all(&|chars| (3..=5).contains(&chars)),
    );
    tell("autocomplete, more letters", &all(&|chars| chars > 5));
    let of_each = cpu.as_secs_f64() * 1e3 / timed.len().max(1) as f64;
    println!("autocomplete cpu a key, ms: {of_each:.3}");
    if wanted.lists_slowest {
        timed.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
        for (typed, took) in timed.iter().take(LISTED) {
            println!("  {:.1} ms `{typed}`", millis(*took));
        }
    }
    Ok(())
}

fn tell(name: &str, latencies: &Latencies) {
    println!("{name}, keys: {}", latencies.len());
    for (percentile, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        let took = millis(latencies.percentile(share));
        println!("{name} {percentile}, ms: {took:.2}");
    }
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

async fn quality(catalog: &Catalog, wanted: &Wanted) -> Result<()> {
    let server = filled(catalog).await?;
    for (name, has_slip) in [("as it is", false), ("one typo", true)] {
        let curve = keystrokes::curve(&server, catalog, TITLES, has_slip).await?;
        tell_curve(name, &curve);
        for (typed, title) in curve.missed.iter().filter(|_| wanted.lists_missed) {
            println!("    `{typed}`\n      {title}");
        }
    }
    Ok(())
}

fn tell_curve(name: &str, curve: &Curve) {
    println!("titles, {name}: {}", curve.asked);
    for (share, found) in &curve.found {
        let mark = if *share == JUDGED_AT { " (judged)" } else { "" };
        let of_all = *found as f64 * 100.0 / curve.asked.max(1) as f64;
        println!(
            "found by {:.0} %{mark}, {name}: {of_all:.1} %",
            share * 100.0
        );
    }
}
