//! Shops whose structure is known: what was planted is found, and what was bought together too seldom is not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{asked, bought, entries, event, marks, product, send, urls};
use crate::support::{Chance, TestServer};

/// Products that things go with, each with so many.
const LEADERS: usize = 12;
const PLANTED: usize = 5;
const OTHERS: usize = 120;

/// Transactions that have a leader and one of what goes with it, at least: the support of the note.
const SUPPORT: usize = 6;

/// Transactions that a pair has to have.
const SUPPORT_MIN: usize = 3;

fn planted(leader: usize, number: usize) -> String {
    format!("g{leader}-{number}")
}

/// Small numbers are much more frequent.
fn zipf(chance: &mut Chance, bound: u64) -> u64 {
    let first = chance.below(bound) + 1;
    chance.below(first)
}

/// The transactions of a shop in random order: leaders with some of what goes with them and with what everybody
/// buys, and others among themselves.
fn transactions(chance: &mut Chance) -> Vec<BTreeSet<String>> {
    let mut all = Vec::new();
    let noise = |chance: &mut Chance| format!("o{}", zipf(chance, OTHERS as u64));
    for leader in 0..LEADERS {
        for number in 0..PLANTED {
            for _ in 0..SUPPORT {
                let mut basket = BTreeSet::from([format!("l{leader}"), planted(leader, number)]);
                for _ in 0..chance.below(3) {
                    basket.insert(noise(chance));
                }
                all.push(basket);
            }
        }
    }
    for _ in 0..600 {
        let count = 1 + chance.below(4);
        all.push((0..count).map(|_| noise(chance)).collect());
    }
    for at in (1..all.len()).rev() {
        let other = chance.below(at as u64 + 1) as usize;
        all.swap(at, other);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_complements_are_found_and_rare_pairs_are_not() {
    let mut chance = Chance::new();
    let server = TestServer::start().await;
    let mut products: Vec<Value> = Vec::new();
    for leader in 0..LEADERS {
        products.push(product(
            &format!("l{leader}"),
            "Leaders",
            "Shop",
            10.0,
            json!({}),
        ));
        for number in 0..PLANTED {
            let category = format!("C{}", number % 3);
            products.push(product(
                &planted(leader, number),
                &category,
                "Shop",
                5.0 + number as f64,
                json!({}),
            ));
        }
    }
    products.extend((0..OTHERS).map(|n| {
        product(
            &format!("o{n}"),
            &format!("C{}", n % 7),
            "Shop",
            3.0,
            json!({}),
        )
    }));
    server.site().replace(products).await.ok();
    let transactions = transactions(&mut chance);
    let mut support: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for basket in &transactions {
        for first in basket {
            for second in basket.iter().filter(|other| *other != first) {
                *support.entry((first, second)).or_default() += 1;
            }
        }
    }
    let events = transactions.iter().enumerate().map(|(at, basket)| {
        let items: Vec<&str> = basket.iter().map(String::as_str).collect();
        event(format!("t{at}"), &format!("c{}", at % 50), bought(&items))
    });
    send(&server, &events.collect::<Vec<_>>()).await;

    let (mut found, mut wanted) = (0, 0);
    for model in ["item_detail_complements", "basket", "basket_popup"] {
        for leader in 0..LEADERS {
            let own = format!("l{leader}");
            let keys = json!({"item_ids": [own], "size": 50, "mark_fallback_results": true});
            let entry = &entries(&server, &json!([asked(model, keys)])).await[0];
            let (urls, marks) = (urls(entry), marks(entry));
            let known: Vec<&str> = urls
                .split(' ')
                .zip(marks.chars())
                .filter(|(_, mark)| *mark == '-')
                .map(|(url, _)| url)
                .collect();
            for other in &known {
                let support = support.get(&(own.as_str(), *other)).copied().unwrap_or(0);
                assert!(
                    support >= SUPPORT_MIN,
                    "{model}: {own} with {other} has {support}"
                );
            }
            let planted: Vec<String> = (0..PLANTED).map(|number| planted(leader, number)).collect();
            found += known
                .iter()
                .take(5)
                .filter(|url| planted.iter().any(|one| one == *url))
                .count();
            wanted += 5;
        }
    }
    let precision = found as f64 / f64::from(wanted);
    println!("precision@5 {precision:.3} at a support of {SUPPORT}");
    assert!(precision >= 0.9, "precision@5 is {precision}");
}
