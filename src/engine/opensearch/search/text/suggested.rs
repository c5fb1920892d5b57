//! Which suggestions stand in the first places. Invariant: what decides is what the embedded engine decides by, counted in the
//! cluster.

use std::collections::HashMap;
use std::convert::Infallible;

use serde_json::json;

use super::candidate::Candidate;
use super::looking::texts_field;
use crate::domain::FieldName;
use crate::engine::EngineError;
use crate::engine::opensearch::search::address::Address;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, Availability, Ranked};

impl OpenSite {
    /// Puts candidates, best first, in the order of suggestions.
    pub(super) async fn suggest(
        &self,
        asking: &Asking<'_>,
        candidates: &mut [Candidate],
        places: usize,
        led_to_by: Option<&FieldName>,
    ) -> Result<(), EngineError> {
        let mut ranked: Vec<Ranked<Address>> = { candidates.iter() }
            .map(|one| one.ranked.clone())
            .collect();
        let titles: HashMap<Address, String> = { candidates.iter() }
            .filter_map(|one| Some((one.ranked.address, one.title.clone()?)))
            .collect();
        if let Some(led_to) = led_to_by {
            let led_to = self.led_to(asking, candidates, led_to).await?;
            ranking::order_by_led_to(&mut ranked, |address| {
                led_to.get(titles.get(address)?).copied()
            });
        }
        let words: HashMap<Address, Vec<u64>> = { candidates.iter() }
            .map(|one| {
                let mut words = one.title_words.clone();
                words.sort_unstable();
                (one.ranked.address, words)
            })
            .collect();
        let words = |address: &Address| words.get(address).cloned().unwrap_or_default();
        let Ok(()) = ranking::spread(&mut ranked, places, words, |_| Ok::<_, Infallible>(titles));
        let order: HashMap<Address, usize> = { ranked.iter().enumerate() }
            .map(|(at, hit)| (hit.address, at))
            .collect();
        candidates.sort_by_key(|one| order.get(&one.ranked.address).copied());
        Ok(())
    }

    /// How many objects that can be had hold the title of each candidate in the attribute.
    async fn led_to(
        &self,
        asking: &Asking<'_>,
        candidates: &[Candidate],
        attribute: &FieldName,
    ) -> Result<HashMap<String, u64>, EngineError> {
        let best = candidates.iter().take(ranking::LEADING_HITS_MAX);
        let titles: Vec<&str> = best.filter_map(|one| one.title.as_deref()).collect();
        let Some(field) = texts_field(&asking.schema, attribute.as_str()) else {
            return Ok(HashMap::new());
        };
        if titles.is_empty() {
            return Ok(HashMap::new());
        }
        let can_be_had =
            json!({ "range": { "availability": { "lt": Availability::WORST.rank() } } });
        let body = json!({
            "query": asking.control.alive(&[can_be_had], Vec::new()),
            "size": 0,
            "aggs": { "titles": { "terms": {
                "field": field,
                "include": titles,
                "size": titles.len(),
            }}},
        });
        let told = self.cluster.search(&self.alias, &body).await?.aggregations;
        let buckets = told["titles"]["buckets"].as_array().into_iter().flatten();
        let counts = buckets.filter_map(|bucket| {
            let title = bucket["key"].as_str()?.to_owned();
            Some((title, bucket["doc_count"].as_u64()?))
        });
        Ok(counts.collect())
    }
}
