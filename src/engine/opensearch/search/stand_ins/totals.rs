//! How many hits there are, counted beside everything else.

use serde_json::{Map, Value, json};

use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::all;
use crate::engine::opensearch::search::hits::Walk;
use crate::engine::opensearch::searched::Searched;

/// How all that can be a hit is counted.
const HITS: &str = "hits";

/// What is counted, with a count of all that can be a hit.
pub(in crate::engine::opensearch::search) fn with_total(
    mut aggs: Map<String, Value>,
    walk: &Walk,
) -> Map<String, Value> {
    let hits = json!({ "filter": all(walk.post_filter.clone()) });
    aggs.insert(HITS.to_owned(), hits);
    aggs
}

/// How many hits there are, and what was counted.
pub(in crate::engine::opensearch::search) fn told(
    asking: &Asking<'_>,
    found: Searched,
) -> (u64, Value) {
    let aggregations = asking.counted(found.aggregations);
    let total = aggregations[HITS]["doc_count"].as_u64();
    (total.unwrap_or(0), aggregations)
}
