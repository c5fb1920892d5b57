//! Suggestions while somebody types (docs/reference/06-autocomplete-and-others.md §1).

use serde_json::json;

use super::parameters::{TRACKER, tracker_id, trimming, types};
use super::public;
use crate::api::openapi::schema::{flag, named};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

pub(in super::super) fn autocomplete(path: &str, id: &str) -> Operation {
    public(
        Verb::Get,
        path,
        id,
        "Search",
        "Suggestions while somebody types",
    )
    .tells(
        "The last word may be unfinished. Filters and sorts are of one type each: `f_<type>[]`, `f_must_<type>[]`, \
         `neg_f_<type>[]`, `sort_<type>`. The type `query` suggests searches of others. `/autocomplete` is the same for older \
         clients.",
    )
    .takes([
        tracker_id(),
        Parameter::query("q", "What was typed so far; without it nothing is found"),
        types(),
        Parameter::repeated("prefer[]", "`attribute:value`: what has it stands higher"),
        Parameter::query("context[geo_location]", "`lat,lon` of the visitor"),
        Parameter::query("non_collapsed_variants", "All variants as hits of their own").of(flag()),
    ])
    .takes(trimming())
    .answers(200, "Hits, type by type", named("AutocompleteAnswer"))
    .answers(400, "What cannot be answered", named("Error"))
    .example(
        Example::new("tent", "Three letters")
            .with("tracker_id", TRACKER)
            .with("q", "ten")
            .with("type", "product:1")
            .with("hit_fields", "title")
            .answer(
                200,
                json!({
                    "exact_match_hits_count": 1,
                    "partial_match_hits_count": 0,
                    "partial_match_terms": [],
                    "hits": [{
                        "url": "p-1003",
                        "attributes": {"title": "Scree 2 geodesic <em>tent</em>", "title.untouched": "Scree 2 geodesic tent"},
                        "nested": [],
                        "type": "product",
                    }],
                    "campaigns": [],
                    "guid": "7e7f1b5c-04a5-4a5e-8c1c-2f2d3b7b7a55",
                }),
            ),
    )
    .example(
        Example::new("no_type", "Without a type")
            .with("tracker_id", TRACKER)
            .with("q", "ten")
            .answer(400, json!({"error": "type is missing"})),
    )
}
