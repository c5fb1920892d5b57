//! What the routes of this dialect are, one file a group (docs/reference). Invariant: an operation says every status
//! that its handler can answer with.

pub(super) mod autocomplete;
pub(super) mod content;
pub(super) mod events;
pub(super) mod export;
pub(super) mod listings;
pub(super) mod parameters;
pub(super) mod recommend;
pub(super) mod schemas;
pub(super) mod search;
pub(super) mod update_by_query;

use crate::api::openapi::schema::named;
use crate::api::openapi::{Operation, Security, Verb};

/// For the back end of a shop.
fn signed(verb: Verb, path: &str, id: &str, tag: &'static str, summary: &'static str) -> Operation {
    Operation::new(verb, path, id, tag, summary)
        .needs(Security::Signature)
        .answers(
            401,
            "The signature does not hold: `reason` says why",
            named("NotAuthorized"),
        )
        .answers(403, "The site may not use this API", named("Error"))
        .answers_text(408, "The request took too long")
        .answers(
            413,
            "The body, or what is in it, is too large",
            named("TooLarge"),
        )
        .answers(415, "A content encoding that is not known", named("Error"))
        .answers(
            429,
            "Too many requests, or more than the server takes at once",
            named("Error"),
        )
        .answers_text(500, "A fault of the server, with the id of the request")
        .answers(503, "The site cannot be used now", named("Unavailable"))
}

/// For browsers.
fn public(verb: Verb, path: &str, id: &str, tag: &'static str, summary: &'static str) -> Operation {
    Operation::new(verb, path, id, tag, summary)
        .answers_text(404, "There is no such site")
        .answers_text(408, "The request took too long")
        .answers(429, "Too many requests", named("Error"))
        .answers_text(500, "A fault of the server, with the id of the request")
        .answers(
            503,
            "More is asked than the server does at once, or the site cannot be used now",
            named("Unavailable"),
        )
}

/// The same where there is a body.
fn public_with_body(
    verb: Verb,
    path: &str,
    id: &str,
    tag: &'static str,
    summary: &'static str,
) -> Operation {
    public(verb, path, id, tag, summary)
        .answers(413, "The body is too large", named("Error"))
        .answers(415, "A content encoding that is not known", named("Error"))
}
