//! Recommendations (docs/reference/06-autocomplete-and-others.md §7).

use serde_json::json;

use super::parameters::{TRACKER, tracker_id};
use super::public_with_body;
use crate::api::openapi::schema::{list, named};
use crate::api::openapi::{Example, Operation, Verb};

pub(in super::super) fn recommend() -> Operation {
    let wanted = json!({"anyOf": [list(&named("Recommendation")), named("Recommendation")]});
    public_with_body(
        Verb::Post,
        "/v1/recommend",
        "recommend",
        "Search",
        "Recommendations for the places of a page",
    )
    .tells("Up to 20 in one call, answered in order; nothing is recommended twice in one. A model without enough data answers what is popular.")
    .takes([tracker_id()])
    .reads(wanted)
    .answers(200, "One entry a request", list(&named("Recommended")))
    .answers(400, "What cannot be answered", named("Error"))
    .example(
        Example::new("alternatives", "Beside a tent")
            .with("tracker_id", TRACKER)
            .body(json!([{
                "recommendation_type": "item_detail_alternatives",
                "item_ids": ["p-1001"],
                "size": 1,
                "hit_fields": ["title"],
            }]))
            .answer(
                200,
                json!([{
                    "generated_at": "2026-11-29T20:51:12.863000",
                    "model_version": null,
                    "recommendation_id": "f01ab47c-2f31-40f0-96ff-1271a2e21e08",
                    "recommendation_type": "item_detail_alternatives",
                    "recommender_client_identifier": "item_detail_alternatives",
                    "recommender": "item_detail_alternatives",
                    "recommender_version": "1",
                    "user_id": null,
                    "hits": [{
                        "url": "p-1002",
                        "attributes": {"title": "Larch 2 Ultra tent"},
                        "nested": [],
                        "type": "product",
                        "exact": true,
                    }],
                }]),
            ),
    )
    .example(
        Example::new("no_model", "Without a model")
            .with("tracker_id", TRACKER)
            .body(json!([{"item_ids": ["p-1001"]}]))
            .answer(400, json!({"error": "recommendation_type is missing"})),
    )
}
