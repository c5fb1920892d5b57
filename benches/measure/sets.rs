//! Is what a search returns, all of it, what was asked for? Of judged queries: how much of the judged part
//! of the whole set is relevant, and of its ten cheapest, and how much of what is relevant is in it.
//! Invariant: a share is that of a query; the figures are means over queries that have something relevant.

use std::fmt;

use super::judged::{Judged, RELEVANT};
use super::server::Server;
use crate::Result;

/// Hits looked at.
const HITS_MAX: usize = 1_000;
const PAGE: usize = 200;
const CHEAPEST: usize = 10;
const CHEAPEST_FIRST: (&str, &str) = ("sort", "price_amount:asc");

#[derive(Default)]
pub(crate) struct Sets {
    shares: Vec<f64>,
    shares_of_cheapest: Vec<f64>,
    recalls: Vec<f64>,
    sizes: Vec<usize>,
}

pub(crate) async fn ask(server: &Server, judged: &Judged) -> Result<Sets> {
    let mut sets = Sets::default();
    for query in &judged.queries {
        let relevant = query.grades.values().filter(|grade| **grade >= RELEVANT);
        let relevant = relevant.count();
        if relevant == 0 {
            continue;
        }
        let (found, total) = whole(server, &query.text, &[]).await?;
        let (cheapest, _) = whole(server, &query.text, &[CHEAPEST_FIRST]).await?;
        let grades_of = |identities: &[String]| -> Vec<u32> {
            let grades = identities.iter().filter_map(|id| query.grades.get(id));
            grades.copied().collect()
        };
        let grades = grades_of(&found);
        let mut of_cheapest = grades_of(&cheapest);
        of_cheapest.truncate(CHEAPEST);
        let recalled = grades.iter().filter(|grade| **grade >= RELEVANT).count();
        sets.shares.push(share(&grades));
        sets.shares_of_cheapest.push(share(&of_cheapest));
        sets.recalls.push(recalled as f64 / relevant as f64);
        sets.sizes.push(total);
    }
    Ok(sets)
}

/// The share of what is graded above 0.
fn share(grades: &[u32]) -> f64 {
    let good = grades.iter().filter(|grade| **grade > 0).count();
    good as f64 / grades.len().max(1) as f64
}

/// Identities of the first hits, and how many there are.
async fn whole(server: &Server, text: &str, more: &[(&str, &str)]) -> Result<(Vec<String>, usize)> {
    let (mut found, mut total) = (Vec::new(), 0);
    for page in 1..=HITS_MAX / PAGE {
        let (page, size) = (page.to_string(), PAGE.to_string());
        let mut parameters = vec![("page", page.as_str()), ("size", &size)];
        parameters.extend(more);
        let answer = server.products(text, &parameters).await?;
        total = answer["total_hits"].as_u64().ok_or("no count")? as usize;
        let hits = answer["hits"].as_array().ok_or("no hits")?;
        let identities = hits.iter().filter_map(|hit| hit["url"].as_str());
        found.extend(identities.map(str::to_owned));
        if hits.len() < PAGE {
            break;
        }
    }
    Ok((found, total))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl fmt::Display for Sets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
        write!(
            f,
            "{} sets: relevant {:.3}, of the {CHEAPEST} cheapest {:.3}, recall {:.3}, median size {median}",
            self.sizes.len(),
            mean(&self.shares),
            mean(&self.shares_of_cheapest),
            mean(&self.recalls),
        )
    }
}
