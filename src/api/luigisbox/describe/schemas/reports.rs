//! What became of writes, and of requests that failed.

use serde_json::Value;

use super::count;
use crate::api::openapi::schema::{
    anything, closed, flag, list, map, named, one_of_texts, open, text, text_of, told,
};

/// What became of writes.
pub(super) fn reports() -> Vec<(&'static str, Value)> {
    let kept_count = told(count(), "With `commit_keeps_refused` of the site");
    let kept = told(list(&text()), "Identities, the first 1,000");
    [
        (
            "WriteReport",
            closed(&[
                ("ok_count", count()),
                ("errors_count", count()),
                (
                    "errors",
                    told(map(&named("ObjectError")), "By identity, or `object #n`"),
                ),
                (
                    "warnings?",
                    told(
                        map(&list(&text())),
                        "By identity: taken, but for what is told",
                    ),
                ),
            ]),
        ),
        (
            "ObjectError",
            closed(&[
                (
                    "type",
                    one_of_texts(&["malformed_input", "not_found", "data_schema_mismatch"]),
                ),
                ("reason", text()),
                (
                    "caused_by?",
                    told(map(&anything()), "What is wrong, by attribute"),
                ),
            ]),
        ),
        (
            "Committed",
            closed(&[
                ("deleted_count", count()),
                ("kept_count?", kept_count.clone()),
                ("kept?", kept.clone()),
            ]),
        ),
        (
            "WouldCommit",
            closed(&[
                ("would_delete_count", count()),
                ("sample", told(list(&text()), "Identities, at most 20")),
                (
                    "guarded?",
                    told(flag(), "The guard of the site would refuse the commit"),
                ),
                ("kept_count?", kept_count.clone()),
                ("kept?", kept.clone()),
            ]),
        ),
        ("Deleted", closed(&[("deleted", flag())])),
    ]
    .into_iter()
    .chain(of_many())
    .collect()
}

/// Of what goes on in the background, comes page by page, or in many pieces.
fn of_many() -> [(&'static str, Value); 4] {
    [
        ("Queued", closed(&[("status_url", text())])),
        (
            "Job",
            closed(&[
                ("tracker_id", text()),
                (
                    "status",
                    one_of_texts(&["in progress", "complete", "failed"]),
                ),
                ("reason?", text()),
                ("updates_count?", count()),
                ("failures_count?", count()),
                ("failures?", map(&named("ObjectError"))),
            ]),
        ),
        (
            "Export",
            closed(&[
                ("total", count()),
                (
                    "objects",
                    told(
                        list(&open(&[])),
                        "As hits of a search, or with `form=import` as they were sent",
                    ),
                ),
                (
                    "links",
                    list(&closed(&[
                        ("rel", one_of_texts(&["next"])),
                        ("href", text_of("uri")),
                    ])),
                ),
            ]),
        ),
        (
            "EventReport",
            closed(&[
                ("ok_count", count()),
                ("repeated_count", count()),
                ("errors_count", count()),
                ("errors", told(map(&text()), "By position")),
            ]),
        ),
    ]
}

pub(super) fn failures() -> Vec<(&'static str, Value)> {
    vec![
        ("Error", closed(&[("error", text())])),
        (
            "Unavailable",
            closed(&[("error", text()), ("details?", text())]),
        ),
        (
            "RequestError",
            closed(&[
                (
                    "type",
                    one_of_texts(&["malformed_input", "not_found", "guarded"]),
                ),
                ("reason", text()),
                (
                    "caused_by?",
                    told(map(&anything()), "What is wrong, by member or parameter"),
                ),
            ]),
        ),
        (
            "TooLarge",
            closed(&[
                ("type", one_of_texts(&["payload_too_large"])),
                ("reason", text()),
            ]),
        ),
        (
            "NotAuthorized",
            closed(&[
                ("error", text()),
                (
                    "reason",
                    one_of_texts(&[
                        "missing_authorization",
                        "malformed_authorization",
                        "unknown_key",
                        "missing_date",
                        "malformed_date",
                        "date_out_of_range",
                        "duplicate_header",
                        "signature_mismatch",
                    ]),
                ),
                ("details", text()),
                (
                    "string_to_sign?",
                    told(text(), "What the digest has to be of"),
                ),
                ("server_date?", text()),
            ]),
        ),
    ]
}
