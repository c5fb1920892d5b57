//! A random replay against a count that keeps every event and looks through all of them. Invariant: what the naive
//! count says is written down here from the reference alone.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    /// Small numbers are much more frequent.
    fn zipf(&mut self, bound: usize) -> usize {
        let first = self.below(bound) + 1;
        self.below(first)
    }
}

type Shown = (i64, Option<String>, BTreeSet<usize>);

#[derive(Default)]
struct Naive {
    /// By client: when, which query, what was shown.
    shown: BTreeMap<String, Vec<Shown>>,
    last: BTreeMap<String, i64>,
    session_began: BTreeMap<String, usize>,
    scores: BTreeMap<String, u64>,
    searches: BTreeMap<String, u64>,
    searchers: BTreeMap<String, BTreeSet<String>>,
    found: BTreeMap<String, bool>,
    pair_clicks: BTreeMap<(String, String), i64>,
    item_shown: BTreeMap<String, i64>,
}

impl Naive {
    /// Where the session of a client begins among its lists.
    fn enter(&mut self, client: &str, now: i64) {
        let over = self
            .last
            .get(client)
            .is_some_and(|last| now - last > 30 * MINUTE_MS);
        if over {
            let lists = self.shown.get(client).map_or(0, Vec::len);
            self.session_began.insert(client.to_owned(), lists);
        }
        self.last.insert(client.to_owned(), now);
    }

    fn show(&mut self, client: &str, now: i64, query: Option<String>, items: &[usize]) {
        for item in items {
            *self.item_shown.entry(format!("p{item}")).or_default() += 1;
        }
        let shown = (now, query, items.iter().copied().collect());
        self.shown.entry(client.to_owned()).or_default().push(shown);
    }

    fn search(&mut self, client: &str, query: &str, items: &[usize]) {
        *self.searches.entry(query.to_owned()).or_default() += 1;
        self.found.insert(query.to_owned(), !items.is_empty());
        if !items.is_empty() {
            let searchers = self.searchers.entry(query.to_owned()).or_default();
            searchers.insert(client.to_owned());
        }
    }

    fn done(&mut self, client: &str, now: i64, item: usize, worth: u64, is_click: bool) {
        *self.scores.entry(format!("p{item}")).or_default() += worth;
        let began = self.session_began.get(client).copied().unwrap_or(0);
        let lists = self.shown.get(client).map_or(&[][..], Vec::as_slice);
        let lists = lists.iter().skip(began).rev().take(20);
        let mut lists = lists.filter(|(at, _, _)| now - at <= 30 * MINUTE_MS);
        let origin = lists.find(|(_, _, items)| items.contains(&item));
        if let Some((_, Some(query), _)) = origin
            && is_click
        {
            let pair = (query.clone(), format!("p{item}"));
            *self.pair_clicks.entry(pair).or_default() += 1;
        }
    }

    fn queries(&self) -> Vec<(String, u64)> {
        let shared = |query: &String| self.searchers.get(query).map_or(0, BTreeSet::len) > 1;
        let mut shown: Vec<_> = self.searches.iter().map(|(q, n)| (q.clone(), *n)).collect();
        shown.retain(|(query, _)| shared(query) && self.found[query]);
        shown.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        shown
    }

    fn popular(&self) -> Vec<(String, u64)> {
        let mut popular: Vec<_> = self.scores.iter().map(|(p, n)| (p.clone(), *n)).collect();
        popular.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        popular
    }
}

async fn compare(shop: &Shop, naive: &Naive, context: &str) {
    assert_eq!(shop.queries().await, naive.queries(), "{context}");
    assert_eq!(shop.popular().await, naive.popular(), "{context}");
    let connection = Connection::open(shop.file()).unwrap();
    let mut rows = connection
        .prepare(
            "SELECT folded, identity, sum(clicks) FROM query_item_days \
             JOIN queries ON queries.number = query JOIN items ON items.number = item \
             WHERE clicks > 0 GROUP BY 1, 2",
        )
        .unwrap();
    let rows = rows.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    let pairs: BTreeMap<(String, String), i64> = rows.unwrap().map(Result::unwrap).collect();
    assert_eq!(pairs, naive.pair_clicks, "{context}");
    let mut rows = connection
        .prepare(
            "SELECT identity, sum(shown) FROM item_days JOIN items ON number = item \
             WHERE shown > 0 GROUP BY 1",
        )
        .unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let shown: BTreeMap<String, i64> = rows.unwrap().map(Result::unwrap).collect();
    assert_eq!(shown, naive.item_shown, "{context}");
}

async fn replay(seed: u64, steps: usize) {
    let settings = EventSettings {
        counters_kept_days: 3_000,
        ..EventSettings::default()
    };
    let mut shop = Shop::start(settings).await;
    let mut chance = Chance(seed);
    let mut naive = Naive::default();
    let mut sent: Vec<Event> = Vec::new();
    let mut batch = Vec::new();
    for step in 0..steps {
        shop.pass(chance.below(20_000) as i64);
        if chance.below(100) == 0 {
            shop.pass(40 * MINUTE_MS);
        }
        let now = shop.now().as_millis();
        let client = format!("c{}", chance.zipf(12));
        let item = chance.zipf(10);
        let target = format!("p{item}");
        let kind = match chance.below(8) {
            0..=2 => {
                let query = format!("query {}", chance.zipf(8));
                let mut items: Vec<usize> = (0..chance.below(6)).map(|_| chance.zipf(10)).collect();
                items.sort_unstable();
                items.dedup();
                let names: Vec<String> = items.iter().map(|item| format!("p{item}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                naive.enter(&client, now);
                naive.search(&client, &query, &items);
                naive.show(&client, now, Some(query.clone()), &items);
                search_for(&query, &names)
            }
            3 => {
                naive.enter(&client, now);
                naive.show(&client, now, None, &[item]);
                shown(ListKind::ProductListing, "", &[&target])
            }
            4 | 5 => {
                naive.enter(&client, now);
                naive.done(&client, now, item, 1, true);
                act(Act::Click, &target)
            }
            6 => {
                naive.enter(&client, now);
                naive.done(&client, now, item, 5, false);
                act(Act::Conversion, &target)
            }
            _ => {
                naive.enter(&client, now);
                naive.done(&client, now, item, 10, false);
                bought(&[&target])
            }
        };
        let event = shop.event(&client, kind);
        sent.push(event.clone());
        batch.push(event);
        if chance.below(20) == 0 {
            // One that was sent before.
            batch.push(sent[chance.below(sent.len())].clone());
        }
        if chance.below(10) == 0 || step + 1 == steps {
            shop.record(std::mem::take(&mut batch)).await.unwrap();
        }
        if chance.below(150) == 0 {
            if !batch.is_empty() {
                shop.record(std::mem::take(&mut batch)).await.unwrap();
            }
            shop = shop.restart();
            compare(&shop, &naive, &format!("seed {seed}, step {step}")).await;
        }
    }
    compare(&shop, &naive, &format!("seed {seed}")).await;
}

#[tokio::test]
async fn counters_are_what_a_naive_count_says() {
    for seed in [1, 7_919, 104_729] {
        replay(seed, 600).await;
    }
}
