//! What visitors of a shop do, as events: many shoppers, few of them busy, and a count beside the server's. Invariant: the
//! same catalog gives the same events every time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::catalog::Catalog;
use super::figures::{megabytes, tell, tell_cpu, tell_latencies};
use super::load::Latencies;
use super::queries;
use super::random::Random;
use super::schedule;
use super::server::Server;
use crate::Result;

const EVENTS: usize = 1_000_000;
const SHOPPERS: usize = 1_000;
const PRODUCTS: usize = 20_000;
const QUERIES: usize = 1_000;
/// Items of a list that is shown.
const SHOWN: usize = 5;
/// Events of a request, all of one shopper.
const TOGETHER: usize = 50;
const CONNECTIONS: usize = 4;
/// The rate that a shop is to be served at, for how long, and searches a second beside it.
const RATE: f64 = 5_000.0;
const AT_RATE_FOR: Duration = Duration::from_secs(20);
const SEARCH_RATE: f64 = 50.0;
const AT_REST_FOR: Duration = Duration::from_secs(10);
/// Most popular products that are compared with the count, as many as are told at most.
const COMPARED: usize = 50;

/// A million events: for a while at a rate, and the others as fast as they are acknowledged.
pub(crate) async fn events(server: &Arc<Server>, catalog: &Catalog) -> Result<()> {
    let queries = queries::of(catalog, QUERIES)?;
    let search = |number: usize| {
        let parameters = queries[number % queries.len()].parameters.clone();
        let server = Arc::clone(server);
        async move { server.answer(&parameters).await.map(drop) }
    };
    let rest = schedule::at_rate(SEARCH_RATE, AT_REST_FOR, search).await?;
    tell_latencies("events, search at rest", &rest);
    let mut shop = Shop::new(catalog)?;
    let mut requests: Vec<Bytes> = (0..EVENTS / TOGETHER).map(|_| shop.request()).collect();
    let fast = requests.split_off((RATE * AT_RATE_FOR.as_secs_f64()) as usize / TOGETHER);

    let cpu = server.cpu()?;
    let sending = {
        let (server, requests) = (Arc::clone(server), Arc::new(requests));
        let rate = RATE / TOGETHER as f64;
        tokio::spawn(async move {
            let send = |number: usize| {
                let (server, requests) = (Arc::clone(&server), Arc::clone(&requests));
                async move { server.happened(requests[number].clone()).await }
            };
            schedule::at_rate(rate, AT_RATE_FOR, send).await
        })
    };
    let beside = schedule::at_rate(SEARCH_RATE, AT_RATE_FOR, search).await?;
    tell_latencies("events at a rate, search beside", &beside);
    tell_latencies("events at a rate, acknowledged", &sending.await??);

    let began = Instant::now();
    let (next, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
    let sending = tokio::spawn(all_in_turn(
        Arc::clone(server),
        Arc::new(fast),
        next,
        Arc::clone(&is_over),
    ));
    let mut beside = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        beside.push(schedule::at_rate(SEARCH_RATE, Duration::from_secs(1), search).await?);
    }
    let (requests, took) = sending.await??;
    tell_latencies("events at once, search beside", &Latencies::of_all(beside));
    let rate = (requests * TOGETHER) as f64 / took.as_secs_f64();
    tell("events at once, events/s", rate.round());
    server.wait_until_idle().await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    tell_cpu(
        "events and their searches cpu an event, µs",
        cpu,
        EVENTS,
        1e6,
    );
    tell("events, memory, MB", megabytes(server.memory()?));
    tell("events, s", began.elapsed().as_secs());
    let path = format!("type=product:{COMPARED}&hit_fields=title");
    let popular: Value = serde_json::from_slice(&server.top_items(&path).await?)?;
    let popular = popular["hits"].as_array().ok_or("no hits")?.iter();
    let popular: Vec<&str> = popular.filter_map(|hit| hit["url"].as_str()).collect();
    tell(
        "events, places as counted",
        shop.places_as_counted(&popular),
    );
    Ok(())
}

