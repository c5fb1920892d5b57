//! Change everything that matches (docs/reference/03-update-by-query-and-generations.md).

use serde_json::json;

use super::signed;
use crate::api::openapi::schema::{named, whole_from};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

const PATH: &str = "/v1/update_by_query";
const TAG: &str = "Content";

pub(in super::super) fn submit() -> Operation {
    signed(
        Verb::Patch,
        PATH,
        "updateByQuery",
        TAG,
        "Change all objects that match",
    )
    .tells(
        "Which objects match is settled at once, by their whole values; they are changed one batch after the other, by a job \
         that a restart does not end.",
    )
    .reads(named("UpdateByQuery"))
    .answers(200, "The job is accepted", named("Queued"))
    .answers(400, "What is missing or wrong", named("RequestError"))
    .example(
        Example::new("season", "Another word for a value")
            .body(json!({
                "search": {"types": ["product"], "partial": {"fields": {"season": "three-season"}}},
                "update": {"fields": {"season": "spring to autumn"}},
            }))
            .answer(200, json!({"status_url": "/v1/update_by_query?job_id=1"})),
    )
    .example(
        Example::new("empty", "Nothing to look for")
            .body(json!({"search": {}, "update": {"fields": {"season": "winter"}}}))
            .answer(
                400,
                json!({
                    "type": "malformed_input",
                    "reason": "incorrect parameters provided",
                    "caused_by": {"search": {"types": ["is missing"], "partial": ["is missing"]}},
                }),
            ),
    )
}

pub(in super::super) fn status() -> Operation {
    signed(
        Verb::Get,
        PATH,
        "updateByQueryStatus",
        TAG,
        "How far such a change is",
    )
    .tells("Clients ask again until the status is `complete`. Kept for seven days.")
    .takes([Parameter::query("job_id", "From `status_url`")
        .required()
        .of(whole_from(0))])
    .answers(200, "Its state", named("Job"))
    .answers(400, "`job_id` is missing or no number", named("Error"))
    .answers(404, "There is no such job", named("Error"))
    .example(
        Example::new("first", "The first job of the site")
            .with("job_id", 1)
            .answer(
                200,
                json!({"tracker_id": "1234-5678", "status": "in progress"}),
            ),
    )
    .example(
        Example::new("unknown", "A job that was never started")
            .with("job_id", 999_999)
            .answer(404, json!({"error": "Job not found"})),
    )
}
