//! Everything there is (docs/reference/02-content.md §9).

use serde_json::json;

use super::parameters::trimming;
use super::signed;
use crate::api::openapi::schema::{named, one_of_texts, whole};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

pub(in super::super) fn export() -> Operation {
    signed(
        Verb::Get,
        "/v1/content_export",
        "exportObjects",
        "Content",
        "All objects, page by page",
    )
    .tells(
        "Every object that is there throughout is answered exactly once. `links` leads to the next page, with a cursor that \
         holds for ten minutes; where it is empty, that was all.",
    )
    .takes([
        Parameter::query("size", "Objects of a page, up to 500; 300 unless sent").of(whole()),
        Parameter::query("requested_types", "Types, as a list with commas"),
        Parameter::query("cursor", "From the link to the next page"),
        Parameter::query("form", "`import`: as they were sent, with what no search answers")
            .of(one_of_texts(&["import"])),
    ])
    .takes(trimming())
    .answers(200, "A page", named("Export"))
    .answers(
        400,
        "The cursor is none, or too old",
        json!({"anyOf": [named("Error"), named("RequestError")]}),
    )
    .example(
        Example::new("brands", "The first brand by its title")
            .with("size", 1)
            .with("requested_types", "brand")
            .with("hit_fields", "title")
            .answer(
                200,
                json!({
                    "total": 8,
                    "objects": [{
                        "url": "brand-fernhollow",
                        "attributes": {"title": "Fernhollow"},
                        "nested": [],
                        "type": "brand",
                        "exact": true,
                    }],
                    "links": [{"rel": "next", "href": "http://127.0.0.1:7700/v1/content_export?cursor=eyJwIjo3LCJlIjox"}],
                }),
            ),
    )
    .example(
        Example::new("no_cursor", "A cursor that is none")
            .with("cursor", "next")
            .answer(400, json!({"error": "cursor is not valid"})),
    )
}
