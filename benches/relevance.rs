//! How well searches find, asked over HTTP:
//!
//! `cargo bench --bench relevance -- [--cluster URL] [--judged FOLDER] [--typos FILE.ndjson[.gz]] [--kinds FILE.ndjson[.gz]]`
//!
//! A judged folder holds `catalog.ndjson[.gz]`, `queries.tsv` (id, text) and `judgments.tsv` (query id,
//! identity, grade 0–3). A typo file is any catalog: products are looked for by words of their own
//! titles; one of kinds is a catalog with categories, which are looked for by their names. Without either there is nothing to measure, and it says so. `--worst` lists the judged
//! queries with the most to gain, and the products not found. With `--cluster` the catalogs are kept in that cluster
//! and removed from it afterwards.

mod measure;

use std::path::PathBuf;

use measure::catalog::{Catalog, Marking};
use measure::judged::{self, Judged};
use measure::kinds;
use measure::server::Server;
use measure::sets;
use measure::table::row;
use measure::typos;

const BATCH_OBJECTS: usize = 100;
/// Judged queries listed by `--worst`.
const WORST: usize = 25;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let (mut folders, mut files, mut of_kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut lists_worst, mut cluster) = (false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--judged" => folders.extend(arguments.next().map(PathBuf::from)),
            "--typos" => files.extend(arguments.next().map(PathBuf::from)),
            "--kinds" => of_kinds.extend(arguments.next().map(PathBuf::from)),
            "--cluster" => cluster = arguments.next(),
            "--worst" => lists_worst = true,
            // Cargo adds `--bench`.
            _ => {}
        }
    }
    if folders.is_empty() && files.is_empty() && of_kinds.is_empty() {
        println!("skipped: neither --judged FOLDER nor --typos FILE nor --kinds FILE was given");
    }
    let cluster = cluster.as_deref();
    for folder in folders {
        let judged = Judged::read(&folder)?;
        let server = filled(&judged.catalog, cluster).await?;
        let scores = judged::ask(&server, &judged).await?;
        row(&folder.display().to_string(), &[scores.to_string()]);
        let sets = sets::ask(&server, &judged).await?;
        row("", &[sets.to_string()]);
        if lists_worst {
            scores.worst(WORST).for_each(|line| println!("  {line}"));
        }
        emptied(server, cluster).await?;
    }
    for file in of_kinds {
        let catalog = Catalog::read(&file)?;
        let server = filled(&catalog, cluster).await?;
        let kinds = kinds::ask(&server, &catalog).await?;
        row(&file.display().to_string(), &[kinds.to_string()]);
        if lists_worst {
            kinds.worst(WORST).for_each(|line| println!("  {line}"));
        }
        emptied(server, cluster).await?;
    }
    for file in files {
        let catalog = Catalog::read(&file)?;
        let server = filled(&catalog, cluster).await?;
        println!("{}", file.display());
        for way in typos::Way::ALL {
            let asked = typos::ask(&server, &catalog, way).await?;
            let share = asked.share_found();
            row(&format!("  {way}"), &[format!("{:.1} %", share * 100.0)]);
            for (query, title) in asked.missed.iter().filter(|_| lists_worst) {
                println!("    {query}\n      {title}");
            }
        }
        emptied(server, cluster).await?;
    }
    Ok(())
}

async fn filled(catalog: &Catalog, cluster: Option<&str>) -> Result<Server> {
    let server = match cluster {
        Some(cluster) => Server::start_in(cluster).await?,
        None => Server::start().await?,
    };
    let batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    measure::load::closed_loop(&server, batches, 1).await?;
    Ok(server)
}

async fn emptied(server: Server, cluster: Option<&str>) -> Result<()> {
    match cluster {
        Some(cluster) => server.remove_from(cluster).await,
        None => Ok(()),
    }
}
