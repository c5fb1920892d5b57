//! Somebody types the name of a kind of product: how many of the first ten are of that kind, by relevance,
//! in the other number, and cheapest first? Kinds are the titles of categories that enough products are in.
//! Invariant: the same catalog gives the same kinds every time.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::catalog::Catalog;
use super::server::Server;
use crate::Result;

/// Products of a kind at least, words of its name at most, and kinds looked for.
const PRODUCTS_MIN: usize = 12;
const WORDS_MAX: usize = 3;
const KINDS_MAX: usize = 300;
const DEPTH: usize = 10;

#[derive(Default)]
pub(crate) struct Kinds {
    /// Of each kind, its name first, then the shares.
    shares: Vec<(String, [f64; 3])>,
}

pub(crate) async fn ask(server: &Server, catalog: &Catalog) -> Result<Kinds> {
    let mut kinds = Kinds::default();
    for (title, products) in kinds_of(catalog)? {
        let name = title.to_lowercase();
        let share = async |text: &str, more: &[(&str, &str)]| -> Result<f64> {
            let depth = DEPTH.to_string();
            let mut parameters = vec![("size", depth.as_str())];
            parameters.extend(more);
            let answer = server.products(text, &parameters).await?;
            let hits = answer["hits"].as_array().ok_or("no hits")?;
            let of_kind = hits.iter().filter(|hit| is_of_kind(hit, &name)).count();
            Ok(of_kind as f64 / DEPTH.min(products) as f64)
        };
        let shares = [
            share(&name, &[]).await?,
            share(&other_number(&name), &[]).await?,
            share(&name, &[("sort", "price_amount:asc")]).await?,
        ];
        kinds.shares.push((title, shares));
    }
    Ok(kinds)
}

/// Names of kinds and how many products are of each.
fn kinds_of(catalog: &Catalog) -> Result<Vec<(String, usize)>> {
    let (mut kinds, mut brands): (HashMap<String, usize>, HashSet<String>) = Default::default();
    for line in catalog.lines() {
        let object: Value = serde_json::from_str(line)?;
        if let Some(brand) = object["fields"]["brand"].as_str() {
            brands.insert(brand.to_lowercase());
        }
        let nested = object["nested"].as_array().into_iter().flatten();
        for category in nested.filter(|nested| nested["type"] == "category") {
            let title = category["fields"]["title"].as_str();
            if let Some(title) = title.or(category["title"].as_str()) {
                *kinds.entry(title.to_owned()).or_default() += 1;
            }
        }
    }
    let is_name = |title: &str| {
        let is_plain = |c: char| c.is_alphabetic() || matches!(c, '\'' | ' ' | '-');
        (1..=WORDS_MAX).contains(&title.split_whitespace().count()) && title.chars().all(is_plain)
    };
    let mut kinds: Vec<(String, usize)> = kinds.into_iter().collect();
    kinds.retain(|(title, products)| {
        *products >= PRODUCTS_MIN && is_name(title) && !brands.contains(&title.to_lowercase())
    });
    kinds.sort_unstable();
    kinds.truncate(KINDS_MAX);
    Ok(kinds)
}

fn is_of_kind(hit: &Value, name: &str) -> bool {
    let categories = hit["attributes"]["category"].as_array();
    let mut titles = categories.into_iter().flatten().filter_map(Value::as_str);
    titles.any(|title| title.to_lowercase() == name)
}

fn other_number(name: &str) -> String {
    match name.strip_suffix('s') {
        Some(singular) if !singular.ends_with('s') => singular.to_owned(),
        _ => format!("{name}s"),
    }
}

impl Kinds {
    /// The kinds with the lowest shares.
    pub(crate) fn worst(&self, count: usize) -> impl Iterator<Item = String> {
        let mut by_share: Vec<_> = self.shares.iter().collect();
        by_share.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]).then(a.1[2].total_cmp(&b.1[2])));
        by_share.truncate(count);
        by_share.into_iter().map(|(title, shares)| {
            let [typed, other, cheapest] = shares;
            format!("{typed:.1} {other:.1} {cheapest:.1} {title}")
        })
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.shares.len();
        let mean = |at: usize| {
            let all = self.shares.iter().map(|(_, shares)| shares[at]);
            all.sum::<f64>() / count.max(1) as f64
        };
        write!(
            f,
            "{count} kinds: of it {:.3}, in the other number {:.3}, cheapest first {:.3}",
            mean(0),
            mean(1),
            mean(2)
        )
    }
}
