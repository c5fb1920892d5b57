//! What an update by query of half a catalog costs, how long searches take beside it, and how fast a
//! whole catalog is exported:
//!
//! `cargo bench --bench jobs -- [OBJECTS]`
//!
//! Takes the demo catalog as many times over as OBJECTS (200,000) wants. Searches come at fixed moments
//! and count from the moment they were due, first on a server at rest, then beside the job.

mod measure;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use measure::beside::{described, fill, searches_at_rest, searches_during};
use measure::catalog::Catalog;
use measure::sender::Sender;
use measure::server::Server;
use measure::table::{bytes, per_second, row};

const OBJECTS: usize = 200_000;
/// Between two looks at the job.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Longest wait for a job.
const PATIENCE: Duration = Duration::from_secs(600);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let given = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let catalog = Catalog::demo()
        .multiplied_to(given.unwrap_or(OBJECTS))?
        .half_with("campaign", "spring")?;
    println!(
        "\n## {}, {} objects, {}",
        catalog.name,
        catalog.len(),
        bytes(catalog.bytes())
    );
    let server = Arc::new(Server::start().await?);
    fill(&server, &catalog).await?;

    searches_at_rest(&server).await?;
    update(&server).await?;
    server.wait_until_idle().await?;
    export(&server).await?;
    row("memory, peak", &[bytes(server.memory_peak()?)]);
    Ok(())
}

/// Changes every object of the campaign.
async fn update(server: &Arc<Server>) -> Result<()> {
    let body = json!({
        "search": {"types": ["product", "article", "store"], "partial": {"fields": {"campaign": "spring"}}},
        "update": {"fields": {"campaign": "summer", "price": "9.90 EUR"}},
    });
    let cpu_before = server.cpu()?;
    let job = follow(server.sender(), Bytes::from(body.to_string()));
    let (ended, latencies) = searches_during(server, job).await?;
    let (took, state) = ended?;
    server.wait_until_idle().await?;
    let cpu = server.cpu()?.saturating_sub(cpu_before);
    let updates = state["updates_count"].as_u64().ok_or("no count")? as usize;
    row(
        "update by query",
        &[
            format!("{updates} objects, {} failures", state["failures_count"]),
            per_second(updates, took),
            format!(
                "{:.1} µs CPU an object, searches included",
                cpu.as_secs_f64() * 1e6 / updates.max(1) as f64
            ),
        ],
    );
    row("  searches beside it", &[described(&latencies)]);
    Ok(())
}

/// Starts the job and waits for its end, which is when its changes can be found.
async fn follow(sender: Sender, body: Bytes) -> Result<(Duration, Value)> {
    const PATH: &str = "/v1/update_by_query";
    let started = Instant::now();
    let answer = sender.call("PATCH", PATH, "", body).await?;
    let queued: Value = serde_json::from_slice(&answer)?;
    let url = queued["status_url"].as_str().ok_or("no status url")?;
    let query = url.strip_prefix(PATH).ok_or("an odd status url")?;
    while started.elapsed() < PATIENCE {
        let state = sender.call("GET", PATH, query, Bytes::new()).await?;
        let state: Value = serde_json::from_slice(&state)?;
        match state["status"].as_str() {
            Some("in progress") => tokio::time::sleep(LOOK_EVERY).await,
            Some("complete") => return Ok((started.elapsed(), state)),
            _ => return Err(format!("the job failed: {state}").into()),
        }
    }
    Err("the job does not end".into())
}

/// Every page in the form that can be imported, thrown away.
async fn export(server: &Server) -> Result<()> {
    const PATH: &str = "/v1/content_export";
    let sender = server.sender();
    let cpu_before = server.cpu()?;
    let started = Instant::now();
    let (mut objects, mut size) = (0, 0);
    let mut query = Some("?form=import&size=500".to_owned());
    while let Some(asked) = query {
        let page = sender.call("GET", PATH, &asked, Bytes::new()).await?;
        size += page.len() as u64;
        let page: Value = serde_json::from_slice(&page)?;
        objects += page["objects"].as_array().map_or(0, Vec::len);
        let next = page["links"][0]["href"].as_str();
        let next = next.and_then(|href| href.split_once('?'));
        query = next.map(|(_, query)| format!("?{query}"));
    }
    let took = started.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu_before);
    row(
        "export",
        &[
            format!("{objects} objects, {}", bytes(size)),
            per_second(objects, took),
            format!(
                "{:.1} µs CPU an object",
                cpu.as_secs_f64() * 1e6 / objects.max(1) as f64
            ),
        ],
    );
    Ok(())
}
