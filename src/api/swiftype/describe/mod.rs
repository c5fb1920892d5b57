//! What the routes of this dialect are (docs/reference/10-swiftype.md). Invariant: an operation says every status that
//! its handler can answer with.

pub(super) mod documents;
pub(super) mod engines;
pub(super) mod receipts;
pub(super) mod schemas;
pub(super) mod searches;

use crate::api::openapi::schema::{named, whole_between};
use crate::api::openapi::{Operation, Parameter, Security, Verb};

const TAG: &str = "Swiftype";

/// The engine and the type that examples are of.
const ENGINE: &str = "trail-notes";
const TYPE: &str = "notes";

/// A call with a key. Every parameter may stand in the body as well.
fn call(verb: Verb, path: &str, id: &str, summary: &'static str) -> Operation {
    let mut operation = failing(Operation::new(verb, path, id, TAG, summary))
        .needs(Security::ApiKey)
        .tells(ABOUT)
        .answers(
            403,
            "The key does not open this engine, or the configuration alone can change it",
            named("SwiftypeError"),
        );
    for (name, words) in [
        ("engine", "Name or id of the engine"),
        ("type", "Name or id of the document type"),
        ("document", "`external_id` or id of the document"),
    ] {
        if path.contains(&format!("{{{name}}}")) {
            operation = operation.takes([Parameter::path(name, words)]);
        }
    }
    operation
}

const ABOUT: &str = "The path may end in `.json`. Parameters stand in the query string or in a JSON body, whatever the method.";

fn failing(operation: Operation) -> Operation {
    operation
        .answers(
            400,
            "A parameter is missing or wrong",
            named("SwiftypeError"),
        )
        .answers(
            401,
            "Without a key, or with one that nobody was given",
            named("SwiftypeError"),
        )
        .answers(
            404,
            "There is no such engine, type or document",
            named("SwiftypeError"),
        )
        .answers(408, "The request took too long", named("SwiftypeError"))
        .answers(413, "The body is too large", named("SwiftypeError"))
        .answers(
            415,
            "A content encoding that is not known",
            named("SwiftypeError"),
        )
        .answers(
            429,
            "Too many requests, or more than the server takes at once",
            named("SwiftypeError"),
        )
        .answers(500, "A fault of the server", named("SwiftypeError"))
        .answers(503, "The engine cannot be used now", named("SwiftypeError"))
}

fn pages() -> [Parameter; 2] {
    [
        Parameter::query("page", "From 1").of(whole_between(1, 1_000_000)),
        Parameter::query("per_page", "Up to 100; 50 unless sent").of(whole_between(1, 100)),
    ]
}
