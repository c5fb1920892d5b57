//! What visitors of a shop ask for, as figures: searches, pages of categories, suggestions. Invariant: the same
//! catalog gives the same requests every time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use super::catalog::Catalog;
use super::figures::{tell, tell_cpu, tell_latencies};
use super::load::Latencies;
use super::server::Server;
use super::{keystrokes, queries};
use crate::Result;

const QUERIES: usize = 2_000;
const WARM_UP: usize = 200;
const CONNECTIONS: usize = 8;
const LANDING_PAGES: usize = 500;
const LANDING_FACETS: &str = "brand,category,price_amount,availability,type";
/// Texts that are typed, and of their beginnings one in so many.
const TEXTS: usize = 500;
const KEYS_ONE_IN: usize = 3;

/// Searches with typos, facets and filters: one after the other, then on several connections.
pub(crate) async fn searches(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let queries = queries::of(catalog, WARM_UP + 2 * QUERIES)?;
    let parameters: Vec<String> = queries.into_iter().map(|query| query.parameters).collect();
    let (warm_up, rest) = parameters.split_at(WARM_UP);
    let (alone, beside) = rest.split_at(QUERIES);
    asked(server, "", warm_up, 1).await?;
    let one = asked(server, "search, 1 connection", alone, 1).await?;
    let name = format!("search, {CONNECTIONS} connections");
    let many = asked(server, &name, beside, CONNECTIONS).await?;
    tell(
        "search throughput, times one connection",
        format!("{:.2}", many / one),
    );
    Ok(())
}

/// Pages of categories: a filter, facets and no words.
pub(crate) async fn landing(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let mut categories: Vec<String> = Vec::new();
    for object in catalog.objects() {
        let object = object?;
        let nested = object["nested"].as_array().map_or(&[][..], Vec::as_slice);
        let titles = nested.iter().filter(|nested| nested["type"] == "category");
        let titles = titles.filter_map(|nested| nested["fields"]["title"].as_str());
        categories.extend(titles.map(str::to_owned));
        if categories.len() >= LANDING_PAGES {
            break;
        }
    }
    let page = |category: &String| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("f[]", "type:product");
        pairs.append_pair("f[]", &format!("category:{category}"));
        pairs.append_pair("facets", LANDING_FACETS);
        pairs.append_pair("size", "20");
        pairs.finish()
    };
    let pages: Vec<String> = categories.iter().map(page).collect();
    asked(server, "landing page", &pages, 1).await?;
    Ok(())
}

/// Suggestions key by key.
pub(crate) async fn keys(server: &Arc<Server>, originals: &[Catalog]) -> Result<()> {
    let original = originals.first().ok_or("no catalog")?;
    let typed = keystrokes::beginnings(&keystrokes::texts(original, TEXTS)?);
    let parameters: Vec<String> = typed
        .iter()
        .step_by(KEYS_ONE_IN)
        .map(|typed| keystrokes::parameters(typed))
        .collect();
    let (cpu, mut latencies) = (server.cpu()?, Vec::new());
    for parameters in &parameters {
        let began = Instant::now();
        server.suggested(parameters).await?;
        latencies.push(began.elapsed());
    }
    let cpu = server.cpu()?.saturating_sub(cpu);
    tell_cpu("key cpu, ms", cpu, parameters.len(), 1e3);
    tell_latencies("key", &Latencies::new(latencies));
    Ok(())
}

/// Asks all, each connection its next when its last is answered; how many a second. Tells nothing without a name.
async fn asked(
    server: &Arc<Server>,
    name: &str,
    parameters: &[String],
    connections: usize,
) -> Result<f64> {
    let parameters: Arc<[String]> = parameters.into();
    let next = Arc::new(AtomicUsize::new(0));
    let (cpu, started) = (server.cpu()?, Instant::now());
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        let (server, next) = (Arc::clone(server), Arc::clone(&next));
        let parameters = Arc::clone(&parameters);
        asking.spawn(async move {
            let mut latencies = Vec::new();
            while let Some(one) = parameters.get(next.fetch_add(1, Ordering::Relaxed)) {
                let began = Instant::now();
                server.answer(one).await?;
                latencies.push(began.elapsed());
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(some) = asking.join_next().await {
        latencies.extend(some??);
    }
    let (cpu, took) = (server.cpu()?.saturating_sub(cpu), started.elapsed());
    let rate = latencies.len() as f64 / took.as_secs_f64();
    if !name.is_empty() {
        tell_cpu(&format!("{name} cpu, ms"), cpu, parameters.len(), 1e3);
        tell_latencies(name, &Latencies::new(latencies));
        tell(&format!("{name}, requests/s"), rate.round());
    }
    Ok(rate)
}
