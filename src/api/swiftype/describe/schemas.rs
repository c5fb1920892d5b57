//! What bodies of this dialect look like.

use serde_json::{Value, json};

use crate::api::openapi::schema::{
    anything, closed, filled, list, map, named, number, one_of_texts, open, or_null, text, text_of,
    told, whole_from,
};

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    [kept(), answered()].concat()
}

fn count() -> Value {
    whole_from(0)
}

fn id() -> Value {
    told(text(), "24 hex digits")
}

/// What is made, sent and kept.
fn kept() -> Vec<(&'static str, Value)> {
    vec![
        ("SwiftypeError", closed(&[("error", text())])),
        (
            "Engine",
            closed(&[
                ("name", text()),
                ("slug", text()),
                (
                    "key",
                    told(text(), "Opens the public searches of this engine"),
                ),
                ("id", id()),
                ("_id", id()),
                ("updated_at", text()),
                ("document_count", count()),
            ]),
        ),
        (
            "DocumentType",
            closed(&[
                ("id", id()),
                ("name", text()),
                ("slug", text()),
                ("engine_id", id()),
                ("updated_at", text()),
                ("document_count", count()),
                ("field_mapping", told(map(&text()), "Types by field")),
            ]),
        ),
        (
            "Document",
            told(
                open(&[
                    ("external_id", text()),
                    ("engine_id", id()),
                    ("document_type_id", id()),
                    ("id", id()),
                    ("_id", id()),
                    ("updated_at", text()),
                ]),
                "Its fields stand beside these",
            ),
        ),
        (
            "SentDocument",
            open(&[
                ("external_id", json!({"type": ["string", "number"]})),
                ("fields?", list(&named("SentField"))),
            ]),
        ),
        (
            "SentField",
            open(&[
                ("name", filled()),
                ("value", told(anything(), "A scalar, or a list of them")),
                (
                    "type",
                    one_of_texts(&[
                        "string", "text", "enum", "integer", "float", "date", "location",
                    ]),
                ),
            ]),
        ),
    ]
}

/// What became of batches, and what was found.
fn answered() -> Vec<(&'static str, Value)> {
    let receipt_links = closed(&[
        ("document_receipt", text_of("uri")),
        ("document", or_null(text_of("uri"))),
    ]);
    let info = closed(&[
        ("query", text()),
        ("current_page", whole_from(1)),
        ("num_pages", count()),
        ("per_page", whole_from(1)),
        ("total_result_count", count()),
        (
            "facets?",
            told(map(&map(&count())), "Values with their counts, by field"),
        ),
        (
            "spelling_suggestion?",
            closed(&[("text", text()), ("score", number())]),
        ),
    ]);
    vec![
        (
            "Receipt",
            closed(&[
                ("id", text()),
                ("external_id", or_null(text())),
                (
                    "status",
                    one_of_texts(&["pending", "complete", "failed", "expired", "unknown"]),
                ),
                ("errors", list(&text())),
                ("links", receipt_links),
            ]),
        ),
        (
            "Batch",
            closed(&[
                ("batch_link", text_of("uri")),
                ("document_receipts", list(&named("Receipt"))),
            ]),
        ),
        (
            "Records",
            closed(&[
                ("record_count", count()),
                (
                    "records",
                    told(map(&list(&named("Record"))), "By document type"),
                ),
                ("info", map(&info)),
                (
                    "errors",
                    told(map(&anything()), "Options that were ignored, and why"),
                ),
            ]),
        ),
        (
            "Record",
            open(&[
                ("id", id()),
                ("external_id", text()),
                ("updated_at", text()),
                ("_score", or_null(number())),
                ("_type", id()),
                ("_index", id()),
                ("highlight", map(&text())),
            ]),
        ),
    ]
}
