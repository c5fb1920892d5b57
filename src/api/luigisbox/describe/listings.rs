//! What is popular (docs/reference/06-autocomplete-and-others.md §3, §4).

use serde_json::{Value, json};

use super::parameters::{TRACKER, tracker_id, trimming, types};
use super::public;
use crate::api::openapi::schema::{list, named};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

const TAG: &str = "Search";

fn first_product() -> Value {
    json!({
        "hits": [{
            "url": "p-1034",
            "attributes": {"title": "Gannet rain jacket"},
            "nested": [],
            "type": "product",
            "exact": true,
        }],
        "recommendation_id": "default",
    })
}

pub(in super::super) fn top_items() -> Operation {
    public(
        Verb::Get,
        "/v1/top_items",
        "topItems",
        TAG,
        "What is popular, the same for everybody",
    )
    .tells("For an empty search box. By what visitors bought, chose and clicked in the last 30 days. `f_<type>[]` filters one type.")
    .takes([tracker_id(), types()])
    .takes(trimming())
    .answers(200, "Hits, type by type", named("TopItems"))
    .answers(400, "What cannot be answered", named("Error"))
    .example(
        Example::new("product", "The most popular product")
            .with("tracker_id", TRACKER)
            .with("type", "product:1")
            .with("hit_fields", "title")
            .answer(200, first_product()),
    )
    .example(
        Example::new("malformed", "A type without a count")
            .with("tracker_id", TRACKER)
            .with("type", "product")
            .answer(400, json!({"error": "type is malformed"})),
    )
}

pub(in super::super) fn personalized() -> Operation {
    public(
        Verb::Get,
        "/v1/personalized_top_items",
        "personalizedTopItems",
        TAG,
        "The same, with the last queries of one visitor",
    )
    .takes([
        tracker_id(),
        types(),
        Parameter::query("user_id", "The `client_id` or `customer_id` of its events").required(),
    ])
    .takes(trimming())
    .answers(200, "Hits, type by type", named("TopItems"))
    .answers(400, "What cannot be answered", named("Error"))
    .example(
        Example::new("product", "For somebody unknown: as for everybody")
            .with("tracker_id", TRACKER)
            .with("type", "product:1")
            .with("user_id", "c-9")
            .with("hit_fields", "title")
            .answer(200, first_product()),
    )
    .example(
        Example::new("nobody", "For nobody")
            .with("tracker_id", TRACKER)
            .with("type", "product:1")
            .answer(400, json!({"error": "user_id is missing"})),
    )
}

pub(in super::super) fn trending_queries() -> Operation {
    public(
        Verb::Get,
        "/v2/trending_queries",
        "trendingQueries",
        TAG,
        "What others search for",
    )
    .tells("Of the last 30 days, at most ten; only what several visitors searched for and what found something.")
    .takes([tracker_id()])
    .answers(200, "The most frequent first", list(&named("TrendingQuery")))
    .answers(400, "What cannot be answered", named("Error"))
    .example(
        Example::new("none", "Before anybody searched")
            .with("tracker_id", TRACKER)
            .answer(200, json!([])),
    )
}
