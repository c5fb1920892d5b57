//! Events of visitors (docs/reference/06-autocomplete-and-others.md §6).

use serde_json::json;

use super::parameters::TRACKER;
use super::{public_with_body, signed};
use crate::api::openapi::schema::{list, named};
use crate::api::openapi::{Example, Operation, Parameter, Verb};

const TAG: &str = "Events";

pub(in super::super) fn record(path: &str, id: &str) -> Operation {
    let one_or_many = json!({"anyOf": [named("Event"), list(&named("Event"))]});
    public_with_body(Verb::Post, path, id, TAG, "What visitors see, click and buy")
        .tells(
            "An event, or up to 100. 204 means: counted, and on disk. Of several the good ones are counted, whatever the others \
             are; the answer tells of the first that is not. `/`, `/v1` and `/v1/events` are the same.",
        )
        .reads(one_or_many)
        .answers_nothing(204, "All are counted")
        .answers(400, "The first fault", named("Error"))
        .example(
            Example::new("page", "A page view")
                .body(json!({
                    "id": "0d7ad1c5-5f5b-4c3a-8d0e-6a1e9e0c1a01",
                    "type": "pv",
                    "tracker_id": TRACKER,
                    "client_id": "c-17",
                    "url": "p-1001",
                    "title": "Larch 2 tent",
                }))
                .status(204),
        )
        .example(
            Example::new("shown", "Results of a search, as they were shown")
                .body(json!({
                    "id": "0d7ad1c5-5f5b-4c3a-8d0e-6a1e9e0c1a02",
                    "type": "event",
                    "tracker_id": TRACKER,
                    "client_id": "c-17",
                    "lists": {"Search Results": {
                        "items": [{"title": "Larch 2 tent", "type": "product", "url": "p-1001", "position": 1, "price": 219.0}],
                        "query": {"string": "tent", "filters": {"brand": "Fernhollow"}},
                    }},
                }))
                .status(204),
        )
        .example(
            Example::new("nobody", "By nobody")
                .body(json!({"id": "e-3", "type": "pv", "tracker_id": TRACKER, "url": "p-1001"}))
                .answer(400, json!({"error": "client_id is missing"})),
        )
}

pub(in super::super) fn import() -> Operation {
    let one_or_many = json!({"anyOf": [named("Event"), list(&named("Event"))]});
    signed(
        Verb::Post,
        "/v1/events/import",
        "importEvents",
        TAG,
        "Past events, by the shop",
    )
    .tells("Up to 1,000 in a request, as old as counters are kept. `tracker_id` is that of the signature.")
    .reads(one_or_many)
    .answers(200, "What became of them", named("EventReport"))
    .answers(400, "The request as a whole is unusable", named("RequestError"))
    .example(
        Example::new("one", "An event that is good, and one that is none")
            .body(json!([
                {"id": "past-1", "type": "pv", "client_id": "c-18", "url": "p-1002"},
                {"id": "past-2"},
            ]))
            .answer(
                200,
                json!({
                    "ok_count": 1,
                    "repeated_count": 0,
                    "errors_count": 1,
                    "errors": {"1": "type is missing"},
                }),
            ),
    )
}

pub(in super::super) fn forget() -> Operation {
    signed(
        Verb::Delete,
        "/v1/events/clients/{client}",
        "forgetClient",
        TAG,
        "Forget a visitor",
    )
    .tells("What was kept under its id is deleted; sums over many visitors stay.")
    .takes([Parameter::path(
        "client",
        "The `client_id` or `customer_id`",
    )])
    .answers(200, "Nothing of it is kept any more", named("Deleted"))
    .answers(400, "No id of a client", named("RequestError"))
    .example(
        Example::new("one", "One visitor")
            .with("client", "c-17")
            .answer(200, json!({"deleted": true})),
    )
}
