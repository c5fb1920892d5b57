//! Many shoppers at once: what is popular is what a naive count of their events says, and nothing that one client
//! alone searched for, or that found nothing, leaves by any door.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{click, event, item, personal, search, send, top, trending};
use crate::support::{Chance, TRACKER_ID, TestServer};

const SHOPPERS: usize = 20;
const EVENTS: usize = 60;
const PRODUCTS: usize = 12;

/// Small numbers are much more frequent.
fn zipf(chance: &mut Chance, bound: u64) -> u64 {
    let first = chance.below(bound) + 1;
    chance.below(first)
}

#[derive(Default)]
struct Naive {
    scores: BTreeMap<String, u64>,
    searches: BTreeMap<String, u64>,
    searchers: BTreeMap<String, BTreeSet<usize>>,
}

#[expect(clippy::too_many_lines, reason = "one replay, counted and compared")]
#[tokio::test(flavor = "multi_thread")]
async fn counters_are_what_a_naive_count_says() {
    let server = TestServer::start().await;
    server
        .site()
        .replace((0..PRODUCTS).map(|n| item(&format!("p{n}"))))
        .await
        .ok();
    let mut chance = Chance::new();
    let mut naive = Naive::default();
    let mut by_shopper: Vec<Vec<Value>> = vec![Vec::new(); SHOPPERS];
    for number in 0..SHOPPERS * EVENTS {
        let shopper = zipf(&mut chance, SHOPPERS as u64) as usize;
        let product = format!("p{}", zipf(&mut chance, PRODUCTS as u64));
        let mut worth = |points: u64| *naive.scores.entry(product.clone()).or_default() += points;
        let keys = match chance.below(5) {
            0 | 1 => {
                let query = zipf(&mut chance, 30);
                let text = format!("query {query}");
                // Every fifth finds nothing.
                if query % 5 == 4 {
                    search(&text, &[])
                } else {
                    *naive.searches.entry(text.clone()).or_default() += 1;
                    naive
                        .searchers
                        .entry(text.clone())
                        .or_default()
                        .insert(shopper);
                    search(&text, &[&product])
                }
            }
            2 => {
                worth(1);
                click(&product)
            }
            3 => {
                worth(5);
                json!({"type": "click", "action": {"type": "buy", "resource_identifier": product}})
            }
            _ => {
                worth(10);
                json!({"type": "transaction", "items": [{"url": product, "count": 1, "total_price": 2}]})
            }
        };
        let event = event(number, &format!("c{shopper}"), keys);
        by_shopper[shopper].push(event);
    }
    let mut sending = JoinSet::new();
    for events in by_shopper {
        let base = server.base();
        sending.spawn(async move {
            for some in events.chunks(7) {
                super::send_to(&base, "/", &json!(some)).await.status(204);
            }
            // A client that was not sure sends the last ones again.
            for event in events.iter().rev().take(3) {
                super::send_to(&base, "/v1", event).await.status(204);
            }
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent.expect("a shopper ends well");
    }

    let by_count = |counts: &BTreeMap<String, u64>| {
        let mut sorted: Vec<_> = counts.iter().map(|(name, n)| (name.clone(), *n)).collect();
        sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        sorted
    };
    let popular = by_count(&naive.scores);
    let names: Vec<&str> = popular.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        top(&server, &format!("item:{}", names.len())).await,
        names.join(" "),
        "{chance:?}"
    );
    let mut shared = by_count(&naive.searches);
    shared.retain(|(query, _)| naive.searchers[query].len() > 1);
    let path = format!("/v1/top_items?tracker_id={TRACKER_ID}&type=query:50");
    let shown = server.get(&path).await.status(200).json();
    let shown: Vec<&str> = shown["hits"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|hit| hit["url"].as_str().expect("a url"))
        .collect();
    let expected: Vec<&str> = shared.iter().map(|(query, _)| query.as_str()).collect();
    assert_eq!(shown, expected, "{chance:?}");
    let site = server.site();
    let found = site.search("f[]=type:query&size=200").await;
    let mut of_search = found.identities();
    of_search.sort_unstable();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    assert_eq!(of_search, sorted, "{chance:?}");
    let counted = site.search("facets=type&size=0").await.facet("type");
    let counted = counted.iter().find(|(name, _)| name == "query");
    let counted = counted.map_or(0, |(_, count)| *count);
    assert_eq!(counted, expected.len() as u64, "{chance:?}");
    let frequent = shared.iter().filter(|(_, count)| *count >= 3).take(10);
    let frequent: Vec<_> = frequent.map(|(query, _)| json!({"title": query})).collect();
    assert_eq!(trending(&server).await, json!(frequent), "{chance:?}");
    for shopper in 0..SHOPPERS {
        let own = personal(&server, &format!("c{shopper}"), "query:50").await;
        for query in own.split("query ").filter(|text| !text.is_empty()) {
            let query = format!("query {}", query.trim());
            assert!(expected.contains(&query.as_str()), "{query}, {chance:?}");
        }
    }
    drop(send(&server, &json!({})).await);
    server.stop().await;
}
