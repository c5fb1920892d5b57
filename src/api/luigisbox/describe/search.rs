//! Searches (docs/reference/05-search.md), and values of one facet (docs/reference/06-autocomplete-and-others.md §2).

use serde_json::json;

use super::parameters::{TRACKER, finding, paging, tracker_id, trimming};
use super::{public, public_with_body};
use crate::api::openapi::schema::{closed, list, map, named, open, text};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

const PATH: &str = "/search";
const TAG: &str = "Search";

const ABOUT: &str = "Only `tracker_id` is needed. Beside these, `sort_<type>=attribute:asc` orders the hits of one type. \
    Numbers that cannot be are replaced by the nearest that can, so that a visitor sees results.";

fn answered(operation: Operation) -> Operation {
    operation
        .takes([tracker_id()])
        .takes(finding())
        .takes(paging())
        .takes(trimming())
        .answers(200, "What was found", named("SearchAnswer"))
        .answers(400, "What cannot be searched for", named("Error"))
}

pub(in super::super) fn search() -> Operation {
    answered(public(Verb::Get, PATH, "search", TAG, "Search"))
        .tells(ABOUT)
        .example(
            Example::new("tents", "Tents by brand")
                .with("tracker_id", TRACKER)
                .with("q", "tent")
                .with("f[]", json!(["type:product"]))
                .with("facets", "brand:2")
                .with("size", 1)
                .with("hit_fields", "title,price_amount")
                .answer(
                    200,
                    json!({
                        "results": {
                            "query": "tent",
                            "corrected_query": null,
                            "filters": ["type:product"],
                            "filters_negative": [],
                            "accepted_filters": [],
                            "hits": [{
                                "url": "p-1003",
                                "identity_hash": null,
                                "attributes": {"title": "Scree 2 geodesic tent", "price_amount": 549.0},
                                "nested": [],
                                "type": "product",
                                "highlight": {},
                                "exact": true,
                                "alternative": false,
                            }],
                            "quicksearch_hits": [],
                            "facets": [{
                                "name": "brand",
                                "type": "text",
                                "values": [{"value": "Fernhollow", "hits_count": 3}, {"value": "Tarnwick", "hits_count": 3}],
                            }],
                            "suggested_facet": null,
                            "total_hits": 8,
                            "offset": "1",
                            "campaigns": [],
                        },
                        "next_page": "http://127.0.0.1:7700/search?tracker_id=1234-5678&q=tent&page=2",
                        "guid": "5e0dcb9e-5b6a-4e09-9f1f-0d0f6a3f7c11",
                    }),
                ),
        )
        .example(
            Example::new("no_site", "Without a site").answer(400, json!({"error": "tracker_id is missing"})),
        )
        .example(
            Example::new("unknown_site", "A site that is not there")
                .with("tracker_id", "999-999")
                .answer(404, json!("Catalog for tracker_id: \"999-999\" not found.")),
        )
        .example(
            Example::new("unknown_attribute", "Sorted by what no object has")
                .with("tracker_id", TRACKER)
                .with("sort", "shelf_life:asc")
                .answer(400, json!({"error": "Nonexisting attribute used: shelf_life"})),
        )
}

pub(in super::super) fn search_filtered() -> Operation {
    let trees = told_trees();
    answered(public_with_body(
        Verb::Post,
        PATH,
        "searchFiltered",
        TAG,
        "Search with a tree of filters",
    ))
    .tells("As GET; the body adds filters by type of object. They restrict facets, too.")
    .may_read(trees)
    .example(
        Example::new("either", "Tents of two brands, not orange ones")
            .with("tracker_id", TRACKER)
            .with("q", "tent")
            .with("size", 0)
            .body(json!({"filters": {"product": {"and": [
                {"or": [{"filter": "brand:Fernhollow"}, {"filter": "brand:Quillstone"}]},
                {"not": [{"filter": "color:orange"}]},
            ]}}}))
            .answer(
                200,
                json!({
                    "results": {
                        "query": "tent",
                        "corrected_query": null,
                        "filters": [],
                        "filters_negative": [],
                        "accepted_filters": [],
                        "hits": [],
                        "quicksearch_hits": [],
                        "facets": [],
                        "suggested_facet": null,
                        "total_hits": 7,
                        "campaigns": [],
                    },
                    "next_page": null,
                    "guid": "0a6f3f3c-8a4e-4a7b-9a39-3d1a8f3a2b10",
                }),
            ),
    )
    .example(
        Example::new("misshapen", "A filter that is a number")
            .with("tracker_id", TRACKER)
            .body(json!({"filters": {"product": {"filter": 7}}}))
            .answer(
                400,
                json!({"error": "Invalid filter: `filters.product` must have a text `field:value` as `filter`"}),
            ),
    )
}

fn told_trees() -> serde_json::Value {
    open(&[("filters?", map(&named("FilterNode")))])
}

pub(in super::super) fn facet_value() -> Operation {
    let parameter_error = closed(&[("facet_q?", list(&text())), ("facets?", list(&text()))]);
    public(
        Verb::Get,
        "/v1/facet_value",
        "facetValues",
        TAG,
        "Search among the values of one facet",
    )
    .tells("For a box above a list of values. The other parameters are those of the search that the page shows.")
    .takes([
        tracker_id(),
        Parameter::query("facets", "The facet: `brand`, or `brand:20`").required(),
        Parameter::query("facet_q", "What a word of the value begins with; all values unless sent"),
    ])
    .takes(finding())
    .answers(200, "Values with their counts", named("FacetValueAnswer"))
    .answers(
        400,
        "What cannot be searched for",
        json!({"anyOf": [named("Error"), parameter_error]}),
    )
    .example(
        Example::new("brands", "Brands that begin with fer")
            .with("tracker_id", TRACKER)
            .with("facets", "brand")
            .with("facet_q", "fer")
            .answer(
                200,
                json!({"results": {
                    "query": "",
                    "corrected_query": null,
                    "facet_value_query": "fer",
                    "filters": [],
                    "filters_negative": [],
                    "facets": [{"name": "brand", "type": "text", "values": [{"value": "Fernhollow", "hits_count": 22}]}],
                }}),
            ),
    )
    .example(
        Example::new("two", "Two facets")
            .with("tracker_id", TRACKER)
            .with("facets", "brand,color")
            .answer(
                400,
                json!({"facet_q": ["facet_q The request contained zero or more than one facet. Please specify one and only one facet with this type of request."]}),
            ),
    )
}