/// How many requests were sent, and how long that took.
async fn all_in_turn(
    server: Arc<Server>,
    requests: Arc<Vec<Bytes>>,
    next: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
) -> Result<(usize, Duration)> {
    let began = Instant::now();
    let mut sending: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (server, requests) = (Arc::clone(&server), Arc::clone(&requests));
        let next = Arc::clone(&next);
        sending.spawn(async move {
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                server.happened(request.clone()).await?;
            }
            Ok(())
        });
    }
    let mut ends = Vec::new();
    while let Some(ended) = sending.join_next().await {
        ends.push(ended?);
    }
    is_over.store(true, Ordering::Relaxed);
    ends.into_iter().collect::<Result<()>>()?;
    Ok((requests.len(), began.elapsed()))
}

/// Its shoppers, and what their events are worth by a count that knows nothing of the server.
struct Shop {
    random: Random,
    products: Vec<String>,
    sent: usize,
    worth: HashMap<usize, u64>,
}

impl Shop {
    fn new(catalog: &Catalog) -> Result<Self> {
        let mut products = Vec::with_capacity(PRODUCTS);
        for object in catalog.objects().take(PRODUCTS) {
            let object = object?;
            products.push(object["identity"].as_str().ok_or("no identity")?.to_owned());
        }
        Ok(Self {
            random: Random::new(41),
            products,
            sent: 0,
            worth: HashMap::new(),
        })
    }

    /// Small numbers are much more frequent.
    fn zipf(&mut self, bound: usize) -> usize {
        let first = self.random.below(bound) + 1;
        let second = self.random.below(first) + 1;
        self.random.below(second)
    }

    fn request(&mut self) -> Bytes {
        let shopper = self.zipf(SHOPPERS);
        let events: Vec<Value> = (0..TOGETHER).map(|_| self.event(shopper)).collect();
        Bytes::from(Value::from(events).to_string())
    }

    fn event(&mut self, shopper: usize) -> Value {
        let product = self.zipf(self.products.len());
        let url = self.products[product].clone();
        let (keys, worth) = match self.random.below(5) {
            0 | 1 => (self.search(&url), 0),
            2 => {
                let action = json!({"type": "click", "resource_identifier": url});
                (json!({"type": "click", "action": action}), 1)
            }
            3 => {
                let action = json!({"type": "buy", "resource_identifier": url});
                (json!({"type": "click", "action": action}), 5)
            }
            _ => {
                let lines = json!([{"url": url, "count": 1, "total_price": 2}]);
                (json!({"type": "transaction", "items": lines}), 10)
            }
        };
        *self.worth.entry(product).or_default() += worth;
        let mut event = json!({"id": self.sent, "client_id": format!("shopper {shopper}")});
        self.sent += 1;
        if let (Value::Object(event), Value::Object(keys)) = (&mut event, keys) {
            event.extend(keys);
        }
        Server::of_site(event)
    }

    fn search(&mut self, first: &str) -> Value {
        let query = format!("query {}", self.zipf(QUERIES));
        let others: Vec<usize> = (1..SHOWN).map(|_| self.zipf(self.products.len())).collect();
        let others = others.iter().map(|&at| self.products[at].as_str());
        let items = std::iter::once(first).chain(others);
        let items = items.zip(1..).map(
            |(url, position)| json!({"title": "T", "type": "product", "url": url, "position": position}),
        );
        let list = json!({"items": items.collect::<Vec<_>>(), "query": {"string": query}});
        json!({"type": "event", "lists": {"Search Results": list}})
    }

    /// How many stand where they are worth what stands there by the count, of all of them.
    fn places_as_counted(&self, popular: &[&str]) -> String {
        let mut worth: Vec<u64> = self.worth.values().copied().collect();
        worth.sort_unstable_by(|one, other| other.cmp(one));
        let of = |url: &str| {
            let product = self.products.iter().position(|product| product == url)?;
            self.worth.get(&product).copied()
        };
        let places = popular.iter().zip(&worth);
        let right = places.filter(|(url, worth)| of(url) == Some(**worth));
        format!("{} of {}", right.count(), COMPARED.min(worth.len()))
    }
}
